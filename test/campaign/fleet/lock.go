package fleet

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// holds is whether a process has the state directory locked: it opens it a while after it was started.
func holds(directory string, pid int) bool {
	file, err := os.Open(filepath.Join(directory, "LOCK"))
	if err != nil {
		return false
	}
	defer file.Close()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart}
	err = syscall.FcntlFlock(file.Fd(), syscall.F_GETLK, &lock)
	return err == nil && lock.Type != syscall.F_UNLCK && int(lock.Pid) == pid
}
