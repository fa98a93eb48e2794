package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
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
	m.engine.flush([events.NumTopics]int64{})
	m.must(m.state.Changes(func(key, value []byte) {
		largest = max(largest, (&stream.Message{Key: key, Value: value}).BatchBytes())
	}))
	m.must(m.engine.store.Commit(state.Saved{Position: 1}))
	return largest
}

// worst is an event of a seller and an order with the longest keys that there are: in keys a zero byte is two.
func worst(kind events.Kind, at int) events.Event {
	zeros := strings.Repeat("\x00", limits.Text)
	e := events.Event{
		Topic: kind.Topic(), Kind: kind, EventID: "e", OccurredAt: noon.UnixMilli() + int64(at), SellerID: zeros, OrderID: zeros,
		OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
	}
	if kind != events.OrderPlaced {
		e.PartID = fmt.Sprintf("%0*d", limits.Text, at)
	}
	return e
}

func worstRecord(e events.Event, offset int64) *Record {
	return &Record{Topic: e.Topic, Offset: offset, Timestamp: e.OccurredAt, Key: []byte(e.SellerID), Value: []byte("{}"), Event: e}
}

// Whatever an engine applies, no record of its changelog is over the table's bound; and the bound is not far from what comes about.
func TestChangelogRecordsAreBounded(t *testing.T) {
	m := newMachine(t, EngineOptions{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120})
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
	for parked.Headers = nil; parked.size()+9 <= limits.Input; {
		parked.Headers = append(parked.Headers, state.Header{Key: "k"})
	}
	m.apply(parked)
	bound("parked headers", limits.Input/5)
	parked = worstRecord(worst(events.FeedbackLeft, 1), 1)
	parked.Value = noise(limits.Input)
	m.apply(parked)
	bound("parked value", limits.Input+5000)

	m = newMachine(t, EngineOptions{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120})
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
	m := newMachine(t, EngineOptions{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120})
	for i, add := range []func(int) *Record{
		func(i int) *Record {
			return &Record{Offset: int64(i), Key: noise(10), Value: noise(1 << 20), Err: &events.Error{Reason: events.Undecodable, Problem: "is garbage"}}
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
		for ; m.engine.waiting() < limits.Commit; n++ {
			m.must(m.engine.Apply(add(n)))
		}
		if n > 200 {
			t.Errorf("of kind %d %d records waited before there was a commit's worth", i, n)
		}
		m.commit()
		if left := m.engine.waiting(); left > 1000 {
			t.Errorf("after a commit %d bytes wait", left)
		}
	}
}

// A dead letter fits what its topic takes, keeps what there is room for, and says what was cut.
func TestDeadLettersAreCut(t *testing.T) {
	many := func(n, size int) (headers []state.Header) {
		for i := range n {
			headers = append(headers, state.Header{Key: fmt.Sprintf("h%06d", i), Value: noise(size)})
		}
		return headers
	}
	const most = 1_000_000
	for name, test := range map[string]struct {
		key, value []byte
		headers    []state.Header
		most       int
		cut        string // the names of what tells it
		keeps      int    // bytes of key and value at least
	}{
		"whole":                   {noise(20), noise(900_000), many(3, 10), most, "", 900_020},
		"null":                    {nil, nil, nil, limits.DeadLetterRest, "", 0},
		"as much as fits":         {noise(20), noise(most - 2*limits.DeadLetterHeaders), nil, most, "", 900_000},
		"a large value":           {noise(20), noise(4_300_000), many(3, 10), most, "value", most - 3_000},
		"a large key":             {noise(4_300_000), noise(200), nil, most, "key", most - 3_000},
		"large headers":           {noise(20), noise(200), many(10, 1<<20), most, "headers", 220},
		"many headers":            {noise(20), noise(200), many(100_000, 100), most, "headers", 220},
		"a large key and value":   {noise(2_000_000), noise(2_000_000), many(1, 10), most, "value key", most - 3_000},
		"everything large":        {noise(2_000_000), noise(2_000_000), many(10_000, 1000), most, "value key headers", 600_000},
		"a topic for nothing":     {noise(20), noise(20_000), many(3, 10), limits.DeadLetterRest, "value key headers", 0},
		"a topic for very little": {noise(20), noise(200_000), many(1, 10), 4_000, "value", 1_500},
		"the least topic":         {noise(limits.Text), noise(4_300_000), many(1000, 1000), limits.DeadLetter, "value headers", 2 * limits.Text},
	} {
		d := DeadLetter{Topic: events.Claims, Offset: 1 << 60, Key: test.key, Value: test.value, Headers: test.headers, Reason: events.Undecodable, Err: errors.New(strings.Repeat("ü", 100_000))}
		if name == "as much as fits" {
			d.Err = errors.New("small")
		}
		m := d.message(strings.Repeat("t", 249), 1<<30, 0, test.most)
		if n := m.BatchBytes(); n > test.most {
			t.Errorf("%s: %d bytes, more than %d", name, n, test.most)
		}
		if n := len(m.Key) + len(m.Value); n < test.keeps || string(m.Key) != string(d.Key[:len(m.Key)]) || string(m.Value) != string(d.Value[:len(m.Value)]) {
			t.Errorf("%s: %d bytes of key and value are kept, want a beginning of at least %d", name, n, test.keeps)
		}
		checkSaid(t, name, &d, &m, test.cut)
	}
}

// checkSaid demands the headers of a dead letter: as many of the record's as there was room for, the five, then what was cut.
func checkSaid(t *testing.T, name string, d *DeadLetter, m *stream.Message, cut string) {
	t.Helper()
	kept := 0
	for kept < len(m.Headers) && m.Headers[kept].Key != "reason" {
		if h := d.Headers[kept]; h.Key != m.Headers[kept].Key || string(h.Value) != string(m.Headers[kept].Value) {
			t.Fatalf("%s: header %d is not the record's", name, kept)
		}
		kept++
	}
	said, values := "", map[string]string{}
	for _, h := range m.Headers[kept:] {
		said += " " + h.Key
		values[h.Key] = string(h.Value)
	}
	want := " reason error source.topic source.partition source.offset"
	for _, part := range strings.Fields(cut) {
		of := map[string][]byte{"value": d.Value, "key": d.Key}[part]
		if part == "headers" {
			want += " headers.count headers.bytes"
			continue
		}
		want += " " + part + ".bytes " + part + ".sha256"
		if sum := sha256.Sum256(of); values[part+".bytes"] != fmt.Sprint(len(of)) || values[part+".sha256"] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: %s has %s bytes and sum %s, want %d, %x", name, part, values[part+".bytes"], values[part+".sha256"], len(of), sum)
		}
	}
	if said != want || len(values["error"]) > limits.DeadLetterError || values["source.offset"] != fmt.Sprint(d.Offset) {
		t.Errorf("%s: headers are%s, want%s", name, said, want)
	}
	if count, some := values["headers.count"]; some != (kept < len(d.Headers)) || some && count != fmt.Sprint(len(d.Headers)) {
		t.Errorf("%s: %d of %d headers are kept, and headers.count is %q", name, kept, len(d.Headers), count)
	}
}
