package apachekafka

import (
	"fmt"
	"io"
	"os/exec"
)

// sweep waits for the end of its input, then removes a folder: twice, since nodes may still be writing as they die.
const sweep = `cat >/dev/null; rm -rf "$1"; sleep 2; rm -rf "$1"`

// sweeper is a process that removes a cluster's folder once this process has ended in whatever way: the end of a test
// binary runs no code of ours.
type sweeper struct {
	command *exec.Cmd
	input   io.WriteCloser // held unused: its end is the signal, so the sweeper must stay reachable
}

func startSweeper(folder string) (*sweeper, error) {
	command := exec.Command("sh", "-c", sweep, "sweep", folder)
	input, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("open sweeper's input: %w", err)
	}
	detach(command)
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start sweeper: %w", err)
	}
	return &sweeper{command: command, input: input}, nil
}

// stop ends the sweeper, whose folder is gone.
func (s *sweeper) stop() {
	_ = s.command.Process.Kill() // an error says that it is gone already
	_ = s.command.Wait()         // killed; closes input
}
