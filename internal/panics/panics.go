// Package panics makes errors of panics, for goroutines of which one's must not be the others' end.
package panics

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// Error is a broken invariant, made an error.
type Error struct {
	Value any
	Stack []byte
}

// Error is what the panic said.
func (e *Error) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Survive does some work, a panic of which is its error.
func Survive(work func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &Error{Value: value, Stack: debug.Stack()}
		}
	}()
	return work()
}

// Group is work that is done at the same time. A panic is the error of whoever waits for it, for nobody else could survive it. The zero value
// is ready for use.
type Group struct {
	group sync.WaitGroup
	mutex sync.Mutex
	errs  []error
}

// Go begins some work.
func (g *Group) Go(work func() error) {
	g.group.Go(func() {
		err := Survive(work)
		g.mutex.Lock()
		defer g.mutex.Unlock()
		g.errs = append(g.errs, err)
	})
}

// Wait waits for all of it, and gives the error of each, in no order.
func (g *Group) Wait() []error {
	g.group.Wait()
	return g.errs
}
