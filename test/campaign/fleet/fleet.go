package fleet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Options say what to run. All must be given but Intake.
type Options struct {
	Binaries []string // of the processor, which slots run by turns
	Folder   string   // of state directories and logs
	Slots    int
	Intake   bool                        // the processes carry records over by a mapping, and have no state
	OnExit   func(Exit)                  // called when a process ended without having been told to, before it is started again
	OnError  func(slot int, line string) // called with each line of a log at level error, also those of a process that is killed right after
}

// Exit is the end of a process that nobody wanted.
type Exit struct {
	Slot, Code int
	Error      string // the last line that it wrote
}

// Fleet is for any goroutine; what concerns one slot goes one after the other.
type Fleet struct {
	options Options
	slots   []slot
	waiting sync.WaitGroup           // of the goroutines that watch processes
	run     atomic.Pointer[[]string] // arguments of `processor run`, but for its state directory
}

// slot is a place for one process.
type slot struct {
	mutex    sync.Mutex
	process  *process // nil before the first
	wanted   bool     // it is to run
	bounded  bool     // it is to run to the end of what there is
	backfill string   // whose process it is; empty: the live application's
	paused   bool
	failing  *backoff.ExponentialBackOff
	refusal  Refusal // that it is to end with
}

// stopTimeout bounds an orderly stop, which is to take ten seconds at most on a machine that has nothing else to do.
const stopTimeout = time.Minute

// New makes a fleet of which nothing runs. Use and Close are to follow.
func New(o Options) *Fleet {
	f := &Fleet{options: o, slots: make([]slot, o.Slots)}
	for i := range f.slots {
		b := backoff.NewExponentialBackOff()
		b.InitialInterval, b.MaxInterval = 100*time.Millisecond, 2*time.Second
		f.slots[i].failing = b
	}
	return f
}

// Use has processes that are started from now on run with these arguments, but for their state directory.
func (f *Fleet) Use(arguments []string) { f.run.Store(&arguments) }

// StateDirectory is that of a slot.
func (f *Fleet) StateDirectory(i int) string {
	return filepath.Join(f.options.Folder, "state-"+strconv.Itoa(i))
}

// CopyDirectory is where a copy of the state of a slot is kept.
func (f *Fleet) CopyDirectory(i int) string {
	return filepath.Join(f.options.Folder, "copy-"+strconv.Itoa(i))
}

// Log is the file that a slot's processes write to.
func (f *Fleet) Log(i int) string {
	return filepath.Join(f.options.Folder, "processor-"+strconv.Itoa(i)+".log")
}

// Start has a slot's process run until it is told otherwise, or, bounded, until it has read what there is.
func (f *Fleet) Start(i int, bounded bool) error { return f.begin(i, bounded, "") }

// StartBackfill has a slot's process run for a backfill until it is told otherwise.
func (f *Fleet) StartBackfill(i int, name string) error { return f.begin(i, false, name) }

func (f *Fleet) begin(i int, bounded bool, backfill string) error {
	s := &f.slots[i]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.wanted, s.bounded, s.backfill = true, bounded, backfill
	if s.process != nil && s.process.running() {
		return nil
	}
	return f.start(i)
}

func (f *Fleet) start(i int) error {
	s := &f.slots[i]
	p, err := start(f.command(i, s.bounded, s.backfill), f.Log(i), func(line string) { f.options.OnError(i, line) })
	if err != nil {
		return fmt.Errorf("slot %d: %w", i, err)
	}
	s.process, s.paused = p, false
	f.waiting.Go(func() { f.watch(i, p) })
	return nil
}

func (f *Fleet) command(i int, bounded bool, backfill string) *exec.Cmd {
	arguments := []string{"run"}
	switch {
	case f.options.Intake:
		arguments = []string{"intake"}
	case backfill != "":
		arguments = []string{"backfill", "start", backfill, "--state-dir", f.StateDirectory(i)}
	default:
		arguments = append(arguments, "--state-dir", f.StateDirectory(i))
	}
	arguments = append(arguments, *f.run.Load()...)
	if bounded {
		arguments = append(arguments, "--until-end")
	}
	return exec.Command(f.options.Binaries[i%len(f.options.Binaries)], arguments...)
}

// Call runs a command of the processor to its end, or kills it when ctx ends, and gives what it wrote to standard output, and the last line of its log.
func (f *Fleet) Call(ctx context.Context, arguments ...string) (output []byte, last string, err error) {
	command := exec.CommandContext(ctx, f.options.Binaries[0], arguments...)
	var log bytes.Buffer
	command.Stderr = &log
	output, err = command.Output()
	return output, lastLine(strings.TrimSpace(log.String())), err
}

