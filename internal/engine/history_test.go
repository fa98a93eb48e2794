package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Where counts outlive their orders the engine says what a naive recomputation says, whatever rules there are and come on the way, however steps are
// cut and however often it goes on from what was committed.
func TestCountsOutliveTheirOrders(t *testing.T) {
	runs, length := 40, 400
	if testing.Short() {
		runs = 8
	}
	zones := []string{"UTC", "America/Sao_Paulo", "Asia/Kolkata", "Europe/Stockholm"}
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 61))
			zone, err := time.LoadLocation(zones[seed%4])
			if err != nil {
				t.Fatal(err)
			}
			retention := 10 + r.IntN(40)
			b := newInterpreters(t, r, zone, retention, retention+35+r.IntN(100), overridden)
			if seed%3 == 0 {
				b.options.CommitKeys = 1 + r.IntN(20)
				b.restart(false)
			}
			b.play(r, salesLog(r, length))
		})
	}
}

// lasting is the built-in rules on a state that keeps orders for 95 days, and counts for more.
func lasting(history int32) Options {
	return Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 95, HistoryDays: history, TopicNames: topicNames}
}

// keys counts the keys of a kind that the state has, and the records of that kind in the changelog.
func (m *machine) keys(tag byte) (stored, logged int) {
	m.t.Helper()
	m.must(m.state.Scan([]byte{tag}, []byte{tag + 1}, func(_, _ []byte) (bool, error) {
		stored++
		return true, nil
	}))
	for _, r := range m.changelog {
		if r.Key[0] == tag {
			logged++
		}
	}
	return stored, logged
}

// What is frozen ends with the history, in the state and in its changelog; and where counts are kept for as long as orders nothing is written of them.
func TestFrozenCountsEnd(t *testing.T) {
	log := randomLog(rand.New(rand.NewPCG(1, 62)), 400)
	end := log[len(log)-1].Event.OccurredAt
	for _, history := range []int32{0, 95, 96, 130, 400} {
		m := newMachine(t, lasting(history))
		for i := range log {
			m.apply(&log[i])
			m.commit()
		}
		m.advance(end + 96*day) // All orders have expired.
		m.commit()
		m.sound("expired")
		stored, logged := m.keys('f')
		if history <= 95 {
			if _, columns := m.keys('k'); stored+logged+columns > 0 {
				t.Errorf("history %d: %d frozen counts, %d logged, %d columns", history, stored, logged, columns)
			}
			continue
		}
		if stored == 0 || logged == 0 {
			t.Errorf("history %d: nothing is frozen", history)
		}
		m.advance(end + events.Millis(history+2)*day)
		m.commit()
		m.sound("ended")
		stored, _ = m.keys('f')
		dates, _ := m.keys('d')
		buckets, _ := m.keys('b')
		if kept := history < 95+90; stored > 0 || buckets > 0 || dates > 0 != kept { // A date is noted until its orders are forgotten too.
			t.Errorf("history %d: in the end %d frozen counts, %d buckets, %d dates", history, stored, buckets, dates)
		}
		last := map[string]bool{}
		for _, r := range m.changelog {
			if r.Key[0] == 'f' {
				last[string(r.Key)] = r.Value != nil
			}
		}
		for key, is := range last {
			if is {
				t.Errorf("history %d: the changelog keeps %q", history, key)
			}
		}
	}
}

// A state that kept counts for as long as orders goes on with a longer history, from which on what expires is kept; one with a shorter history is refused.
func TestAHistoryThatGrows(t *testing.T) {
	for seed := range uint64(6) {
		log := randomLog(rand.New(rand.NewPCG(seed, 63)), 500)
		m := newMachine(t, lasting(0))
		histories := map[int]int32{200: 150, 350: 400}
		for i := range log {
			if history := histories[i]; history > 0 {
				m.commit()
				m.options.HistoryDays = history
				m.restart(i == 350 && seed%2 == 0)
				m.commit()
				m.sound(fmt.Sprint("history ", history))
			}
			m.apply(&log[i])
			if i%50 == 0 {
				m.commit()
				m.sound(fmt.Sprint("after record ", i))
			}
		}
		m.advance(log[len(log)-1].Event.OccurredAt + 100*day)
		m.commit()
		m.sound(inTheEnd)
		if stored, _ := m.keys('f'); stored == 0 {
			t.Error("nothing is frozen")
		}
		m.must(m.state.Close())
		m.options.HistoryDays = 399
		var refused *SettingsError
		if err := m.openEngine(); !errors.As(err, &refused) || !strings.Contains(err.Error(), "history (--history) was 400d and is 399d") {
			t.Errorf("a shorter history: %v", err)
		}
	}
}

// Whatever is derived anew, frozen counts stay as they are: with other facts and with other data of the zone.
func TestFrozenCountsAreNotDerived(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 64))
			set, _ := spoken(t, r, 120, nil)
			m := newMachine(t, Options{Rules: set, Zone: zoneAt(0), RetentionDays: 20, HistoryDays: 120, TopicNames: topicNames, FactsVersion: 7})
			m.options.CommitKeys = int(seed % 5)
			log := salesLog(r, 400)
			for i := range log {
				m.apply(&log[i])
				if r.IntN(30) > 0 {
					continue
				}
				m.commit()
				before := m.frozen()
				m.options.FactsVersion = 0
				m.options.Zone = zoneAt(r.IntN(12)) // Forward and back.
				m.restart(r.IntN(2) == 0)
				m.commit()
				m.sound(fmt.Sprint("after record ", i))
				now, ended := m.frozen(), m.engine.today-m.engine.life.EndsAfter()
				for at, value := range before {
					if at.date > ended && now[at] != value {
						t.Fatalf("after record %d: what was frozen of %v was %x and is %x", i, at, value, now[at])
					}
				}
			}
		})
	}
}

// frozenAt is a part of a date of a seller.
type frozenAt struct {
	seller string
	date   windows.Date
	part   uint16
}

// frozen is what is frozen.
func (m *machine) frozen() map[frozenAt]string {
	m.t.Helper()
	view := m.db.Snapshot()
	defer view.Close()
	at, err := view.Partition(0).Read(state.FrozenKey, nil)
	m.must(err)
	defer at.Close()
	all := map[frozenAt]string{}
	for {
		more, err := at.Next()
		if m.must(err); !more {
			return all
		}
		all[frozenAt{at.Seller, at.Date, at.Part}] = string(at.Value)
	}
}
