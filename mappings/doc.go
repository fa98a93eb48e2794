// Package mappings has the mappings that are part of the program: for each a mapping file, NAME.yaml, made from the field names that a marketplace has
// published, and a file of cases, NAME.txt, which shows what its records become. Pages about them are in docs/mappings.
//
// What a mapping file means is left to internal/mapping.
package mappings
