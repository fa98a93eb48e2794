//go:build !linux

package fleet

import "os/exec"

// endWithParent does nothing where the operating system cannot tie two processes.
func endWithParent(*exec.Cmd) {}
