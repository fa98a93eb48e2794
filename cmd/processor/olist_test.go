package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/test/enginetest"
)

// instants are the fields of the real orders' events that have a time.
var instants = []string{"occurred_at", "order_date", "ship_by", "deliver_by"}

// realOrders are the events of real orders, a line of JSON each, moved in time so that what was at `was` is at `is`, and with short names of sellers and
// orders: S0001 is the first seller that occurs.
func realOrders(t *testing.T, was, is time.Time) (lines []map[string]any) {
	t.Helper()
	sellers, orders := map[any]string{}, map[any]string{}
	enginetest.ReadLines(t, "olist/events.jsonl.gz", func(line []byte) {
		var event map[string]any
		if err := json.Unmarshal(line, &event); err != nil {
			t.Fatal(err)
		}
		for _, name := range instants {
			if text, ok := event[name].(string); ok {
				at, err := time.Parse(time.RFC3339, text)
				if err != nil {
					t.Fatal(err)
				}
				event[name] = instantText(at.Add(is.Sub(was)))
			}
		}
		event["seller_id"] = renamed(sellers, event["seller_id"], "S%04d")
		event["order_id"] = renamed(orders, event["order_id"], "O%05d")
		lines = append(lines, event)
	})
	return lines
}

func renamed(names map[any]string, name any, form string) string {
	if names[name] == "" {
		names[name] = fmt.Sprintf(form, len(names)+1)
	}
	return names[name]
}

// jsonLines are events as `produce` reads them.
func jsonLines(t *testing.T, events []map[string]any) string {
	t.Helper()
	var b strings.Builder
	for _, event := range events {
		line, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// heldBack parts the events in two: scans and deliveries of late, as many as that, which are to come now, and all others.
func heldBack(events []map[string]any, most int) (before, coming []map[string]any) {
	for _, e := range slices.Backward(events) {
		if (e["kind"] == "SCANNED" || e["kind"] == "DELIVERED") && len(coming) < most {
			coming = append(coming, e)
		} else {
			before = append(before, e)
		}
	}
	slices.Reverse(before)
	return before, coming
}
