package inspect_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/simulate"
	"sellerpulse/test/enginetest"
)

var zones = []string{"UTC", "America/Sao_Paulo", "Asia/Kolkata", "Europe/Stockholm", "America/St_Johns"}

// Whatever happens on a market, every answer is what all order rows come to, and every number of a report and of an alert is that of the answers.
func TestAnswersEqualAllRows(t *testing.T) {
	runs := 20
	if testing.Short() {
		runs = 5
	}
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 31))
			o := engine.Options{RetentionDays: 95 + int32(seed%3)*10}
			if seed%4 == 3 {
				o.CommitKeys = 1 + r.IntN(10) // Commits in the middle of an instant.
			}
			m := newMachine(t, zoneOf(t, zones[seed%5]), o)
			var seen tally
			middle := 0
			m.between = func() {
				if m.engine.Clock().Instant != nil && r.IntN(4) == 0 {
					middle++
					m.check(r, &seen)
				}
			}
			for now, e := range enginetest.RandomEvents(r, 400) {
				if m.applyAt(now+1000, e); r.IntN(12) == 0 {
					m.commit()
					m.check(r, &seen)
				}
				if m.engine.Waiting().Alerts > 0 {
					m.commit()
					m.checkAlerts(&seen)
				}
			}
			for range 10 {
				m.advance(m.engine.StreamTime() + r.Int64N(20*day))
				m.commit()
				m.check(r, &seen)
			}
			if seen.alerts == 0 || seen.orders == 0 || seen.pages == 0 || seen.numbers == 0 {
				t.Errorf("%+v: the test tests nothing", seen)
			}
			if (middle > 0) != (o.CommitKeys > 0) {
				t.Errorf("%d times in the middle of an instant", middle)
			}
		})
	}
}

// The same of markets whose ids are awkward, and of one that looks like a real one.
func TestAnswersOfSimulatedMarkets(t *testing.T) {
	start := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC).UnixMilli()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("random ", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 37))
			m := newMachine(t, zoneOf(t, zones[seed]), engine.Options{})
			all := simulate.RandomMarketplace(simulate.RandomOptions{Seed: seed, Events: 600, Sellers: 5, Start: start})
			var seen tally
			for i, e := range all {
				if m.apply(e); i%60 == 59 {
					m.commit()
					m.check(r, &seen)
				}
			}
			if seen.orders == 0 || seen.pages == 0 {
				t.Errorf("%+v: the test tests nothing", seen)
			}
		})
	}
	t.Run("fates", func(t *testing.T) {
		t.Parallel()
		r := rand.New(rand.NewPCG(1, 41))
		m := newMachine(t, zoneOf(t, "Europe/Stockholm"), engine.Options{})
		for e := range simulate.New(simulate.Options{Sellers: 4, Now: start, HistoryDays: 70}).History() {
			m.apply(e)
		}
		m.commit()
		var seen tally
		for range 3 {
			m.check(r, &seen)
			m.advance(m.engine.StreamTime() + r.Int64N(10*day))
			m.commit()
		}
		if seen.orders < 100 {
			t.Errorf("%+v: the test tests nothing", seen)
		}
	})
}

// tally counts what was compared.
type tally struct{ alerts, numbers, orders, pages int }
