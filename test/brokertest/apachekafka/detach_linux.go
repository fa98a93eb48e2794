package apachekafka

import (
	"os/exec"
	"syscall"
)

// detach keeps a terminal's Ctrl-C from the command.
func detach(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
