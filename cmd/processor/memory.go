package main

import (
	"os"
	"runtime/debug"
)

// limitMemory trades memory for less collecting, up to a limit that keeps the process, with the database's own memory, under 1 GiB.
// GOGC and GOMEMLIMIT go first.
func limitMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(700 << 20)
	}
}
