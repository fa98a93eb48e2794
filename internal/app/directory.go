package app

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
)

// makeStateDirectory makes the directory, if need be, its owner's alone: what is in it is about people's businesses. One that is there may be
// shared on purpose with a group, as for backups; that every user may look into it is told.
func makeStateDirectory(path string, log *slog.Logger) error {
	const others = 0o007
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("make state directory: %w: make it writable, or name another with --state-dir", err)
	}
	is, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at state directory: %w: name another with --state-dir", err)
	}
	if runtime.GOOS != "windows" && is.Mode()&others != 0 {
		log.Warn("state directory is open to every user of this machine: chmod o-rwx", "directory", path, "mode", fmt.Sprintf("%#o", is.Mode().Perm()))
	}
	return nil
}
