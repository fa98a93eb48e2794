package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
)

// watch begins to show how far tasks are, until stop is called, which waits for the last of it.
type watch func(context.Context, *worker.Status) (stop func())

// showBounded shows on a terminal what a bounded run still has before it.
func (s *session) showBounded(bounded bool) watch {
	return func(_ context.Context, status *worker.Status) (stop func()) {
		if !bounded || !terminal(s.stderr) {
			return func() {}
		}
		return showTasks(s.stderr, status)
	}
}

// showTasks shows on a terminal what a bounded run still has before it, until stop is called, which waits for the last of it.
func showTasks(w io.Writer, status *worker.Status) (stop func()) {
	return showLine(w, func() string { return tasksText(status.Tasks()) })
}

// showLine shows on a terminal a line that changes, until stop is called, which waits for the last of it.
func showLine(w io.Writer, text func() string) (stop func()) {
	stopping, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		beat := time.NewTicker(200 * time.Millisecond)
		defer beat.Stop()
		for {
			select {
			case <-beat.C:
				fmt.Fprint(w, eraseLine, text())
			case <-stopping:
				fmt.Fprint(w, eraseLine)
				return
			}
		}
	}()
	return func() {
		close(stopping)
		<-stopped
	}
}

// eraseLine empties a terminal's line and goes to its begin.
const eraseLine = "\r\x1b[K"

// tasksText sums up how far tasks are.
func tasksText(tasks []task.Status) string {
	var waiting, restored, toRestore int64
	restoring, failed := 0, ""
	for _, t := range tasks {
		waiting += t.Lag
		if t.Phase == task.Failed {
			failed = "; some have failed"
		}
		if t.Phase == task.Restoring {
			restoring++
			restored, toRestore = restored+t.Restored, toRestore+t.ToRestore
		}
	}
	switch {
	case len(tasks) == 0:
		return "joining the group"
	case restoring > 0:
		return fmt.Sprintf("restoring %s: %s of %s", plural(int64(restoring), "partition"), grouped(restored), plural(toRestore, "record"))
	default:
		return fmt.Sprintf("%s, %s to apply%s", plural(int64(len(tasks)), "partition"), plural(waiting, "record"), failed)
	}
}
