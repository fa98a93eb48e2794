package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Delete removes the state of a slot that does not run.
func (f *Fleet) Delete(i int) error {
	if err := os.RemoveAll(f.StateDirectory(i)); err != nil {
		return fmt.Errorf("delete state of slot %d: %w", i, err)
	}
	return nil
}

// Forget removes the state of a slot that does not run, and the copy of it.
func (f *Fleet) Forget(i int) error {
	if err := os.RemoveAll(f.CopyDirectory(i)); err != nil {
		return fmt.Errorf("delete copy of the state of slot %d: %w", i, err)
	}
	return f.Delete(i)
}

// Copy keeps a copy of the state of a slot that does not run, in the place of an earlier one.
func (f *Fleet) Copy(i int) error {
	if err := replace(f.CopyDirectory(i), f.StateDirectory(i)); err != nil {
		return fmt.Errorf("copy state of slot %d: %w", i, err)
	}
	return nil
}

// Copied is whether there is a copy of the state of a slot.
func (f *Fleet) Copied(i int) bool {
	_, err := os.Stat(f.CopyDirectory(i))
	return !errors.Is(err, os.ErrNotExist)
}

// Restore puts the copy of its state in the place of the state of a slot that does not run. It is false when there is no copy.
func (f *Fleet) Restore(i int) (bool, error) {
	if !f.Copied(i) {
		return false, nil
	}
	if err := replace(f.StateDirectory(i), f.CopyDirectory(i)); err != nil {
		return false, fmt.Errorf("restore state of slot %d: %w", i, err)
	}
	return true, nil
}

// LastTable is the name of the table of its state that a slot's process began to write last, which grows from one to the next; "" where there is none.
func (f *Fleet) LastTable(i int) string {
	tables, _ := filepath.Glob(filepath.Join(f.StateDirectory(i), "*.sst")) // The pattern is good.
	if len(tables) == 0 {
		return ""
	}
	return slices.Max(tables)
}

// replace makes one folder a copy of another, which need not exist.
func replace(folder, by string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if _, err := os.Stat(by); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return os.CopyFS(folder, os.DirFS(by))
}

// doubleTimeout bounds the wait for a second process to be refused; an unreachable broker must be given up sooner.
const doubleTimeout = time.Minute

// inUse is what a second process says.
const inUse = "in use by another process"

// Double runs a second process on the state directory of a slot. It is true when that was refused as it must be, with exit code 1 and a
// line that says so; problem says what was wrong instead. When the slot's own process does not hold
// the directory, or not any more, it is neither.
func (f *Fleet) Double(ctx context.Context, i int) (refused bool, problem string) {
	before := f.alive(i)
	if before == nil || !holds(f.StateDirectory(i), before.handle.Pid) {
		return false, ""
	}
	ctx, cancel := context.WithTimeout(ctx, doubleTimeout)
	defer cancel()
	command := f.command(i, false, "")
	second := exec.CommandContext(ctx, command.Path, command.Args[1:]...)
	output, err := second.CombinedOutput()
	var exit *exec.ExitError
	text := strings.TrimSpace(string(output))
	switch {
	case ctx.Err() != nil:
		return false, "a second process on a state directory was not refused: " + lastLine(text)
	case errors.As(err, &exit) && exit.ExitCode() == 1 && strings.Contains(text, inUse):
		return true, ""
	case before != f.alive(i) || unreachable(text):
		return false, "" // Nobody was there to be harmed, or the broker was away.
	}
	return false, fmt.Sprintf("a second process on a state directory ended with %v: %s", err, lastLine(text))
}

// alive is a slot's process, nil if it has ended.
func (f *Fleet) alive(i int) *process {
	s := &f.slots[i]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.process == nil || !s.process.running() {
		return nil
	}
	return s.process
}

func lastLine(text string) string { return text[strings.LastIndexByte(text, '\n')+1:] }

// unreachable is whether a processor gave up for want of a broker.
func unreachable(text string) bool { return strings.Contains(text, "kafka cannot be reached") }

// Unreachable is whether a process ended for want of a broker.
func (e *Exit) Unreachable() bool { return e.Code == 1 && unreachable(e.Error) }
