package inspect_test

import (
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// BenchmarkLargeSeller answers questions about a seller of 100,000 orders of 100 days, each from a snapshot that is open.
func BenchmarkLargeSeller(b *testing.B) {
	m := newMachine(b, time.UTC, engine.Options{})
	end := time.Date(2025, 4, 11, 0, 0, 0, 0, time.UTC).UnixMilli() // of the days on which orders are placed
	for i, e := range enginetest.MarketLog(1, 540_000) {
		if e.OccurredAt > end {
			break
		}
		if m.apply(e); i%20_000 == 0 {
			m.commit()
		}
	}
	m.commit()
	a := m.ask()
	defer a.close()
	seller := a.sellers()[0]
	orders := len(a.rows(seller))
	if orders < 100_000 {
		b.Fatalf("%d orders", orders)
	}
	today := a.Today()
	page := func(q inspect.OrdersQuery) func() error {
		return func() error { _, err := a.Orders(seller, q); return err }
	}
	first, err := a.Orders(seller, inspect.OrdersQuery{Rule: "valid-tracking"})
	m.must(err)
	toys := "toys"
	for _, c := range []struct {
		name string
		ask  func() error
	}{
		{"open", func() error { _, err := inspect.Open(a.reader, m.inspect); return err }},
		{"orders/defects", page(inspect.OrdersQuery{Rule: "odr-early"})},
		{"orders/all_of_line", page(inspect.OrdersQuery{Rule: "odr-early", Which: inspect.Denominator, ProductLine: &toys})},
		{"orders/shipments_counted", page(inspect.OrdersQuery{Rule: "valid-tracking"})},
		{"orders/next_page", page(inspect.OrdersQuery{Rule: "valid-tracking", Cursor: *first.Next})},
		{"orders/all_counted", page(inspect.OrdersQuery{})},
		{"order", func() error { _, err := a.Order(seller, first.Orders[0].OrderID); return err }},
		{"rules", func() error { _, err := a.Rules(seller); return err }},
		{"period/60d", func() error { _, err := a.Period(seller, today-59, today); return err }},
		{"history", func() error {
			_, err := a.History(seller, inspect.HistoryQuery{Metric: rules.OrderDefectRate.FullName()})
			return err
		}},
		{"forecast/60d", func() error { _, err := a.Forecast(seller, 60); return err }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
