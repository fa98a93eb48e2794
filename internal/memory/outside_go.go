//go:build !cgo

package memory

// databaseOutside is whether the database's blocks and memtables are not Go's.
const databaseOutside = false
