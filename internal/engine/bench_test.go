package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// firstOffset is where topics begin that have had as many records before: in the rows an offset takes what it takes in a service that is a while old.
const firstOffset = 1_000_000_000

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
				m.step(Apply(benchRecord(&all[applied%len(all)], applied)))
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
	for _, r := range m.engine.Commit([events.NumTopics]int64{}).Records {
		m.logged += len(r.Key) + len(r.Value)
	}
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
	return benchMachineOf(b, directory, benchOptions(cache))
}

func benchOptions(cache int) Options {
	return Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, CacheBytes: cache}
}

func benchMachineOf(b *testing.B, directory string, o Options) *machine {
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
	m := &machine{t: b, db: db, state: p, engine: New(p, o), options: o, pace: math.MaxInt64}
	m.must(m.engine.Open())
	return m
}

// BenchmarkEngine applies the events of one of four partitions of BenchmarkTask to a state that is empty at first, with a quarter of the
// memory: without Kafka, so that a change of the state shows in less time and noise.
func BenchmarkEngine(b *testing.B) {
	for _, of := range []struct{ sellers, events int }{{2_500, 500_000}, {50_000, 1_250_000}} {
		b.Run(fmt.Sprintf("sellers=%d", of.sellers), func(b *testing.B) {
			log := encodedLog(of.sellers, of.events)
			for b.Loop() {
				var memory, after runtime.MemStats
				runtime.ReadMemStats(&memory)
				before := enginetest.CPUSeconds(b)
				m := benchMachine(b, 48<<20)
				for i, rest := 0, log; len(rest) > 0; i++ {
					size := binary.LittleEndian.Uint32(rest[1:])
					r := Record{Message: state.Message{Topic: events.Topic(rest[0]), Offset: firstOffset + int64(i), Timestamp: math.MaxInt64, Value: rest[5 : 5+size]}}
					rest = rest[5+size:]
					r.Err = m.engine.decode(&r)
					m.step(Apply(&r))
					if i%10_000 == 0 {
						m.benchCommit(m.engine.CheckpointDue(16 << 20))
					}
				}
				b.ReportMetric(float64(of.events)/(enginetest.CPUSeconds(b)-before), "events/cpu-s")
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(m.logged)/float64(of.events), "changelog-B/event")
				b.ReportMetric(float64(after.Mallocs-memory.Mallocs)/float64(of.events), "allocs/event")
				b.ReportMetric(float64(after.TotalAlloc-memory.TotalAlloc)/float64(of.events), "B/event")
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc-memory.HeapAlloc)/(1<<20), "MiB-held")
				runtime.KeepAlive(m)
			}
		})
	}
}

// encodedLog is a market's log in one piece, in which the collector has nothing to look at: of each event the topic, the length and its Avro.
func encodedLog(sellers, n int) (log []byte) {
	var encoder events.Encoder
	for _, e := range enginetest.MarketLog(sellers, n) {
		begin := len(log)
		log = encoder.AppendAvro(append(log, byte(e.Topic), 0, 0, 0, 0), &e)
		binary.LittleEndian.PutUint32(log[begin+1:], uint32(len(log)-begin-5))
	}
	runtime.GC()
	return log
}
