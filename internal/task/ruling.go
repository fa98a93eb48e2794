package task

import (
	"errors"
	"sync"

	"sellerpulse/pkg/rules"
)

// Ruling is the rules that the tasks of a process go by. They may become others while tasks run: each then ends in order and is acquired again, which
// has it go by the new ones from a point between two commits on, recorded with its state. For any goroutine.
type Ruling struct {
	mutex   sync.Mutex
	now     Ruled
	changed chan struct{} // closed when there are others
}

// Ruled is a set of rules and where it is from.
type Ruled struct {
	Set      *rules.Set
	Revision int64 // of those that were applied to the application (package rulebook); 0 for rules that the process was given
}

func newRuling(now Ruled) *Ruling { return &Ruling{now: now, changed: make(chan struct{})} }

// Now is the rules in force, and what is closed when there are others.
func (r *Ruling) Now() (Ruled, <-chan struct{}) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.now, r.changed
}

// Rule puts other rules in force.
func (r *Ruling) Rule(by Ruled) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.now = by
	close(r.changed)
	r.changed = make(chan struct{})
}

// ErrRuled says that a task has ended in order since there are other rules, by which it is to be acquired again.
var ErrRuled = errors.New("other rules are in force: acquiring the partition again")
