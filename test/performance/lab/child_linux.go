package lab

import (
	"os/exec"
	"syscall"
)

// endWithParent has the operating system kill the command when the thread that starts it ends, and keeps a terminal's Ctrl-C from it.
func endWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
