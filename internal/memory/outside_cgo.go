//go:build cgo

package memory

// databaseOutside is whether the database's blocks and memtables are not Go's, so that Go's limit does not count them: Pebble takes them from C where it can.
const databaseOutside = true
