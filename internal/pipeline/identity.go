package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"sellerpulse/internal/stream"
)

// identify looks up what all topics are.
func (s *Service) identify(ctx context.Context) (map[string]stream.TopicIdentity, error) {
	t := &s.options.Topics
	return s.options.Client.Identify(ctx, append(slices.Clone(t.Inputs[:]), t.Changelog, t.Alerts, t.SellerHealth, t.DeadLetters))
}

// watchTopics ends the service when a topic was deleted, made anew or enlarged under it. What cannot be found out is waited for.
func (s *Service) watchTopics(ctx context.Context) error {
	watched := maps.Clone(s.identities)
	for _, output := range []string{s.options.Topics.Alerts, s.options.Topics.SellerHealth, s.options.Topics.DeadLetters} {
		delete(watched, output) // No number rests on them.
	}
	var before error
	for sleep(ctx, s.options.identityInterval) {
		found, err := s.identify(ctx)
		if err != nil {
			continue // An outage, which tasks tell of.
		}
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
			errs = append(errs, &ReplacedError{Topics: []string{name}})
		case is.Partitions != was.Partitions:
			errs = append(errs, fmt.Errorf("topic %q has %d partitions, and had %d when this process started: sellers are in other partitions now than their state; make the topics anew with the number you want, replay the events into them, and use another --app-id",
				name, is.Partitions, was.Partitions))
		}
	}
	return errors.Join(errs...)
}

// ReplacedError says that topics were deleted and made anew, so that offsets of the state mean nothing in them.
type ReplacedError struct{ Topics []string }

// Error names the topics and the remedies.
func (e *ReplacedError) Error() string {
	return fmt.Sprintf("topics %q were deleted and made anew: the state was read from others of the same name; use another --app-id, or, if only inputs were replaced, go on with their records by --on-missing-offsets earliest or latest",
		e.Topics)
}
