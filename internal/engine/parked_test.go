package engine

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/oracle"
)

// waiting makes records of seller S in the order of their places, each a second after the one before.
type waiting struct{ log []Record }

// add adds a record whose value and headers come to a size, or to what they are for 0.
func (w *waiting) add(topic events.Topic, kind, order string, size int) {
	at := fmt.Sprintf("%q", enginetest.Noon.Add(time.Duration(len(w.log))*time.Second).Format(time.RFC3339Nano))
	var part []string
	if topic == events.Feedback {
		part = []string{"feedback_id", `"f"`, "rating", "1"}
	}
	value := enginetest.JSON("S", kind, order, append([]string{"occurred_at", at, "event_id", fmt.Sprintf("%q", fmt.Sprint(len(w.log)))}, part...)...)
	r := Record{Message: state.Message{Topic: topic, Offset: int64(len(w.log)), Timestamp: enginetest.Noon.AddDate(1, 0, 0).UnixMilli(), Key: []byte("S"), Value: value}}
	if size > 0 {
		r.Headers = []state.Header{{Key: "h", Value: bytes.Repeat([]byte("v"), 1000)}}
		r.Value = append(r.Value, bytes.Repeat([]byte(" "), size-r.Size())...)
	}
	w.log = append(w.log, r)
}

func parkedMachine(t *testing.T) *machine {
	return newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames})
}

// take decodes and applies records, and stops and goes on now and then.
func (m *machine) take(log []Record) {
	m.t.Helper()
	for i := range log {
		r := &log[i]
		m.engine.Decode(r)
		m.step(Apply(r))
		if i%97 == 0 {
			m.commit()
			m.restart(i%2 == 0)
		}
	}
	m.commit()
	m.sound("after all")
}

// Of one order as many events wait as the table says, and as many bytes; one more is an orphan. Those that wait are applied when it is placed.
func TestParkedEventsAreBounded(t *testing.T) {
	var w waiting
	for range limits.ParkedEvents + 3 {
		w.add(events.Feedback, "LEFT", "many", 0)
	}
	w.add(events.Feedback, "LEFT", "another", 0)
	w.add(events.Orders, "PLACED", "many", 0)
	w.add(events.Feedback, "LEFT", "many", 0)
	const each = limits.Parked / 16
	for range 15 {
		w.add(events.Feedback, "LEFT", "large", each)
	}
	w.add(events.Feedback, "LEFT", "large", each-1024)
	w.add(events.Feedback, "LEFT", "large", 1024+2000)
	w.add(events.Feedback, "LEFT", "large", each)
	w.add(events.Orders, "PLACED", "large", 0)
	m := parkedMachine(t)
	m.take(w.log)
	compareWithOracle(t, m, w.log, time.UTC, m.engine.StreamTime())
	var orphans []int64
	for _, d := range m.output.DeadLetters {
		if d.Reason == events.Orphan {
			orphans = append(orphans, d.Offset)
		}
	}
	if want := []int64{1000, 1001, 1002, 1022, 1023}; !slices.Equal(orphans, want) {
		t.Errorf("orphans %v, want %v", orphans, want)
	}
	report, _, err := m.engine.ReportOf("S")
	if err != nil || report.Metrics[0].Numerator != 2 || report.Metrics[0].Denominator != 2 {
		t.Errorf("%d of %d orders are defective, want both: %v", report.Metrics[0].Numerator, report.Metrics[0].Denominator, err)
	}
}

// uncount writes how many events wait for an order as states had it before bytes were counted.
func (m *machine) uncount(order string, number int) {
	m.t.Helper()
	m.state.Put(append([]byte("iS\x00\x01"), order...), binary.AppendVarint([]byte{byte(state.Parked)}, int64(number)))
	m.commit()
	m.restart(m.commits%2 == 0)
}

