package task

import (
	"errors"
	"strings"
	"testing"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
)

// What a partition's changelog ends with is what is compared: an older version may have begun it, and not have written everything.
func TestTheLastSettingsOfAChangelogAreCompared(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 2)
		s.produce(sortedMarket(55, 20))
		directory := t.TempDir()
		s.run(directory)
		db := s.openState(t.TempDir())
		defer db.Close()
		env := s.environment(s.options(db))
		p, err := db.Partition(0)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		store := state.NewStore(p, state.StoreOptions{})
		last := env.Settings()
		last.Partitioner = state.AnyPartition
		store.SetSettings(last)
		var messages []stream.Message
		for _, r := range store.Take(state.Clock{})[:1] { // Without the clock.
			messages = append(messages, stream.Message{Key: r.Key, Value: r.Value, Timestamp: 1})
		}
		producer, err := s.client.OpenIdempotent(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		log := stream.TopicPartition{Topic: s.topics.Changelog}
		if _, err := producer.Produce(t.Context(), []stream.Output{{TopicPartition: log, Messages: messages}}); err != nil {
			t.Fatal(err)
		}
		var refusal *engine.SettingsError
		if err := env.compareOthers(t.Context(), 1); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "--partitioner") {
			t.Errorf("error %v, want a refusal of what the last settings say", err)
		}
	})
}
