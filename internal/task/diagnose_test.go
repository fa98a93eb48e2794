package task

import (
	"fmt"
	"testing"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"

	"github.com/segmentio/kafka-go"
)

// What is refused again and again without an outage does not heal by trying again soon, whatever it is.
func TestWhatIsRefusedAgainAndAgainFails(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want Scope
	}{
		"an outage":                {fmt.Errorf("%w: %w", errCommit, stream.ErrUnreachable), Passing},
		"a registry that is away":  {engine.ErrRegistry, Passing},
		"a refused commit":         {fmt.Errorf("%w: refused", errCommit), OfPartition},
		"another with the same id": {stream.ErrFenced, OfPartition},
	} {
		task := &Task{env: new(Environment)}
		for tries := range maxTries {
			if d := task.Diagnose(c.err, tries); d.Scope != Passing || d.Failure != nil {
				t.Errorf("%s: scope %d after %d tries", name, d.Scope, tries)
			}
		}
		if d := task.Diagnose(c.err, maxTries); d.Scope != c.want || (d.Failure != nil) != (c.want == OfPartition) {
			t.Errorf("%s: scope %d in the end, want %d", name, d.Scope, c.want)
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
		task Task
		err  error
		want record
		none bool
	}{
		"applied":                         {Task{applying: true, applied: 5}, bug, at, false},
		"the only one of a commit":        {Task{refused: &transaction{last: last, applied: 1}}, bug, last, false},
		"the only one, refused":           {Task{refused: &transaction{last: last, applied: 1}}, size, last, false},
		"the only one, others after it":   {Task{refused: &transaction{last: last, applied: 1}, applied: 3, applying: true}, size, last, false},
		"one of several":                  {Task{refused: &transaction{last: last, applied: 2}}, size, record{}, true},
		"none, as time went on":           {Task{refused: &transaction{last: last}}, size, record{}, true},
		"the topic is gone":               {Task{refused: &transaction{last: last, applied: 1}}, gone, record{}, true},
		"a commit in the middle of one":   {Task{refused: &transaction{last: last, applied: 1, midway: true}}, size, record{}, true},
		"neither applying nor committing": {Task{applied: 1}, bug, record{}, true},
	} {
		c.task.at, c.task.last = at, last
		if got, ok := c.task.culprit(c.err); ok == c.none || ok && got != c.want {
			t.Errorf("%s: record %v, %v; want %v", name, got, ok, c.want)
		}
	}
}

// A changelog that is gone may have been left by a cut-over, and discarded, of which a process has not heard: it looks again which one is the state. The
// application's own is nobody's to discard.
func TestAChangelogThatIsGone(t *testing.T) {
	e := &Environment{Options: Options{Topics: Topics{Changelog: "own"}}, changelogs: &changelogTopics{byName: map[string]*changelogTopic{"own": {}, "brought": {}}}}
	task := &Task{env: e}
	for topic, want := range map[string]Scope{"brought": Passing, "own": OfPartition, "alerts": OfPartition} {
		err := fmt.Errorf("%w: %w", errCommit, &stream.TopicError{Topic: topic, Err: kafka.UnknownTopicOrPartition})
		if d, standby := task.Diagnose(err, 1), e.DiagnoseStandby(err); d.Scope != want || standby.Scope != want {
			t.Errorf("%s: scopes %d and of a standby %d, want %d", topic, d.Scope, standby.Scope, want)
		}
	}
}
