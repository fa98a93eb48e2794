package worker

import (
	"fmt"
	"strings"

	"sellerpulse/internal/task"
)

// FailedError says which partitions a bounded run could not read to their ends.
type FailedError struct {
	Partitions []int32
	Failures   []*task.Failure
}

// Error names each.
func (e *FailedError) Error() string {
	texts := make([]string, len(e.Failures))
	for i, f := range e.Failures {
		texts[i] = fmt.Sprintf("partition %d failed: %v", e.Partitions[i], f)
	}
	return strings.Join(texts, "; ")
}

// Unwrap is the failures.
func (e *FailedError) Unwrap() []error {
	all := make([]error, len(e.Failures))
	for i, f := range e.Failures {
		all[i] = f
	}
	return all
}
