package engine

import (
	"errors"
	"math"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// BenchmarkApply applies events to state that is in memory, and to state that has to be read from the database for nearly every event.
func BenchmarkApply(b *testing.B) {
	all := enginetest.MarketLog(2000, 100_000)
	for _, bench := range []struct {
		name  string
		cache int
	}{{"warm", 256 << 20}, {"cold", 1 << 10}} {
		b.Run(bench.name, func(b *testing.B) {
			applied := 0
			var m *machine
			for b.Loop() {
				if applied%len(all) == 0 {
					b.StopTimer()
					m = benchMachine(b, bench.cache)
					b.StartTimer()
				}
				e := &all[applied%len(all)]
				r := Record{Topic: e.Topic, Offset: int64(applied), Timestamp: e.OccurredAt, Key: []byte(e.SellerID), Value: []byte("{}"), Event: *e}
				m.step(Apply(&r))
				if applied++; applied%1000 == 0 {
					m.benchCommit(applied%20_000 == 0)
				}
			}
		})
	}
}

// benchCommit commits without Kafka, and writes a checkpoint if asked to.
func (m *machine) benchCommit(checkpoint bool) {
	m.t.Helper()
	m.commits++
	m.engine.Commit([events.NumTopics]int64{})
	m.engine.Committed()
	if checkpoint {
		m.must(m.engine.Checkpoint(state.Saved{Position: m.commits}))
	}
}

func benchMachine(b *testing.B, cache int) *machine {
	b.Helper()
	return benchMachineIn(b, b.TempDir(), cache)
}

func benchMachineIn(b *testing.B, directory string, cache int) *machine {
	b.Helper()
	db, err := state.Open(state.Options{Directory: directory, Owner: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	p, err := db.Partition(0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := errors.Join(p.Close(), db.Close()); err != nil {
			b.Error(err)
		}
	})
	o := Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, CacheBytes: cache}
	m := &machine{t: b, db: db, state: p, engine: New(p, o), options: o, pace: math.MaxInt64}
	m.must(m.engine.Open())
	return m
}
