// Package reader knows what the reader of a page chose, or what the browser says of them: language and theme; and keeps texts in that language.
package reader
