package task

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/simulate"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// fixture is a test's topics on a broker, and what it takes to run tasks on them, without a group.
type fixture struct {
	t          testing.TB
	client     *stream.Client
	topics     Topics
	appID      string
	partitions int32
}

func newFixture(t testing.TB, broker *brokertest.Broker, partitions int32) *fixture {
	t.Helper()
	s := &fixture{t: t, topics: TopicsOf(broker.Prefix, "app"), appID: broker.Prefix + "app", partitions: partitions}
	s.client = enginetest.Topics(t, broker.Addresses, enginetest.TopicSpecs(s.topics.Inputs, partitions, map[string]int32{
		s.topics.Alerts: 1, s.topics.DeadLetters: 1, s.topics.SellerHealth: 1, s.topics.Changelog: partitions,
	}))
	s.beginGroup(broker)
	return s
}

// beginGroup makes the group whose offsets tasks commit, which the embedded broker does not do by itself where there are no members.
func (s *fixture) beginGroup(broker *brokertest.Broker) {
	s.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...))
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	begin := kadm.Offsets{}
	for _, name := range s.topics.Inputs {
		for p := range s.partitions {
			begin.AddOffset(name, p, 0, -1)
		}
	}
	if err := kadm.NewClient(client).CommitAllOffsets(s.t.Context(), s.appID, begin); err != nil {
		s.t.Fatal(err)
	}
}

// produce sends events in their order, as if each had come at once.
func (s *fixture) produce(all []events.Event) {
	s.t.Helper()
	if err := enginetest.Produce(s.t.Context(), s.client, s.topics.Inputs, s.partitions, all); err != nil {
		s.t.Fatal(err)
	}
}

func (s *fixture) options(db *state.DB) Options {
	return Options{
		Client: s.client, State: db, Topics: s.topics, AppID: s.appID, Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120,
		UntilEnd: true, AsOf: events.None, Logger: slog.New(slog.NewTextHandler(s.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

func (s *fixture) openState(directory string) *state.DB {
	s.t.Helper()
	return enginetest.OpenState(s.t, directory, s.topics.Changelog)
}

func (s *fixture) environment(o Options) *Environment {
	s.t.Helper()
	env, err := NewEnvironment(s.t.Context(), o, nobody{})
	if err != nil {
		s.t.Fatal(err)
	}
	return env
}

// run runs the task of each partition to the end.
func (s *fixture) run(directory string) {
	s.t.Helper()
	db := s.openState(directory)
	env := s.environment(s.options(db))
	for p := range s.partitions {
		if err := New(env, Attempt{Partition: p, Owner: always{}, OnCommit: func(*Task) {}}).Run(s.t.Context()); err != nil {
			s.t.Fatal(errors.Join(err, db.Close()))
		}
	}
	if err := db.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// sortedMarket is a random marketplace of all kinds of events, by time.
func sortedMarket(seed uint64, sellers int) []events.Event {
	all := simulate.RandomMarketplace(simulate.RandomOptions{Seed: seed, Events: 40 * sellers, Sellers: sellers, Start: enginetest.Noon.UnixMilli(), Days: 100})
	slices.SortStableFunc(all, func(a, b events.Event) int { return cmp.Compare(a.OccurredAt, b.OccurredAt) })
	return all
}

// nobody observes tasks.
type nobody struct{}

func (nobody) Update(int32, func(*Status))          {}
func (nobody) Committed(int32, int, *engine.Output) {}

// always is an owner whose partition nobody takes.
type always struct{}

func (always) Owns() bool                    { return true }
func (always) Confirm(context.Context) error { return nil }
