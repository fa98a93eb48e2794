package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/wait"
)

// watchTopics ends the worker when a topic was deleted, made anew or enlarged under it. What cannot be found out is waited for.
func (w *Worker) watchTopics(ctx context.Context) error {
	watched := maps.Clone(w.env.Identities)
	for _, output := range []string{w.options.Topics.Alerts, w.options.Topics.SellerHealth, w.options.Topics.DeadLetters} {
		delete(watched, output) // No number rests on them.
	}
	var before error
	for wait.For(ctx, w.options.identityInterval) {
		found, err := w.env.Identify(ctx)
		if err != nil {
			continue // An outage, which tasks tell of.
		}
		maps.DeleteFunc(watched, func(topic string, _ stream.TopicIdentity) bool { return w.env.LeftChangelog(topic) })
		err = changedTopics(watched, found)
		// A broker that has just started may not know a topic for a moment.
		if err != nil && (before != nil || !errors.Is(err, errTopicDeleted)) {
			return err
		}
		before = err
	}
	return nil
}

var errTopicDeleted = errors.New("it was deleted while this process ran")

// changedTopics says what became of topics that are not what they were.
func changedTopics(were, are map[string]stream.TopicIdentity) error {
	var errs []error
	for name, was := range were {
		is, ok := are[name]
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("topic %q: %w: create all topics with `processor topics`, and use another --app-id", name, errTopicDeleted))
		case is.ID != was.ID && is.ID != "" && was.ID != "":
			errs = append(errs, &task.ReplacedError{Topics: []string{name}})
		case is.Partitions != was.Partitions:
			errs = append(errs, fmt.Errorf("topic %q has %d partitions, and had %d when this process started: sellers are in other partitions now than their state; make the topics anew with the number you want, replay the events into them, and use another --app-id",
				name, is.Partitions, was.Partitions))
		}
	}
	return errors.Join(errs...)
}
