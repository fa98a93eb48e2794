// Package rulefile finds rule files: those that people have, by their path, and those of the packs that are part of the program, by name. What they say
// is left to pkg/rules.
package rulefile
