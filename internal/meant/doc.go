// Package meant finds the name that was meant by a misspelt one. What names there are is left to its callers.
package meant
