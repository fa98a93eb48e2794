// Package backfill builds a second state of an application's inputs beside the live one, tells how they differ, and puts it in the live one's place.
// RFC 13 is its design.
package backfill
