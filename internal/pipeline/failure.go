package pipeline

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Failure is why a partition has stopped while all others go on. It is tried again slowly.
type Failure struct {
	Standby bool   // it is the copy here that has stopped, not the partition
	At      string // the record that cannot be passed, as topic/partition@offset; empty where it is no record's
	Err     error
	Remedy  string // empty where the error names it
	Since   time.Time
	Tries   int

	topic   events.Topic // of the record, if place is
	offset  int64
	place   bool
	commits int // that the task had made; above 1 they count as 1
}

// Error is what is wrong, where, and what to do.
func (f *Failure) Error() string {
	text := f.Err.Error()
	if f.At != "" {
		text = "cannot pass " + f.At + ": " + text
	}
	if f.Remedy != "" {
		text += ": " + f.Remedy
	}
	return strings.ReplaceAll(text, "\n", "; ") // Joined errors are on a line each.
}

func (f *Failure) Unwrap() error { return f.Err }

// panicked is the panic that it was, if it was one.
func (f *Failure) panicked() (*panics.Error, bool) { return errors.AsType[*panics.Error](f.Err) }

// atRecord names a record of an input.
func atRecord(tp stream.TopicPartition, offset int64) string { return fmt.Sprintf("%v@%d", tp, offset) }

// failureOf says what is known of a task's failure.
func (t *task) failureOf(err error) *Failure {
	f := &Failure{Err: err, commits: min(t.commits, 1)}
	if r, ok := t.culprit(err); ok {
		f.topic, f.offset, f.place = r.topic, r.offset, true
		f.At = atRecord(t.options().Topics.of(t.partition)[r.topic], r.offset)
	}
	f.remedy(t.options())
	return f
}

// passedBy is whether a task has come further than the one that failed.
func (f *Failure) passedBy(t *task) bool {
	if f.place {
		return t.savedOffset[f.topic] > f.offset
	}
	return t.careful == 0 && t.commits > f.commits
}

// record is the place of an input's record.
type record struct {
	topic  events.Topic
	offset int64
}

// culprit is the record without which there would not be the error: the one that is being applied, or the only one of a commit that cannot be
// made, or is refused for what is in it.
func (t *task) culprit(err error) (record, bool) {
	refused, ofTopic := errors.AsType[*stream.TopicError](err)
	switch {
	case t.refused != nil:
		return t.refused.last, t.refused.applied == 1 && !t.refused.midway && (!ofTopic || refused.OfContent())
	case t.applying:
		return t.at, true
	}
	return record{}, false
}

// Remedies of what does not name its own.
const (
	remedyBug    = "this is a bug, report it with the stack in the log"
	remedyLog    = "let a replica lead that has the batch whole"
	remedyLocal  = "if `processor verify` finds the local state damaged, stop the process and delete its state directory, which is restored from the changelog"
	remedyAnew   = "or use another --app-id to build the state anew from the inputs"
	remedyDelete = "or delete the records up to behind it with kafka-delete-records.sh and go on by --on-missing-offsets earliest"
)

// remedy fills in what to do, and the place of a batch.
func (f *Failure) remedy(o *Options) {
	batch, isBatch := errors.AsType[*stream.BatchError](f.Err)
	if isBatch {
		f.At = atRecord(batch.TopicPartition, batch.First)
	}
	var do []string
	switch {
	case as[*panics.Error](f.Err):
		do = append(do, remedyBug)
	case isBatch && batch.Topic == o.Topics.Changelog:
		do = append(do, remedyLog, remedyAnew)
	case isBatch && !f.place:
		do = append(do, remedyLog, remedyDelete)
	case isBatch:
		do = append(do, remedyLog)
	case errors.Is(f.Err, state.ErrMalformed):
		do = append(do, remedyLocal)
	}
	if f.place {
		do = append(do, "or pass it over with --skip "+f.At)
	}
	f.Remedy = strings.TrimPrefix(strings.Join(do, ", "), "or ")
}

// FailedError says which partitions a bounded run could not read to their ends.
type FailedError struct {
	Partitions []int32
	Failures   []*Failure
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
