package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// settings is all that the numbers of a task with these options rest on.
func (o *EngineOptions) settings() *state.Settings {
	s := &state.Settings{
		AppID: o.AppID,
		Zone:  o.Zone.String(), ZoneData: windows.ZoneDigest(o.Zone), Retention: o.RetentionDays, FactsVersion: cmp.Or(o.factsVersion, windows.FactsVersion),
		Partitioner: state.AnyPartition, Rules: map[string]string{}, Topics: o.Topics, BaseOnly: true,
	}
	if o.Partitioner != nil {
		s.Partitioner = state.Murmur2
	}
	for _, r := range o.Rules.Rules() {
		s.Rules[r.Name] = r.Canonical()
	}
	return s
}

// settings is all that the states of this process's tasks rest on. Its Facts must be the same for every member of the group: state.Differences.
func (s *Service) settings() *state.Settings {
	o := s.engineOptions(0)
	return o.settings()
}

// topics is the topics by what they are for.
func (s *Service) topics() map[string]state.Topic {
	t, n := &s.options.Topics, &s.partitions
	all := map[string]state.Topic{}
	add := func(use, name string, partitions int32) {
		all[use] = state.Topic{Name: name, ID: s.identities[name].ID, Partitions: partitions}
	}
	for i, name := range t.Inputs {
		add(events.Topic(i).String(), name, n.inputs)
	}
	add(state.Changelog, t.Changelog, n.inputs)
	add(state.Alerts, t.Alerts, n.alerts)
	add(state.SellerHealth, t.SellerHealth, n.sellerHealth)
	add(state.DeadLetters, t.DeadLetters, n.deadLetters)
	return all
}

// replaced lists the names of the topics that were made anew, sorted.
func replaced(differences []state.Difference, topics map[string]state.Topic) (names []string) {
	for _, use := range state.Uses() {
		if slices.ContainsFunc(differences, func(d state.Difference) bool { return d.Effect == state.Replaced && d.Name == state.IDFact(use) }) {
			names = append(names, topics[use].Name)
		}
	}
	slices.Sort(names)
	return names
}

// compareOthers compares the settings in force with those of the first other partition that has a state. It is for a partition without one:
// where topics were enlarged, the new partitions have nothing that could tell, and their owner may own no other.
func (s *Service) compareOthers(ctx context.Context, partition int32) error {
	var logs []stream.TopicPartition
	for p := range s.partitions.inputs {
		if p != partition {
			logs = append(logs, stream.TopicPartition{Topic: s.options.Topics.Changelog, Partition: p})
		}
	}
	ranges, err := s.options.Client.Ends(ctx, logs)
	if err != nil {
		return err
	}
	for _, log := range logs {
		stored, err := s.storedIn(ctx, log, ranges[log])
		if err != nil {
			return err
		}
		if stored != nil {
			return refuse(log.Partition, s.settings().From(stored))
		}
	}
	return nil
}

// storedIn is the settings that a partition of the changelog ends with; nil if there are none. Those before may lack what an older version did
// not write.
func (s *Service) storedIn(ctx context.Context, log stream.TopicPartition, holds stream.Range) (stored *state.Settings, err error) {
	fetcher := s.options.Client.NewFetcher(stream.FetchOptions{Positions: []stream.Position{{TopicPartition: log, Offset: holds.First}}, MaxBytes: followBytes})
	for next := holds.First; next < holds.LastStable; {
		chunks, err := fetcher.Fetch(ctx, nil)
		if err != nil {
			return nil, err
		}
		for i := range chunks {
			next = max(next, chunks[i].Next)
			for _, r := range chunks[i].Records {
				settings, err := state.DecodeSettings(r.Key, r.Value)
				if err != nil {
					return nil, err
				}
				stored = cmp.Or(settings, stored)
			}
		}
	}
	return stored, nil
}

// SettingsError says that a state was built with other settings, so that its numbers cannot be continued.
type SettingsError struct {
	Partition   int32
	Differences []state.Difference
}

// refuse is an error if any of the differences is one that a state cannot be continued with.
func refuse(partition int32, differences []state.Difference) error {
	refused := slices.DeleteFunc(slices.Clone(differences), func(d state.Difference) bool { return d.Effect != state.Refused })
	if len(refused) == 0 {
		return nil
	}
	return &SettingsError{partition, refused}
}

// Error names the settings, the flags that set them, both values and the remedies.
func (e *SettingsError) Error() string {
	var texts []string
	remedy := "keep those settings, or build another state with another --app-id"
	if slices.ContainsFunc(e.Differences, func(d state.Difference) bool { return d.Name == state.FactAppID }) {
		remedy = "give each application a --topic-changelog of its own"
	}
	for i := range e.Differences {
		d := &e.Differences[i]
		texts = append(texts, d.String())
		if strings.HasPrefix(d.Name, state.PartitionsFact("")) {
			remedy = "sellers are in other partitions now than their state; make the topics anew with the number of partitions you want, replay the events into them, and use another --app-id"
		}
	}
	return fmt.Sprintf("the state of partition %d was built with other settings: %s: %s", e.Partition, strings.Join(texts, "; "), remedy)
}
