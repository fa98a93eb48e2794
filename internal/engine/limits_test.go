package engine

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// noise is so many bytes that nothing compresses.
func noise(size int) []byte {
	b := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(size), byte(size >> 8)})
	_, _ = random.Read(b) // It never fails.
	return b
}

// largestChange commits what is waiting and tells the size of its largest changelog record in a batch of its own.
func (m *machine) largestChange() (largest int) {
	m.t.Helper()
	for _, r := range m.engine.store.Take(m.engine.clock) {
		largest = max(largest, (&stream.Message{Key: r.Key, Value: r.Value}).BatchBytes())
	}
	m.engine.Committed()
	return largest
}

// worst is an event of a seller and an order with the longest keys that there are: in keys a zero byte is two.
func worst(kind events.Kind, at int) events.Event {
	zeros := strings.Repeat("\x00", limits.Text)
	e := events.Event{
		Topic: kind.Topic(), Kind: kind, EventID: "e", OccurredAt: enginetest.Noon.UnixMilli() + int64(at), SellerID: zeros, OrderID: zeros,
		OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
	}
	if kind != events.OrderPlaced {
		e.PartID = fmt.Sprintf("%0*d", limits.Text, at)
	}
	return e
}

func worstRecord(e events.Event, offset int64) *Record {
	return &Record{Message: state.Message{Topic: e.Topic, Offset: offset, Timestamp: e.OccurredAt, Key: []byte(e.SellerID), Value: []byte("{}")}, Event: e}
}

// Whatever an engine applies, no record of its changelog is over the table's bound; and the bound is not far from what comes about.
func TestChangelogRecordsAreBounded(t *testing.T) {
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120})
	largest := 0
	bound := func(what string, least int) {
		t.Helper()
		got := m.largestChange()
		if largest = max(largest, got); got > limits.ChangelogRecord || got < least {
			t.Errorf("%s: a changelog record of %d bytes, want %d to %d", what, got, least, limits.ChangelogRecord)
		}
	}
	// As many headers as there may be, each as small as one can be that counts for its name.
	parked := worstRecord(worst(events.FeedbackLeft, 0), 0)
	for parked.Headers = nil; parked.Size()+9 <= limits.Input; {
		parked.Headers = append(parked.Headers, state.Header{Key: "k"})
	}
	m.apply(parked)
	bound("parked headers", limits.Input/5)
	parked = worstRecord(worst(events.FeedbackLeft, 1), 1)
	parked.Value = noise(limits.Input)
	m.apply(parked)
	bound("parked value", limits.Input+5000)

	m = newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120})
	placed := worst(events.OrderPlaced, 0)
	placed.OrderDate, placed.Channel = placed.OccurredAt, events.MFN
	for i := range 200 {
		placed.Items = append(placed.Items, events.Item{ItemID: strings.Repeat("i", 200), ProductLine: fmt.Sprintf("%0*d", limits.Text, i), Quantity: 1})
	}
	m.apply(worstRecord(placed, 0))
	bound("bucket", 200*limits.Text)
	for i := 1; len(m.engine.pending.DeadLetters) == 0; i++ {
		e := worst(events.ShipmentConfirmed, i)
		e.Carrier, e.TrackingID = events.Text{Value: strings.Repeat("c", limits.Text), Given: true}, events.Text{Value: strings.Repeat("t", limits.Text), Given: true}
		m.apply(worstRecord(e, int64(i)))
	}
	bound("row", limits.Row)
	if err := m.engine.pending.DeadLetters[0].Err; !strings.Contains(err.Error(), "over 524288 bytes") {
		t.Errorf("the event that is too much: %v", err)
	}
	if largest < limits.ChangelogRecord*99/100 {
		t.Errorf("the largest record has %d bytes, the bound is %d", largest, limits.ChangelogRecord)
	}
}

// What waits for a commit is as much as a transaction is to carry, however large or many the records are.
func TestWaitingIsCounted(t *testing.T) {
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120})
	for i, add := range []func(int) *Record{
		func(i int) *Record {
			return &Record{Message: state.Message{Offset: int64(i), Key: noise(10), Value: noise(1 << 20)}, Err: &events.Error{Reason: events.Undecodable, Problem: "is garbage"}}
		},
		func(i int) *Record {
			e := worst(events.OrderPlaced, 0)
			e.OrderID, e.OrderDate, e.Channel = fmt.Sprint(i), e.OccurredAt, events.MFN
			for range 150 {
				e.Items = append(e.Items, events.Item{ItemID: string(noise(limits.Text)), ProductLine: "toys"})
			}
			return worstRecord(e, int64(i))
		},
		func(i int) *Record {
			r := worstRecord(worst(events.FeedbackLeft, i), int64(i))
			r.Event.OrderID, r.Value = fmt.Sprint("parked ", i), noise(limits.Input)
			return r
		},
	} {
		n := 0
		for ; m.engine.Waiting().Bytes < limits.Commit; n++ {
			m.step(Apply(add(n)))
		}
		if n > 200 {
			t.Errorf("of kind %d %d records waited before there was a commit's worth", i, n)
		}
		m.commit()
		if left := m.engine.Waiting().Bytes; left > 1000 {
			t.Errorf("after a commit %d bytes wait", left)
		}
	}
}