// A state from before bytes were counted goes on, and counts them when the next event comes. One with more than may wait keeps them.
func TestStatesThatDidNotCountBytes(t *testing.T) {
	var w waiting
	const each = limits.Parked / 16
	for range 15 {
		w.add(events.Feedback, "LEFT", "large", each)
	}
	m := parkedMachine(t)
	m.take(w.log)
	m.uncount("large", 15)
	m.checked("as it was written before")
	w.add(events.Feedback, "LEFT", "large", each)
	w.add(events.Feedback, "LEFT", "large", 0)
	m.take(w.log[15:])
	if got := deadLetterTexts(m.output.DeadLetters); !slices.Equal(got, []string{"feedback 16 orphan"}) {
		t.Errorf("dead letters %v, want the last event's", got)
	}

	m = parkedMachine(t)
	m.take(w.log[:1])
	seller, order, err := m.engine.find(&w.log[0].Event)
	m.must(err)
	w.log = w.log[:1]
	const more = 2 * limits.ParkedEvents
	for range more - 1 {
		w.add(events.Feedback, "LEFT", "large", 0)
		m.must(m.engine.park(seller, order, &w.log[len(w.log)-1]))
	}
	m.commit()
	m.uncount("large", more)
	m.sound("with too many")
	w.add(events.Feedback, "LEFT", "large", 0)
	w.add(events.Orders, "PLACED", "large", 0)
	m.take(w.log[more:])
	if got := deadLetterTexts(m.output.DeadLetters); !slices.Equal(got, []string{"feedback 2000 orphan"}) {
		t.Errorf("dead letters %v, want the one that came last", got)
	}
	if result := m.sound("after it was placed"); result.Parked != 0 {
		t.Errorf("%d events wait", result.Parked)
	}
}

// The reference agrees with an order that fills up and empties again.
func TestParkedEventsThatWaitedTooLongMakeRoom(t *testing.T) {
	var w waiting
	for range limits.ParkedEvents {
		w.add(events.Feedback, "LEFT", "many", 0)
	}
	m := parkedMachine(t)
	m.take(w.log)
	m.advance(w.log[499].Event.OccurredAt + state.OrphanAfter + 1)
	m.commit()
	m.sound("after half of them")
	late := w.log[len(w.log)-1]
	for range 501 {
		late.Offset++
		r := late
		m.step(Apply(&r))
	}
	m.commit()
	m.sound("filled again")
	if n := len(m.output.DeadLetters); n != 501 {
		t.Errorf("%d dead letters, want the 500 that waited too long and the last", n)
	}
	taken := []oracle.Record{}
	for i := range w.log {
		taken = append(taken, oracleRecord(&w.log[i]))
	}
	want := oracle.Run(taken, oracle.Options{Zone: time.UTC, ValidTracking: tracking.Valid})
	want.AsOf(w.log[499].Event.OccurredAt + state.OrphanAfter + 1)
	again := oracleRecord(&late)
	for range 501 {
		again.Offset++
		want.Take(again)
	}
	if n := len(want.DeadLetters); n != 501 {
		t.Errorf("the reference has %d dead letters, want 501", n)
	}
}

// However much arrived at one stream time and is due at one instant, no transaction carries more of it than the table says; and who stops
// between two of them goes on with the rest.
func TestOrphansOfOneInstantAreBounded(t *testing.T) {
	var w waiting
	w.add(events.Orders, "PLACED", "placed", 0)
	const orders, each = 12, limits.Parked / limits.Input
	for order := range orders {
		for range each {
			w.add(events.Feedback, "LEFT", fmt.Sprint("order ", order), limits.Input-1)
		}
	}
	m := parkedMachine(t)
	last := w.log[len(w.log)-1].Event.OccurredAt
	for i := range w.log {
		r := &w.log[i]
		m.engine.Decode(r)
		last = max(last, r.Event.OccurredAt)
		r.Event.OccurredAt = w.log[0].Event.OccurredAt // All at one stream time.
		m.step(Apply(r))
		m.commit()
	}
	advance := func(stopAfter int) (commits int) {
		for {
			done, err := m.engine.Step(Until(last + state.OrphanAfter + 1))
			m.must(err)
			if waits := m.engine.Waiting().Bytes; waits > limits.Commit+limits.Parked+limits.Input {
				t.Fatalf("%d bytes wait for a commit", waits)
			}
			if done || commits == stopAfter {
				return commits
			}
			m.commit()
			commits++
		}
	}
	if commits := advance(1); commits != 1 {
		t.Fatal("all orphans went into one commit")
	}
	m.sound("between two commits")
	for _, fromCopy := range []bool{true, false} {
		m.restart(fromCopy)
		advance(1)
	}
	m.restart(true)
	advance(-1)
	m.commit()
	if result := m.sound("after all"); result.Parked != 0 || len(m.output.DeadLetters) != orders*each {
		t.Errorf("%d dead letters and %d that wait, want %d and none", len(m.output.DeadLetters), result.Parked, orders*each)
	}
}
