package engine

import (
	"fmt"
	"testing"
	"time"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// lookingBack is a rule over a year, and others that come to it.
func lookingBack(t *testing.T, more string) *rules.Set {
	t.Helper()
	text := "rules:\n  - {name: year, metric: claim_rate, window: 365d, target: \"< 0.1\", class: advisory}\n" +
		"  - {name: week, metric: claim_rate, window: 7d, target: \"< 0.1\", class: advisory}\n" + more
	set, err := rules.ParseAll(400, rules.File{Name: "year", Text: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// Where the inputs of a new state begin with others than their first records, reports say from which date on all orders are counted: as long as a window
// begins before it, whatever rules come, and however often the state goes on from what was committed.
func TestCountsOfInputsThatBeginLate(t *testing.T) {
	for _, c := range []struct {
		history int32
		late    bool
	}{{400, true}, {400, false}, {0, true}} {
		t.Run(fmt.Sprintf("history %d, late %v", c.history, c.late), func(t *testing.T) {
			o := lasting(400)
			o.Rules, o.ReportInterval = lookingBack(t, ""), time.Nanosecond
			if c.history == 0 {
				o.HistoryDays, o.RetentionDays = 0, 400
			}
			m := newMachine(t, o)
			start := enginetest.Noon.UnixMilli()
			if c.late {
				m.engine.BeginLate(start + 2*day)
			}
			m.commit()
			m.restart(false)
			since := m.engine.calendar.Date(start) + 3
			check := func(when string, want bool) {
				t.Helper()
				r, known, err := m.engine.ReportOf("S")
				if m.must(err); !known || r.Rules[0].Rule != "year" {
					t.Fatalf("%s: %+v", when, r)
				}
				got := r.Rules[0].CountsFrom
				if (got != nil) != want || want && *got != since {
					t.Errorf("%s: counts from %v, want %v: %v", when, got, since, want)
				}
				if from := r.Rules[1].CountsFrom; from != nil && (*from != since || r.Rules[1].From >= since) {
					t.Errorf("%s: of a week from %v counts from %v", when, r.Rules[1].From, from)
				}
			}
			told := c.late && c.history > 0
			for d := range 420 {
				m.order(start+events.Millis(d)*day, fmt.Sprint(d))
				m.commit()
				switch d {
				case 5, 200:
					check(fmt.Sprint("day ", d), told)
				case 20, 150:
					m.options.Rules = lookingBack(t, fmt.Sprintf("  - {name: more, metric: refund_rate, where: {marketplace: M%d}, window: 300d, target: \"< 0.1\", class: advisory}\n", d))
					m.restart(d == 150)
					m.commit()
					check(fmt.Sprint("with other rules on day ", d), told)
				}
			}
			check("in the end", false)
		})
	}
}

// order has the seller S get an order.
func (m *machine) order(at events.Millis, id string) {
	m.t.Helper()
	r := recordOf(events.Event{
		Topic: events.Orders, Kind: events.OrderPlaced, EventID: id, OccurredAt: at, SellerID: "S", OrderID: id, OrderDate: at, Channel: events.MFN,
		ShipBy: events.None, DeliverBy: events.None,
	})
	m.apply(&r)
}
