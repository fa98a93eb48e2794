package task

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

	culprit *record // the one at At; nil without one
	commits int     // that the task had made; above 1 they count as 1
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

// Panic is the panic that it was, if it was one.
func (f *Failure) Panic() (*panics.Error, bool) { return errors.AsType[*panics.Error](f.Err) }

// record is the place of an input's record.
type record struct {
	topic  events.Topic
	offset int64
}

// atRecord names a record of an input.
func atRecord(tp stream.TopicPartition, offset int64) string { return fmt.Sprintf("%v@%d", tp, offset) }

// RemedyAnew is what to do about a changelog that is lost.
const RemedyAnew = "build the state anew beside it and put that in its place (`processor backfill start`, then `cut-over`), or use another --app-id"

// Remedies of what does not name its own.
const (
	remedyBug    = "this is a bug, report it with the stack in the log"
	remedyLog    = "let a replica lead that has the batch whole"
	remedyLocal  = "if `processor verify` finds the local state damaged, stop the process and delete its state directory, which is restored from the changelog"
	remedyDelete = "or delete the records up to behind it with kafka-delete-records.sh and go on by --on-missing-offsets earliest"
)

// fillRemedy fills in what to do, and the place of a batch.
func (f *Failure) fillRemedy(isChangelog func(topic string) bool) {
	batch, isBatch := errors.AsType[*stream.BatchError](f.Err)
	if isBatch {
		f.At = atRecord(batch.TopicPartition, batch.First)
	}
	topic, isTopic := errors.AsType[*stream.TopicError](f.Err)
	var do []string
	switch {
	case as[*panics.Error](f.Err):
		do = append(do, remedyBug)
	case isBatch && isChangelog(batch.Topic):
		do = append(do, remedyLog, "or "+RemedyAnew)
	case isTopic && topic.Gone() && isChangelog(topic.Topic):
		do = append(do, RemedyAnew)
	case isBatch && f.culprit == nil:
		do = append(do, remedyLog, remedyDelete)
	case isBatch:
		do = append(do, remedyLog)
	case errors.Is(f.Err, state.ErrMalformed):
		do = append(do, remedyLocal)
	}
	if f.culprit != nil {
		do = append(do, "or pass it over with --skip "+f.At)
	}
	f.Remedy = strings.TrimPrefix(strings.Join(do, ", "), "or ")
}

func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
