// Package patch changes the processor's source in a build: bugs on purpose, for the campaign to show that it would catch them, and sizes so small
// that what is rare is frequent. The source itself knows nothing of either.
//
// A patch is a text archive: what it does, then sections "old" and "new" by turns. An old text is looked for in all of the source, so that moving code
// to another file is no matter; a patch of which an old text is not in exactly one place is an error that says so.
//
// Invariant: the source tree stays as it is. Changed files are in another folder, with an overlay for `go build`.
package patch
