// Package child binds processes that tests start to the one that starts them.
package child

import (
	"os/exec"
	"syscall"
)

// EndWithParent has the operating system kill the command when the thread that starts it ends, and keeps a terminal's Ctrl-C from it: its starter
// decides when it ends.
func EndWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
