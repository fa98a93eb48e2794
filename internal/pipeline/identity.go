package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sellerpulse/internal/stream"
)

// identify looks up the topics on whose identity the state rests: the inputs and the changelog.
func (s *Service) identify(ctx context.Context) (map[string]stream.TopicIdentity, error) {
	names := append(slices.Clone(s.options.Topics.Inputs[:]), s.options.Topics.Changelog)
	return s.options.Client.Identify(ctx, names)
}

// topicIDs is the ids of the topics, of those that have any.
func (s *Service) topicIDs() map[string]string {
	ids := map[string]string{}
	for name, identity := range s.identities {
		if identity.ID != "" {
			ids[name] = identity.ID
		}
	}
	return ids
}

// watchTopics ends the service when a topic was deleted, made anew or enlarged under it. What cannot be found out is waited for.
func (s *Service) watchTopics(ctx context.Context) error {
	var before error
	for sleep(ctx, s.options.identityInterval) {
		found, err := s.identify(ctx)
		if err != nil {
			continue // An outage, which tasks tell of.
		}
		err = changedTopics(s.identities, found)
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

// replacedTopics lists the topics that have other ids than they had, sorted. What had none, or has none, is taken for the same.
func replacedTopics(were, are map[string]string) (replaced []string) {
	for name, id := range are {
		if was := were[name]; was != "" && was != id {
			replaced = append(replaced, name)
		}
	}
	slices.Sort(replaced)
	return replaced
}

// ReplacedError says that topics were deleted and made anew, so that offsets of the state mean nothing in them.
type ReplacedError struct{ Topics []string }

// Error names the topics and the remedies.
func (e *ReplacedError) Error() string {
	return fmt.Sprintf("topics %q were deleted and made anew: the state was read from others of the same name; use another --app-id, or, if only inputs were replaced, go on with their records by --on-missing-offsets earliest or latest",
		e.Topics)
}
