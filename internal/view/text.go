package view

import "strings"

// fold is a text as it is compared with others where capitals do not matter. Of a text without capitals it is that text, and takes no memory.
func fold(text string) string { return strings.ToLower(text) }
