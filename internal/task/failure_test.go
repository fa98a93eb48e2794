package task

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
)

// What to do is said for each kind of failure, in one line.
func TestRemedies(t *testing.T) {
	in, changelog := stream.TopicPartition{Topic: "orders", Partition: 2}, stream.TopicPartition{Topic: "app-changelog", Partition: 2}
	at := func(err error) *Failure { return &Failure{Err: err, culprit: new(record), At: "orders/2@17"} }
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
		c.failure.fillRemedy(func(topic string) bool { return topic == "app-changelog" })
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
