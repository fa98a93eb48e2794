// Package plaintext takes texts as editors save them: with or without a byte order mark, and hopefully in UTF-8. Reading them is left to
// its callers.
package plaintext
