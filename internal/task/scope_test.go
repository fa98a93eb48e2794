package task

import (
	"errors"
	"fmt"
	"testing"

	"github.com/segmentio/kafka-go"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
)

// Whatever goes wrong is waited for, or is its partition's, or the whole process's: whoever adds an error adds a line.
func TestScopes(t *testing.T) {
	topic := func(err error) error { return &stream.TopicError{Topic: "alerts", Partition: 1, Err: err} }
	commit := func(err error) error { return fmt.Errorf("%w: commit transaction: append outputs: %w", errCommit, err) }
	batch := func(err error) error { return &stream.BatchError{Err: err} }
	missing := &RangeError{stream.OffsetError{Offset: 7}}
	for _, c := range []struct {
		name string
		err  error
		want Scope
	}{
		{"an outage", stream.ErrUnreachable, Passing},
		{"an outage of a topic's leader", topic(fmt.Errorf("%w: %w", stream.ErrUnreachable, kafka.LeaderNotAvailable)), Passing},
		{"another owner", commit(stream.ErrFenced), Passing},
		{"a transaction whose end a broker that was killed has yet to write", topic(kafka.UnstableOffsetCommit), Passing},
		{"an outage in a commit", commit(stream.ErrUnreachable), Passing},
		{"a commit whose outcome is not known", commit(kafka.InvalidTransactionState), Passing},
		{"a commit whose outcome is not known, of a topic", commit(topic(kafka.OutOfOrderSequenceNumber)), Passing},
		{"an outage of the schema registry", fmt.Errorf("%w: timed out", engine.ErrRegistry), Passing},
		{"a changelog cut off at its start", &stream.OffsetError{}, Passing},

		{"a size refused", commit(topic(kafka.MessageSizeTooLarge)), OfPartition},
		{"a batch's size refused", commit(topic(kafka.RecordListTooLarge)), OfPartition},
		{"a time refused", commit(topic(kafka.InvalidTimestamp)), OfPartition},
		{"a record refused", commit(topic(kafka.InvalidRecord)), OfPartition},
		{"a policy", commit(topic(kafka.PolicyViolation)), OfPartition},
		{"a compression refused", commit(topic(kafka.UnsupportedCompressionType)), OfPartition},
		{"an output that is gone", commit(topic(kafka.UnknownTopicOrPartition)), OfPartition},
		{"a corrupt batch", batch(stream.ErrCorrupt), OfPartition},
		{"an old message format", batch(stream.ErrOldFormat), OfPartition},
		{"what breaks the protocol", stream.ErrCorrupt, OfPartition},
		{"a broken invariant", &panics.Error{Value: "below zero"}, OfPartition},
		{"an unreadable row", fmt.Errorf("order: %w", state.ErrMalformed), OfPartition},
		{"moved offsets", &OffsetsError{}, OfPartition},
		{"missing records", missing, OfPartition},
		{"a refusal that nobody knows", fmt.Errorf("open producer: %w", kafka.InvalidTransactionTimeout), OfPartition},
		{"anything else", errors.New("what is this"), OfPartition},

		{"a missing permission", commit(topic(stream.ErrUnauthorized)), OfProcess},
		{"a permission of the group", fmt.Errorf("read offsets: %w", stream.ErrUnauthorized), OfProcess},
		{"a certificate", stream.ErrUntrusted, OfProcess},
		{"a broker that is too old", stream.ErrUnsupported, OfProcess},
		{"the end of the client", stream.ErrClosed, OfProcess},
		{"other settings", &engine.SettingsError{}, OfProcess},
		{"other topics", &ReplacedError{}, OfProcess},
	} {
		if got := (&Options{}).scopeOf(fmt.Errorf("task: %w", errors.Join(c.err, nil))); got != c.want {
			t.Errorf("%s: scope %d, want %d", c.name, got, c.want)
		}
	}
	for _, how := range []OnMissing{EarliestOnMissing, LatestOnMissing} {
		if got := (&Options{OnMissing: how}).scopeOf(missing); got != Passing {
			t.Errorf("missing records, to go on %s: scope %d, want %d", how, got, Passing)
		}
	}
}
