// Package tracking tells whether a tracking id is of a carrier's format, check digit included.
//
// The formats are in formats.go, as data in a small language of their own; countries.go holds the countries in which an id of a
// postal operator may end. Whether the carrier ever scanned the parcel is left to package windows.
//
// Invariant: [Valid] is a pure function of its arguments, allocates nothing, and takes no longer than its id is long.
package tracking
