package engine

import (
	"fmt"
	"testing"
	"time"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// An alert names the same orders whether they are few, many, or too many to be kept in memory; before and after what was in memory is gone.
func TestOrdersBehindManyMisses(t *testing.T) {
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames})
	var log []Record
	add := func(e events.Event) {
		e.EventID, e.SellerID = fmt.Sprint(len(log)), "S"
		if e.Kind != events.OrderPlaced {
			e.OrderDate, e.ShipBy, e.DeliverBy = events.None, events.None, events.None
		}
		r := recordOf(e)
		r.Offset = int64(len(log))
		log = append(log, r)
	}
	start := enginetest.Noon.UnixMilli()
	for i := range 2_400 {
		at, order := start+int64(i)*3*3_600_000/10, fmt.Sprintf("order-of-a-long-name-%04d", i)
		placed := events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, OccurredAt: at, OrderID: order, OrderDate: at, Channel: events.Channel(1 + i%2),
			ShipBy: events.None, DeliverBy: events.None,
		}
		add(placed)
		if i/400%2 == 0 { // Now and then the seller recovers, and falls back.
			add(events.Event{Topic: events.Feedback, Kind: events.FeedbackLeft, OccurredAt: at, OrderID: order, PartID: "f", Rating: 1})
		}
		if i%7 == 0 {
			add(events.Event{Topic: events.Feedback, Kind: events.FeedbackRemoved, OccurredAt: at, OrderID: order, PartID: "f"})
		}
	}
	named, tooMany := 0, false
	for i := range log {
		if m.apply(&log[i]); i%1500 == 1499 {
			m.commit()
			m.restart(i%3000 == 2999)
		}
		seller, err := m.engine.store.Seller("S", m.engine.today)
		m.must(err)
		tooMany = tooMany || seller.Misses.TooMany()
	}
	end := log[len(log)-1].Event.OccurredAt + 80*day
	m.advance(end)
	m.commit()
	for i := range m.output.Alerts {
		named = max(named, len(m.output.Alerts[i].OrderIDs))
	}
	if named != outputs.MaxOrderIDs || !tooMany {
		t.Errorf("an alert names %d orders, too many: %v: the test tests nothing", named, tooMany)
	}
	compareWithOracle(t, m, log, time.UTC, end)
}
