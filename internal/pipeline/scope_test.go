package pipeline

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
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
		want scope
	}{
		{"an outage", stream.ErrUnreachable, passing},
		{"an outage of a topic's leader", topic(fmt.Errorf("%w: %w", stream.ErrUnreachable, kafka.LeaderNotAvailable)), passing},
		{"another owner", commit(stream.ErrFenced), passing},
		{"an outage in a commit", commit(stream.ErrUnreachable), passing},
		{"a commit whose outcome is not known", commit(kafka.InvalidTransactionState), passing},
		{"a commit whose outcome is not known, of a topic", commit(topic(kafka.OutOfOrderSequenceNumber)), passing},
		{"an outage of the schema registry", fmt.Errorf("%w: timed out", engine.ErrRegistry), passing},
		{"a changelog cut off at its start", &stream.OffsetError{}, passing},

		{"a size refused", commit(topic(kafka.MessageSizeTooLarge)), ofPartition},
		{"a batch's size refused", commit(topic(kafka.RecordListTooLarge)), ofPartition},
		{"a time refused", commit(topic(kafka.InvalidTimestamp)), ofPartition},
		{"a record refused", commit(topic(kafka.InvalidRecord)), ofPartition},
		{"a policy", commit(topic(kafka.PolicyViolation)), ofPartition},
		{"a compression refused", commit(topic(kafka.UnsupportedCompressionType)), ofPartition},
		{"an output that is gone", commit(topic(kafka.UnknownTopicOrPartition)), ofPartition},
		{"a corrupt batch", batch(stream.ErrCorrupt), ofPartition},
		{"an old message format", batch(stream.ErrOldFormat), ofPartition},
		{"what breaks the protocol", stream.ErrCorrupt, ofPartition},
		{"a broken invariant", &panics.Error{Value: "below zero"}, ofPartition},
		{"an unreadable row", fmt.Errorf("order: %w", state.ErrMalformed), ofPartition},
		{"moved offsets", &OffsetsError{}, ofPartition},
		{"missing records", missing, ofPartition},
		{"a refusal that nobody knows", fmt.Errorf("open producer: %w", kafka.InvalidTransactionTimeout), ofPartition},
		{"anything else", errors.New("what is this"), ofPartition},

		{"a missing permission", commit(topic(stream.ErrUnauthorized)), ofProcess},
		{"a permission of the group", fmt.Errorf("read offsets: %w", stream.ErrUnauthorized), ofProcess},
		{"a certificate", stream.ErrUntrusted, ofProcess},
		{"a broker that is too old", stream.ErrUnsupported, ofProcess},
		{"the end of the client", stream.ErrClosed, ofProcess},
		{"other settings", &engine.SettingsError{}, ofProcess},
		{"other topics", &ReplacedError{}, ofProcess},
	} {
		if got := (&Options{}).scopeOf(fmt.Errorf("task: %w", errors.Join(c.err, nil))); got != c.want {
			t.Errorf("%s: scope %d, want %d", c.name, got, c.want)
		}
	}
	for _, how := range []OnMissing{EarliestOnMissing, LatestOnMissing} {
		if got := (&Options{OnMissing: how}).scopeOf(missing); got != passing {
			t.Errorf("missing records, to go on %s: scope %d, want %d", how, got, passing)
		}
	}
}

// What is refused again and again without an outage does not heal by trying again soon, whatever it is.
func TestWhatIsRefusedAgainAndAgainFails(t *testing.T) {
	o := Options{}.withDefaults()
	for name, c := range map[string]struct {
		err  error
		want scope
	}{
		"an outage":                {fmt.Errorf("%w: %w", errCommit, stream.ErrUnreachable), passing},
		"a registry that is away":  {engine.ErrRegistry, passing},
		"a refused commit":         {fmt.Errorf("%w: refused", errCommit), ofPartition},
		"another with the same id": {stream.ErrFenced, ofPartition},
	} {
		task, tries := &task{service: &Service{options: o}}, newTries(slog.New(slog.DiscardHandler), "task", &o)
		for range fewTries {
			if got := task.scopeOf(c.err, tries); got != passing {
				t.Errorf("%s: scope %d at first", name, got)
			}
			tries.interrupted(c.err)
		}
		if got := task.scopeOf(c.err, tries); got != c.want {
			t.Errorf("%s: scope %d in the end, want %d", name, got, c.want)
		}
		tries.goesOn()
		if got := task.scopeOf(c.err, tries); got != passing {
			t.Errorf("%s: scope %d once it went on", name, got)
		}
	}
}

