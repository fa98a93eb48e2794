package engine

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Of the events that waited for an order those are refused that would make its row too large, and no other: as if the row were written, and
// so its size known, after each of them.
func TestParkedEventsBeyondTheRow(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	record := func(kind events.Kind, number int, fill func(*events.Event)) Record {
		e := events.Event{
			Topic: kind.Topic(), Kind: kind, EventID: fmt.Sprint(number), OccurredAt: start, SellerID: "S", OrderID: "O",
			OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
		}
		fill(&e)
		return Record{Message: state.Message{Topic: e.Topic, Offset: int64(number), Timestamp: start, Key: []byte("S"), Value: events.Encoder{}.AppendAvro(nil, &e)}, Event: e}
	}
	placed := record(events.OrderPlaced, 0, func(e *events.Event) { e.OrderDate, e.Channel = start, events.MFN })
	var parked []Record
	for i := range 900 {
		parked = append(parked, record(events.ShipmentConfirmed, i, func(e *events.Event) {
			e.PartID = fmt.Sprint(i*7919%600, "-", strings.Repeat("p", i%500)) // In no order; some come twice.
			e.Carrier = events.Text{Value: "s10", Given: true}
			e.TrackingID = events.Text{Value: strings.Repeat("t", 1+i*31%1000), Given: true}
		}))
	}
	var order windows.Order
	order.Reset()
	order.Apply(&placed.Event, placed.Offset)
	var refused []int64
	for i := range parked {
		size := len(order.Append(nil))
		if size > limits.Row/2 {
			size += windows.Growth(&parked[i].Event)
		}
		if size > limits.Row {
			refused = append(refused, parked[i].Offset)
		} else {
			order.Apply(&parked[i].Event, parked[i].Offset)
		}
	}
	if n := len(refused); n < 10 || n > len(parked)-10 {
		t.Fatalf("%d of %d are to be refused: the test tests nothing", n, len(parked))
	}

	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames})
	for i := range parked {
		m.apply(&parked[i])
	}
	m.apply(&placed)
	m.commit()
	var got []int64
	for _, d := range m.output.DeadLetters {
		got = append(got, d.Offset)
	}
	if !slices.Equal(got, refused) {
		t.Errorf("refused are %v, want %v", got, refused)
	}
	rows := 0
	m.must(m.state.Scan([]byte{'o'}, []byte{'p'}, func(_, row []byte) (bool, error) {
		if rows++; !bytes.Equal(row, order.Append(nil)) {
			t.Errorf("the row has %d bytes and is not that of the events that were not refused, of %d", len(row), len(order.Append(nil)))
		}
		return true, nil
	}))
	if rows != 1 {
		t.Errorf("%d rows", rows)
	}
	m.sound("after all")
}
