//go:build !linux

package apachekafka

import "os/exec"

// endWithParent does nothing where the operating system cannot tie two processes: a node whose starter is killed goes on.
func endWithParent(*exec.Cmd) {}

func detach(*exec.Cmd) {}