// A failure is told when it is another, not at each try, which come ever more slowly; and so is its end.
func TestAFailureIsToldOnce(t *testing.T) {
	log, now := newLines(), time.UnixMilli(0)
	o := Options{Clock: func() time.Time { return now }}.withDefaults()
	tries := newTries(slog.New(log), "task", &o)
	if tries.recovered() {
		t.Error("recovered from nothing")
	}
	longest := time.Duration(0)
	for range 30 {
		now = now.Add(time.Second)
		longest = max(longest, tries.failed(&Failure{Err: errors.New("one")}))
	}
	if longest < time.Minute/2 || longest > time.Minute || log.of(lineFailed) != 1 || tries.failure.Tries != 30 || tries.failure.Since != time.UnixMilli(1000) {
		t.Errorf("longest wait %v, told %d times, %+v", longest, log.of(lineFailed), tries.failure)
	}
	tries.failed(&Failure{Err: errors.New("one"), At: "orders/1@2"})
	if log.of(lineFailed) != 2 {
		t.Error("that its place was found was not told")
	}
	if !tries.recovered() || log.of(lineRecovered) != 1 || tries.recovered() {
		t.Error("the recovery was not told once")
	}
	if wait := tries.failed(&Failure{Err: errors.New("one")}); wait > 2*time.Second || log.of(lineFailed) != 3 {
		t.Errorf("after the recovery: wait %v, told %d times", wait, log.of(lineFailed))
	}
}

// What to do is said for each kind of failure, in one line.
func TestRemedies(t *testing.T) {
	o := Options{Topics: TopicsOf("", "app")}
	in, changelog := stream.TopicPartition{Topic: "orders", Partition: 2}, stream.TopicPartition{Topic: "app-changelog", Partition: 2}
	at := func(err error) *Failure { return &Failure{Err: err, place: true, At: "orders/2@17"} }
	for _, c := range []struct {
		failure *Failure
		says    []string
		not     string
	}{
		{at(&panics.Error{Value: "below zero"}), []string{"orders/2@17", "below zero", "bug", "--skip orders/2@17"}, "verify"},
		{&Failure{Err: &panics.Error{Value: "below zero"}}, []string{"below zero", "bug"}, "--skip"},
		{at(fmt.Errorf("order: %w", state.ErrMalformed)), []string{"verify", "state directory", "--skip orders/2@17"}, "bug"},
		{at(&stream.BatchError{TopicPartition: in, First: 17, Last: 20, Err: stream.ErrCorrupt}), []string{"offsets 17 to 20", "replica", "--skip orders/2@17"}, "kafka-delete-records"},
		{&Failure{Err: &stream.BatchError{TopicPartition: in, First: 17, Last: 16, Err: stream.ErrCorrupt}}, []string{"orders/2@17", "replica", "kafka-delete-records"}, "--skip"},
		{&Failure{Err: &stream.BatchError{TopicPartition: changelog, First: 17, Last: 20, Err: stream.ErrCorrupt}}, []string{"app-changelog/2@17", "replica", "--app-id"}, "--skip"},
		{&Failure{Err: errors.Join(&OffsetsError{Group: "app"}, errors.New("two"))}, []string{"--app-id", "two"}, "--skip"},
	} {
		c.failure.remedy(&o)
		text := c.failure.Error()
		for _, part := range c.says {
			if !strings.Contains(text, part) {
				t.Errorf("%q lacks %q", text, part)
			}
		}
		if c.not != "" && strings.Contains(text, c.not) || strings.Contains(text, "\n") || strings.Contains(text, ": or ") {
			t.Errorf("%q: want neither %q nor a second line", text, c.not)
		}
	}
}

// The record to blame is the one that is being read or applied, or the only one that a commit is about; never one of several, and not where
// it is not what is in it that is refused.
func TestTheCulprit(t *testing.T) {
	at, last := record{events.Claims, 7}, record{events.Orders, 3}
	size := fmt.Errorf("%w: %w", errCommit, &stream.TopicError{Topic: "alerts", Err: kafka.MessageSizeTooLarge})
	gone := fmt.Errorf("%w: %w", errCommit, &stream.TopicError{Topic: "alerts", Err: kafka.UnknownTopicOrPartition})
	bug := &panics.Error{Value: "below zero"}
	for name, c := range map[string]struct {
		task task
		err  error
		want record
		none bool
	}{
		"applied":                         {task{applying: true, applied: 5}, bug, at, false},
		"the only one of a commit":        {task{refused: &transaction{last: last, applied: 1}}, bug, last, false},
		"the only one, refused":           {task{refused: &transaction{last: last, applied: 1}}, size, last, false},
		"the only one, others after it":   {task{refused: &transaction{last: last, applied: 1}, applied: 3, applying: true}, size, last, false},
		"one of several":                  {task{refused: &transaction{last: last, applied: 2}}, size, record{}, true},
		"none, as time went on":           {task{refused: &transaction{last: last}}, size, record{}, true},
		"the topic is gone":               {task{refused: &transaction{last: last, applied: 1}}, gone, record{}, true},
		"a commit in the middle of one":   {task{refused: &transaction{last: last, applied: 1, midway: true}}, size, record{}, true},
		"neither applying nor committing": {task{applied: 1}, bug, record{}, true},
	} {
		c.task.at, c.task.last = at, last
		if got, ok := c.task.culprit(c.err); ok == c.none || ok && got != c.want {
			t.Errorf("%s: record %v, %v; want %v", name, got, ok, c.want)
		}
	}
}
