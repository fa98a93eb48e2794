package fleet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"sellerpulse/test/brokertest/child"
)

// process is a processor that was started.
type process struct {
	handle *os.Process
	ended  chan struct{} // closed when it has ended and was waited for
	code   int           // once it has ended; -1 by a signal
	early  bool          // once it has ended: it was told to stop before it had come to listen for that
	output *output

	log   string
	begin int64 // of what it writes to the log
}

// start starts a processor, which writes to a log; onError is called with each line of it at level error. A goroutine on a thread of its own starts it and waits for it: the operating system
// ends the process with that thread.
func start(command *exec.Cmd, log string, onError func(line string)) (*process, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	p := &process{ended: make(chan struct{}), output: &output{file: file, onError: onError}, log: log}
	if p.begin, err = file.Seek(0, io.SeekEnd); err != nil {
		return nil, errors.Join(fmt.Errorf("find end of log: %w", err), file.Close())
	}
	command.Stdout, command.Stderr = p.output, p.output
	child.EndWithParent(command)
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		defer close(p.ended)
		defer file.Close() // the process wrote to it, not we
		err := command.Start()
		p.handle = command.Process
		started <- err
		if err == nil {
			_ = command.Wait() // its code says how it ended
			p.code = command.ProcessState.ExitCode()
			status, _ := command.ProcessState.Sys().(syscall.WaitStatus)
			p.early = status.Signaled() && status.Signal() == syscall.SIGTERM
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start processor: %w", err)
	}
	return p, nil
}

// running is whether the process has not ended.
func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}
