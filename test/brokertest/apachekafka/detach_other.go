//go:build !linux

package apachekafka

import "os/exec"

func detach(*exec.Cmd) {}
