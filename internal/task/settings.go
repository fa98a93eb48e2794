package task

import (
	"cmp"
	"context"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Settings is all that the states of this process's tasks rest on, but for the changelog that a cut-over gave a partition.
func (e *Environment) Settings() *state.Settings {
	own := e.Topics.Changelog
	topic := e.changelogs.get(own)
	if topic == nil {
		topic = &changelogTopic{} // It is the state of no partition.
	}
	return e.settingsOn(&changelog{TopicPartition: stream.TopicPartition{Topic: own}, changelogTopic: topic})
}

func (e *Environment) settingsOn(of *changelog) *state.Settings {
	o := e.engineOptions(of)
	return o.Settings()
}

// topicFacts is the topics by what they are for.
func (e *Environment) topicFacts(of *changelog) map[string]state.Topic {
	t := &e.Topics
	all := map[string]state.Topic{}
	add := func(use, name string, partitions int32) {
		all[use] = state.Topic{Name: name, ID: e.Identities[name].ID, Partitions: partitions}
	}
	for i, name := range t.Inputs {
		add(events.Topic(i).String(), name, e.Partitions)
	}
	all[state.Changelog] = state.Topic{Name: of.Topic, ID: of.id, Partitions: e.Partitions}
	add(state.Alerts, t.Alerts, e.outputs.alerts)
	add(state.SellerHealth, t.SellerHealth, e.outputs.sellerHealth)
	add(state.DeadLetters, t.DeadLetters, e.outputs.deadLetters)
	return all
}

// compareOthers compares the settings in force with those of the first other partition that has a state. It is for a partition without one:
// where topics were enlarged, the new partitions have nothing that could tell, and their owner may own no other.
func (e *Environment) compareOthers(ctx context.Context, partition int32) error {
	for p := range e.Partitions {
		if p == partition {
			continue
		}
		log, err := e.changelogOf(ctx, p)
		if err != nil {
			return err
		}
		ranges, err := e.Client.Ends(ctx, []stream.TopicPartition{log.TopicPartition})
		if err != nil {
			return err
		}
		stored, err := e.storedIn(ctx, log.TopicPartition, ranges[log.TopicPartition])
		if err != nil {
			return err
		}
		if stored != nil {
			return engine.Refuse(p, e.settingsOn(log).From(stored))
		}
	}
	return nil
}

// storedIn is the settings that a partition of the changelog ends with; nil if there are none. Those before may lack what an older version did
// not write.
func (e *Environment) storedIn(ctx context.Context, log stream.TopicPartition, holds stream.Range) (stored *state.Settings, err error) {
	fetcher := e.Client.NewFetcher(stream.FetchOptions{Positions: []stream.Position{{TopicPartition: log, Offset: holds.First}}})
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
