package app

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
)

// makeStateDirectory makes the directory, if need be, its owner's alone: what is in it is about people's businesses.
func makeStateDirectory(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("make state directory: %w: make it writable, or name another with --state-dir", err)
	}
	return nil
}

// warnOfAccess tells of a directory that every user of the machine can look into. It is used: a group may share it on purpose, as for backups,
// and what others are to see is for its owner to say.
func warnOfAccess(path string, log *slog.Logger) {
	const others = 0o007
	if is, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && is.Mode()&others != 0 {
		log.Warn("state directory is open to every user of this machine: chmod o-rwx", "directory", path, "mode", fmt.Sprintf("%#o", is.Mode().Perm()))
	}
}
