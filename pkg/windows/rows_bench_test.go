package windows_test

import (
	"fmt"
	"testing"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/enginetest"
)

// located is an event and its offset.
type located struct {
	events.Event
	offset int64
}

// realLog is the events of real orders.
func realLog(b *testing.B) (all []events.Event) {
	enginetest.ReadLines(b, "olist/events.jsonl.gz", func(line []byte) {
		var e events.Event
		if err := events.ParseLine(line, &e); err != nil {
			b.Fatal(err)
		}
		all = append(all, e)
	})
	return all
}

// byOrder is the events of each order that is placed, in order, with offsets: each topic's first is at a number, and so many others come before the next.
func byOrder(log []events.Event, first, others int64) (orders [][]located) {
	index := map[string]int{}
	next := [events.NumTopics]int64{first, first, first, first, first, first}
	for i := range log {
		e := &log[i]
		id := e.SellerID + "/" + e.OrderID
		at, known := index[id]
		if !known && e.Kind == events.OrderPlaced {
			at, known = len(orders), true
			index[id], orders = at, append(orders, nil)
		}
		if known {
			orders[at] = append(orders[at], located{*e, next[e.Topic]})
		}
		next[e.Topic] += 1 + others
	}
	return orders
}

// BenchmarkRows is what rows take: of real orders and of a made-up marketplace, in topics that are new, that have had a billion records before and have a
// hundred others between two, and that have had 16 billion and have a thousand. An event reads its row, is applied, and writes it.
func BenchmarkRows(b *testing.B) {
	for _, log := range []struct {
		name string
		read func(*testing.B) []events.Event
	}{{"real", realLog}, {"market", func(*testing.B) []events.Event { return enginetest.MarketLog(500, 50_000) }}} {
		all := log.read(b)
		for _, topic := range []struct {
			name          string
			first, others int64
		}{{"new", 0, 0}, {"old", 1_000_000_000, 100}, {"busiest", 16_000_000_000, 1_000}} {
			orders := byOrder(all, topic.first, topic.others)
			for name, measure := range map[string]func(*testing.B, [][]located){"decode": benchDecode, "append": benchAppend, "event": benchEvent} {
				b.Run(fmt.Sprintf("%s/%s/%s", log.name, topic.name, name), func(b *testing.B) { measure(b, orders) })
			}
		}
	}
}

// finalRow is an order after all of its events.
func finalRow(o *windows.Order, order []located) {
	o.Reset()
	for i := range order {
		apply(o, &order[i])
	}
}

func apply(o *windows.Order, e *located) { o.Apply(&e.Event, e.offset) }

func benchDecode(b *testing.B, orders [][]located) {
	var o windows.Order
	var rows [][]byte
	for _, order := range orders {
		finalRow(&o, order)
		rows = append(rows, o.Append(nil))
	}
	for b.Loop() {
		for _, row := range rows {
			if err := o.Decode(row); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/row")
}

func benchAppend(b *testing.B, orders [][]located) {
	all, bytes := make([]windows.Order, len(orders)), 0
	for i, order := range orders {
		finalRow(&all[i], order)
		bytes += len(all[i].Append(nil))
	}
	var row []byte
	for b.Loop() {
		for i := range all {
			row = all[i].Append(row[:0])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(all)), "ns/row")
	b.ReportMetric(float64(bytes)/float64(len(all)), "B/row")
}

func benchEvent(b *testing.B, orders [][]located) {
	var o windows.Order
	var row, next []byte // The order's strings are those of its row.
	n, bytes := 0, 0
	for b.Loop() {
		n, bytes = 0, 0
		for _, order := range orders {
			o.Reset()
			for i := range order {
				if i > 0 {
					if err := o.Decode(row); err != nil {
						b.Fatal(err)
					}
				}
				apply(&o, &order[i])
				next = o.Append(next[:0])
				row, next = next, row
				bytes += len(row)
			}
			n += len(order)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/event")
	b.ReportMetric(float64(bytes)/float64(n), "B/event")
}
