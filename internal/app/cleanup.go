package app

import (
	"errors"
	"fmt"
	"log/slog"
)

// cleanups is what is to be undone, the last thing first. Each is registered when the thing exists.
type cleanups struct {
	log   *slog.Logger
	steps []cleanup
}

type cleanup struct {
	name string
	undo func() error
}

func (c *cleanups) add(name string, undo func() error) {
	c.steps = append(c.steps, cleanup{name, undo})
}

// run undoes everything, whatever fails, and forgets it.
func (c *cleanups) run() error {
	var errs []error
	for i := len(c.steps) - 1; i >= 0; i-- {
		step := c.steps[i]
		if err := step.undo(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", step.name, err))
		}
		c.log.Debug("stopped", "step", step.name)
	}
	c.steps = nil
	return errors.Join(errs...)
}
