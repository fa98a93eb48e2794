package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	"sellerpulse/test/brokertest/child"

	"github.com/prometheus/procfs"
)

// stopTimeout is how long a program may take to stop in order.
const stopTimeout = 30 * time.Second

// process is a program that was started, and does not outlive this one.
type process struct {
	command *exec.Cmd
	log     string // file of what it writes
	started time.Time
	ended   chan struct{} // closed when it has ended and was waited for
	lasted  time.Duration // once it has ended
}

// start starts a command. A goroutine on a thread of its own starts it and waits for it: the operating system ends the process with that thread.
func start(command *exec.Cmd, log string) (*process, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	command.Stdout, command.Stderr = file, file
	child.EndWithParent(command)
	p := &process{command: command, log: log, started: time.Now(), ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		defer close(p.ended)
		defer file.Close() // the process wrote to it, not we
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait() // its state says how it ended
			p.lasted = time.Since(p.started)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Path, err)
	}
	return p, nil
}

// await waits until it has ended by itself, and fails if it did not succeed.
func (p *process) await(ctx context.Context) error {
	select {
	case <-p.ended:
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("await the end of %s: %w", p.command.Path, ctx.Err())
	}
	if !p.command.ProcessState.Success() {
		return p.whyEnded()
	}
	return nil
}

// alive is nil, or why the process has ended.
func (p *process) alive() error {
	select {
	case <-p.ended:
		return p.whyEnded()
	default:
		return nil
	}
}

func (p *process) whyEnded() error {
	const most = 2000
	text, err := os.ReadFile(p.log)
	if err != nil {
		return fmt.Errorf("read log: %w", err)
	}
	return fmt.Errorf("%s ended: %s: %s", p.command.Path, p.command.ProcessState, strings.TrimSpace(string(text[max(0, len(text)-most):])))
}

// saidAt is the time of a line of its log.
var saidAt = regexp.MustCompile(`^time=(\S+) `)

// lastSaid is when the process last wrote a line with a text, if it writes times as the processor does.
func (p *process) lastSaid(text string) (at time.Time) {
	log, err := os.ReadFile(p.log)
	if err != nil {
		return at
	}
	for line := range strings.Lines(string(log)) {
		if found := saidAt.FindStringSubmatch(line); found != nil && strings.Contains(line, text) {
			at, _ = time.Parse(time.RFC3339Nano, found[1]) // What is no time is the zero one.
		}
	}
	return at
}

// stop asks the process to stop, and kills it when it does not in time.
func (p *process) stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM) // An error says that it has ended.
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		p.kill()
	}
}

func (p *process) kill() {
	_ = p.command.Process.Kill() // An error says that it has ended.
	<-p.ended
}

// usage is what a process has used so far.
type usage struct {
	cpu     float64 // seconds
	peak    float64 // resident memory, MiB
	current float64 // likewise, now
	written float64 // bytes to disks
}

func (p *process) usage() (u usage, err error) {
	proc, err := procfs.NewProc(p.command.Process.Pid)
	if err != nil {
		return u, fmt.Errorf("find process: %w", err)
	}
	stat, err := proc.Stat()
	if err != nil {
		return u, fmt.Errorf("read what the process used: %w", err)
	}
	status, err := proc.NewStatus()
	if err != nil {
		return u, fmt.Errorf("read what the process used: %w", err)
	}
	io, err := proc.IO()
	if err != nil {
		return u, fmt.Errorf("read what the process wrote: %w", err)
	}
	const mib = 1 << 20
	return usage{cpu: stat.CPUTime(), peak: float64(status.VmHWM) / mib, current: float64(status.VmRSS) / mib, written: float64(io.WriteBytes)}, nil
}

// peakOf is the most memory, in MiB, that was resident of a process that has ended.
func peakOf(state *os.ProcessState) float64 {
	if used, ok := state.SysUsage().(*syscall.Rusage); ok {
		return float64(used.Maxrss) / 1024
	}
	return 0
}
