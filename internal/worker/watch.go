package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

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
		maps.Copy(watched, w.env.Changelogs()) // A cut-over may have made another one the state.
		if err = changedTopics(watched, found, w.env.IsChangelog); err == nil {
			before = nil
			continue
		}
		left, cannot := w.env.LeftChangelogs(ctx, slices.Collect(maps.Keys(watched)))
		if cannot != nil {
			continue
		}
		for _, topic := range left {
			delete(watched, topic)
		}
		// A broker that has just started may not know a topic for a moment.
		if err = changedTopics(watched, found, w.env.IsChangelog); err != nil && (before != nil || !errors.As(err, new(*task.DeletedError))) {
			return err
		}
		before = err
	}
	return nil
}

// changedTopics says what became of topics that are not what they were.
func changedTopics(were, are map[string]stream.TopicIdentity, isChangelog func(topic string) bool) error {
	var errs []error
	for name, was := range were {
		is, ok := are[name]
		switch {
		case !ok:
			errs = append(errs, &task.DeletedError{Topic: name, Changelog: isChangelog(name)})
		case is.ID != was.ID && is.ID != "" && was.ID != "":
			errs = append(errs, &task.ReplacedError{Topics: []string{name}, Changelog: isChangelog(name)})
		case is.Partitions != was.Partitions:
			errs = append(errs, fmt.Errorf("topic %q has %d partitions, and had %d when this process started: sellers are in other partitions now than their state; make the topics anew with the number you want, replay the events into them, and use another --app-id",
				name, is.Partitions, was.Partitions))
		}
	}
	return errors.Join(errs...)
}
