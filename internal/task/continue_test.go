package task

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
)

// restoredWhole is whether a copy of a state, which was saved so long ago, is restored whole by one who is told the time by the changelog's
// leader; by nobody for nil.
func (s *fixture) restoredWhole(directory string, saved time.Duration, clock func() time.Time, leader func() events.Millis) bool {
	s.t.Helper()
	copied := s.t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(directory)); err != nil {
		s.t.Fatal(err)
	}
	db := s.openState(copied)
	defer db.Close()
	p, err := db.Partition(0)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := errors.Join(p.Checkpoint(state.Saved{Position: p.Position(), At: p.SavedAt() - saved.Milliseconds()}), p.Close()); err != nil {
		s.t.Fatal(err)
	}
	if p, err = db.Partition(0); err != nil {
		s.t.Fatal(err)
	}
	defer p.Close()
	o := s.options(db)
	o.Clock = clock
	env := s.environment(o)
	log, err := env.changelogOf(s.t.Context(), 0)
	if err != nil {
		s.t.Fatal(err)
	}
	ruled, _ := env.Now()
	f := newFollower(env, ruled, log, p, o.Logger)
	if leader != nil {
		f.leaderTime = func(context.Context) (events.Millis, error) { return leader(), nil }
	}
	if _, err := f.end(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	return p.Position() == 0
}

// fromNow is a clock that is so far from the right time.
func fromNow(by time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(by) }
}

func leaderAt(by time.Duration) func() events.Millis {
	return func() events.Millis { return time.Now().Add(by).UnixMilli() }
}

// A local state that may have missed a tombstone is not continued. What time it is the brokers say: neither a clock set forward nor one set
// back makes a state too old, or young.
func TestAStateThatIsTooOldIsRestoredWhole(t *testing.T) {
	all := sortedMarket(6, 40)
	const years = 10 * 365 * 24 * time.Hour
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 1)
		s.produce(all[:len(all)/2])
		old := t.TempDir()
		s.run(old)
		s.produce(all[len(all)/2:])
		s.run(t.TempDir()) // Elsewhere, so that the first state falls behind.
		for name, c := range map[string]struct {
			saved  time.Duration // ago
			clock  func() time.Time
			leader func() events.Millis
			whole  bool
		}{
			"soon":                                   {0, time.Now, leaderAt(time.Hour), false},
			"late":                                   {0, time.Now, leaderAt(48 * time.Hour), true},
			"late, of a clock set back":              {0, fromNow(-years), leaderAt(48 * time.Hour), true},
			"soon, of a clock set forward":           {0, fromNow(years), leaderAt(time.Hour), false},
			"soon, of a clock set back":              {0, fromNow(-years), leaderAt(time.Hour), false},
			"saved in the future":                    {-48 * time.Hour, time.Now, leaderAt(0), true},
			"late by the last record":                {48 * time.Hour, fromNow(-48 * time.Hour), nil, true},
			"soon by the last record, clock forward": {0, fromNow(years), nil, false},
			"late where there is no other clock":     {0, fromNow(48 * time.Hour), func() events.Millis { return 0 }, true},
			"soon where there is no other clock":     {0, fromNow(time.Hour), func() events.Millis { return 0 }, false},
		} {
			t.Run(name, func(t *testing.T) {
				if whole := s.restoredWhole(old, c.saved, c.clock, c.leader); whole != c.whole {
					t.Errorf("restored whole: %v, want %v", whole, c.whole)
				}
			})
		}
	})
}

// A state at the changelog's end misses nothing, however long ago it was saved: behind it is the marker of its last transaction at most.
func TestAStateAtTheEndIsContinued(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 1)
		s.produce(sortedMarket(6, 10))
		directory := t.TempDir()
		s.run(directory)
		if s.restoredWhole(directory, 64*time.Hour, fromNow(64*time.Hour), leaderAt(64*time.Hour)) {
			t.Error("restored whole after a weekend in which nothing was written")
		}
		producer, err := s.client.OpenTransactional(t.Context(), s.appID+"-0", transactionTimeout) // An attempt that came to nothing.
		if err != nil {
			t.Fatal(err)
		}
		if _, err := producer.Now(t.Context(), stream.TopicPartition{Topic: s.topics.Changelog}); err != nil {
			t.Fatal(err)
		}
		if s.restoredWhole(directory, 64*time.Hour, fromNow(64*time.Hour), leaderAt(64*time.Hour)) {
			t.Error("restored whole after a transaction that was taken back")
		}
	})
}

// A copy of a state that was not read for long, since its machine was suspended, is checked anew before what came meanwhile is applied.
func TestAStandbyThatWasSuspendedIsCheckedAnew(t *testing.T) {
	all := sortedMarket(56, 20)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 1)
		s.produce(all[:len(all)/2])
		directory := t.TempDir()
		s.run(directory)
		db := s.openState(directory)
		defer db.Close()
		var suspended atomic.Int64 // for how long
		o := s.options(db)
		o.Clock = func() time.Time { return time.Now().Add(time.Duration(suspended.Load())) }
		env := s.environment(o)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		heard, failed := make(chan struct{}, 1), make(chan error, 1)
		go func() {
			failed <- Follow(ctx, env, 0, func() {
				select {
				case heard <- struct{}{}:
				default:
				}
			})
		}()
		<-heard
		suspended.Store(int64(48 * time.Hour))
		if err := <-failed; !errors.Is(err, errStale) || env.DiagnoseStandby(err).Scope != Passing {
			t.Errorf("error %v, want one that has the state checked anew soon", err)
		}
	})
}
