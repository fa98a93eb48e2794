package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sellerpulse/internal/verify"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// verified is what a verification says of the state, once a copy that followed the changelog as a standby does is found to be as good: the same
// keys and values, where the state is as of the last commit too.
func (m *machine) verified() verify.Result {
	m.t.Helper()
	m.follow()
	view := m.db.Snapshot()
	defer view.Close()
	var results []verify.Result
	for _, partition := range []int32{0, standbyPartition} {
		result, err := verify.Partition(m.t.Context(), view, partition, verify.Options{Rules: m.options.Rules, Zone: m.options.Zone})
		m.must(err)
		results = append(results, result)
	}
	a, b := results[0], results[1]
	if m.state.Position() == int64(len(m.changelog)) {
		state, standby := m.content(0), m.content(standbyPartition)
		for key, value := range state {
			if got, ok := standby[key]; !ok || got != value {
				m.t.Errorf("key %q is %x in the state, and in its copy %x, %v", key, value, got, ok)
			}
		}
		for key := range standby {
			if _, ok := state[key]; !ok {
				m.t.Errorf("key %q is in the copy alone", key)
			}
		}
	}
	a.Differences = append(a.Differences, b.Differences...)
	a.Total += b.Total
	return a
}

// content is the keys and values of a partition, but for dates: those whose orders were given another date stay until they are swept.
func (m *machine) content(partition int32) map[string]string {
	m.t.Helper()
	p, err := m.db.Partition(partition)
	m.must(err)
	all := map[string]string{}
	m.must(p.Scan([]byte{0}, []byte{'~'}, func(key, value []byte) (bool, error) {
		if key[0] != 'd' {
			all[string(key)] = string(value)
		}
		return true, nil
	}))
	m.must(p.Close())
	return all
}

// checked fails the test if a verification of the state alone finds anything.
func (m *machine) checked(when string) {
	m.t.Helper()
	view := m.db.Snapshot()
	defer view.Close()
	result, err := verify.Partition(m.t.Context(), view, 0, verify.Options{Rules: m.options.Rules, Zone: m.options.Zone})
	if m.must(err); result.Total > 0 {
		m.t.Fatalf("%s: %+v", when, result.Differences)
	}
}

// sound fails the test if a verification finds anything.
func (m *machine) sound(when string) verify.Result {
	m.t.Helper()
	result := m.verified()
	for _, d := range result.Differences {
		m.t.Errorf("%s: %+v", when, d)
	}
	if result.Total > 0 {
		m.t.FailNow()
	}
	return result
}

func parseRules(t *testing.T, text string) *rules.Set {
	t.Helper()
	set, err := rules.Parse([]byte(text), 120)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// Whatever an engine committed, at whatever time, a recomputation from the rows finds nothing to differ: while orders come and expire,
// events wait, rules change and clocks are set forward and back.
func TestVerificationFindsNothing(t *testing.T) {
	runs := 36
	if testing.Short() {
		runs = 8
	}
	zones := []string{"UTC", "America/Sao_Paulo", "Asia/Kolkata", "Europe/Stockholm", "America/St_Johns", "Pacific/Apia"}
	sets := []*rules.Set{rules.BuiltIn(), parseRules(t, otherRules)}
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 23))
			zone, err := time.LoadLocation(zones[seed%uint64(len(zones))])
			if err != nil {
				t.Fatal(err)
			}
			log := randomLog(r, 500)
			m := newMachine(t, Options{Rules: sets[seed%2], Zone: zone, RetentionDays: 95 + int32(seed%3)*10, TopicNames: topicNames})
			m.pace = 1 + r.Int64N(5)
			if seed%3 == 0 {
				m.options.CommitKeys = 1 + r.IntN(20)
				m.restart(false)
			}
			m.verifyOften(r, log, sets)
		})
	}
}

// verifyOften applies a log and verifies some of the commits, then those of a long silence.
func (m *machine) verifyOften(r *rand.Rand, log []Record, sets []*rules.Set) {
	m.t.Helper()
	var most verify.Result
	committed := 0
	for i := 0; i < len(log); i++ {
		before := m.commits
		if m.apply(&log[i]); m.commits > before {
			m.sound(fmt.Sprintf("in the middle of record %d", i))
			committed = i
		}
		if r.IntN(8) == 0 {
			m.commit()
			m.checkpoint()
			committed = i + 1
			result := m.sound(fmt.Sprintf("after record %d", i))
			most.Orders, most.Timers, most.Parked = max(most.Orders, result.Orders), max(most.Timers, result.Timers), max(most.Parked, result.Parked)
		}
		if r.IntN(100) == 0 {
			if r.IntN(2) == 0 && i > 0 {
				m.commit()
				committed = i + 1
				m.options.Rules = sets[r.IntN(len(sets))]
			}
			m.restart(r.IntN(2) == 0)
			m.commit()
			m.checkpoint()
			i = committed - 1
		}
	}
	if most.Orders < 10 || most.Timers == 0 || most.Parked == 0 {
		m.t.Errorf("there were at most %d orders, %d timers and %d parked events: too few to show anything", most.Orders, most.Timers, most.Parked)
	}
	for range 30 {
		m.advance(m.engine.StreamTime() + r.Int64N(20*day))
		m.commit()
		m.sound("in the silence at " + instant(m.engine.StreamTime()))
	}
	m.advance(m.engine.StreamTime() + events.Millis(250*day))
	m.commit()
	if left := m.sound("in the end"); left.Orders+left.Buckets+left.Timers+left.Dates+left.Parked > 0 || left.Sellers == 0 {
		m.t.Errorf("after all is forgotten there is %+v, want the sellers alone", left)
	}
}
