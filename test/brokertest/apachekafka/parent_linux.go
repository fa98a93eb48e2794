package apachekafka

import (
	"os/exec"
	"syscall"
)

// endWithParent has the operating system kill the command when the thread that starts it ends, and keeps a terminal's
// Ctrl-C from it: its starter decides when it ends.
func endWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// detach keeps a terminal's Ctrl-C from the command.
func detach(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