// watch starts a process again that ended without having been told to.
func (f *Fleet) watch(i int, p *process) {
	started := time.Now()
	<-p.ended
	s := &f.slots[i]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.wanted || s.process != p {
		return
	}
	if s.bounded && p.code == 0 {
		s.wanted = false
		return
	}
	switch exit := (Exit{Slot: i, Code: p.code, Error: p.output.error()}); {
	case s.refusal.take(&exit):
		if s.refusal.Times == 0 {
			s.wanted = false
			return
		}
	default:
		f.options.OnExit(exit)
	}
	if time.Since(started) > time.Minute {
		s.failing.Reset()
	}
	time.AfterFunc(s.failing.NextBackOff(), func() { f.again(i, p) })
}

// again starts a slot's process after one that failed, unless another was started or none is wanted any more.
func (f *Fleet) again(i int, after *process) {
	s := &f.slots[i]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.wanted || s.process != after {
		return
	}
	if err := f.start(i); err != nil {
		f.options.OnExit(Exit{Slot: i, Code: -1, Error: err.Error()})
	}
}

// Kill ends a slot's process at once. It is false when none ran.
func (f *Fleet) Kill(i int) bool {
	s := &f.slots[i]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.wanted = false
	if s.process == nil || !s.process.running() {
		return false
	}
	_ = s.process.handle.Kill() // an error says that it is gone already
	<-s.process.ended
	return true
}

// errStop says that an orderly stop was none.
var errStop = errors.New("stop in order")

// Stop ends a slot's process in order. It is false when none ran. The error says that it took too long or did not end with code 0.
func (f *Fleet) Stop(i int) (stopped bool, err error) {
	s := &f.slots[i]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.wanted = false
	if s.process == nil || !s.process.running() {
		return false, nil
	}
	s.resume()
	_ = s.process.handle.Signal(syscall.SIGTERM) // an error says that it is gone already
	late := time.NewTimer(stopTimeout)
	defer late.Stop()
	select {
	case <-s.process.ended:
	case <-late.C:
		_ = s.process.handle.Kill() // as above
		<-s.process.ended
		return true, fmt.Errorf("%w: slot %d: still there after %v", errStop, i, stopTimeout)
	}
	if s.process.code != 0 && !s.process.early {
		return true, fmt.Errorf("%w: slot %d: exit code %d: %s", errStop, i, s.process.code, s.process.output.error())
	}
	return true, nil
}

// Pause halts a slot's process where it is. It is false when none ran, or it is halted already.
func (f *Fleet) Pause(i int) bool {
	s := &f.slots[i]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.process == nil || !s.process.running() || s.paused {
		return false
	}
	s.paused = s.process.handle.Signal(syscall.SIGSTOP) == nil
	return s.paused
}

// Resume lets a halted process go on. It is false when there is none.
func (f *Fleet) Resume(i int) bool {
	s := &f.slots[i]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.resume()
}

func (s *slot) resume() bool {
	paused := s.paused && s.process.running()
	if paused {
		_ = s.process.handle.Signal(syscall.SIGCONT) // an error says that it is gone
	}
	s.paused = false
	return paused
}

// Running are the slots whose process is to run.
func (f *Fleet) Running() (running []int) {
	for i := range f.slots {
		s := &f.slots[i]
		s.mutex.Lock()
		if s.wanted {
			running = append(running, i)
		}
		s.mutex.Unlock()
	}
	return running
}

// Awake is how many processes run and are not halted.
func (f *Fleet) Awake() (n int) {
	for i := range f.slots {
		s := &f.slots[i]
		s.mutex.Lock()
		if s.process != nil && s.process.running() && !s.paused {
			n++
		}
		s.mutex.Unlock()
	}
	return n
}

// Done returns once every process has come to the end that it was to come to: a bounded one has read what there was, one that was to refuse has.
func (f *Fleet) Done(ctx context.Context) error {
	wait := backoff.NewConstantBackOff(50 * time.Millisecond)
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		if running := f.Running(); len(running) > 0 {
			return struct{}{}, fmt.Errorf("processors %v have not come to the end", running)
		}
		return struct{}{}, nil
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0))
	return err
}

// Close kills all that runs.
func (f *Fleet) Close() {
	for i := range f.slots {
		f.Kill(i)
	}
	f.waiting.Wait()
}
