package inspect_test

import (
	"fmt"
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// Of many product lines those with the most orders of the period are listed, the first by name of equal ones, and the others counted; of more than
// are compared it is said that there are.
func TestPeriodOfManyLines(t *testing.T) {
	m := newMachine(t, time.UTC, engine.Options{})
	for i := range 3 {
		p := placed("S", fmt.Sprint(i), noon+int64(i)*day)
		for line := range 300 {
			if i == 0 || line%10 == 9 {
				p.Items = append(p.Items, events.Item{ItemID: "1", ProductLine: fmt.Sprintf("%03d", line), Quantity: 1})
			}
		}
		m.apply(p)
	}
	m.commit()
	a := m.ask()
	defer a.close()
	p, err := a.Period("S", a.Today()-2, a.Today())
	m.must(err)
	listed := map[string]bool{}
	for _, n := range p.Metrics {
		if n.ProductLine != nil {
			listed[*n.ProductLine] = true
		}
	}
	if len(listed) != 200 || p.ProductLinesOmitted != 100 || p.ProductLinesCut || !listed["299"] || !listed["187"] || listed["188"] {
		t.Errorf("%d lines listed, %d omitted, cut: %v: %v", len(listed), p.ProductLinesOmitted, p.ProductLinesCut, listed)
	}
	m.inspect.MaxLines = 250
	b := m.ask()
	defer b.close()
	if p, err = b.Period("S", a.Today()-2, a.Today()); err != nil || !p.ProductLinesCut || p.ProductLinesOmitted != 50 || text(p.Metrics[0].Numbers) != "0/3=0" {
		t.Errorf("of 250 lines: %d omitted, cut: %v, %v", p.ProductLinesOmitted, p.ProductLinesCut, err)
	}
}

// Of an order with many parts so many are listed, and the others counted.
func TestOrderOfManyParts(t *testing.T) {
	m := newMachine(t, time.UTC, engine.Options{})
	p := placed("S", "O", noon)
	p.ShipBy = noon - 1
	for i := range 10 {
		p.Items = append(p.Items, events.Item{ItemID: fmt.Sprint(i), ProductLine: fmt.Sprint(i), Quantity: 1})
	}
	m.apply(p)
	for i := range 10 {
		m.apply(fact(events.ShipmentConfirmed, &p, noon, fmt.Sprint(i)))
		waits := fact(events.ClaimOpened, &p, noon, fmt.Sprint(i))
		waits.OrderID = "waits"
		m.apply(waits)
	}
	m.commit()
	m.inspect.MaxParts, m.inspect.MaxFacts = 4, 3
	a := m.ask()
	defer a.close()
	o, err := a.Order("S", "O")
	m.must(err)
	// Facts: that it is an order, and of each shipment that it was confirmed, and late.
	if r := o.Row; len(r.Shipments) != 4 || len(r.Items) != 4 || r.PartsOmitted != 12 || len(r.Facts) != 4 || r.FactsOmitted != 17 {
		t.Errorf("%d shipments, %d items, %d omitted; %d facts, %d omitted", len(r.Shipments), len(r.Items), r.PartsOmitted, len(r.Facts), r.FactsOmitted)
	}
	if o, err = a.Order("S", "waits"); err != nil || len(o.Parked.Events) != 4 || o.Parked.EventsOmitted != 6 {
		t.Errorf("of an order that waits: %+v, %v", o, err)
	}
	if behind, omitted := o.EventsBehind(); len(behind) != 4 || omitted != 6 {
		t.Errorf("behind an order that waits: %+v, %d omitted", behind, omitted)
	}
	for metric, part := range map[*rules.Metric]inspect.Which{rules.LateShipmentRate: inspect.Numerator, rules.ValidTrackingRate: inspect.Miss} {
		page, err := a.Orders("S", inspect.OrdersQuery{Metric: metric.FullName(), Which: part})
		m.must(err)
		if l := page.Orders[0]; len(l.MadeBy) != 3 || l.MadeByOmitted != 7 || len(l.ProductLines) != 4 || l.ProductLinesOmitted != 6 {
			t.Errorf("%v is made by %+v", metric, l)
		}
	}
}
