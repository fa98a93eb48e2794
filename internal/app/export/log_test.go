package export

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// record is a record of feedback.
func record(t *testing.T, offset int64, key, seller string, at events.Millis) stream.Record {
	t.Helper()
	e := events.Event{Topic: events.Feedback, Kind: events.FeedbackRemoved, EventID: fmt.Sprint(offset), OccurredAt: at, SellerID: seller, OrderID: "O1", PartID: "F1"}
	if err := events.Validate(&e); err != nil {
		t.Fatal(err)
	}
	return stream.Record{Offset: offset, Timestamp: 1_000, Key: []byte(key), Value: events.Encoder{}.AppendAvro(nil, &e)}
}

// Of a log come those events that are wanted and that a task would apply, up to the end. All else that is no event is told of, and batches that cannot be
// read, but of other sellers nothing.
func TestWhatComesOfALog(t *testing.T) {
	headers := record(t, 4, "S1", "S1", 10)
	headers.Headers = []stream.Header{{Key: "x", Value: make([]byte, 300<<10)}}
	all := []stream.Record{
		record(t, 0, "S1", "S1", 10),
		{Offset: 1, Batch: &stream.BatchError{First: 1, Last: 2, Err: stream.ErrCorrupt}},
		record(t, 3, "S2", "S1", 10),
		headers,
		record(t, 5, "S1", "S1", 1_000+600_001),
		record(t, 6, "S1", "S1", 1_000+600_000),
		{Offset: 7, Key: []byte("S2"), Value: []byte("rubbish")},
		{Offset: 8, Key: []byte("S1"), Value: []byte("rubbish")},
		{Offset: 9, Key: []byte("S1")},
		record(t, 10, "S1", "S1", 9),
		record(t, 11, "S2", "S2", 10),
		record(t, 12, "S1", "S1", 20),
	}
	for _, c := range []struct {
		name          string
		wanted        wanted
		events, other string
	}{
		{"all", wanted{from: events.None, to: events.None}, "0 6 10 11", "1 3 4 5 7 8 9"},
		{"a span", wanted{from: 10, to: 1_000 + 600_000}, "0 11", "1 3 4 5 7 8 9"},
		{"a seller", wanted{from: events.None, to: events.None, sellers: map[string]bool{"S1": true}}, "0 6 10", "1 4 5 8 9"},
	} {
		var got, other []string
		l := log{
			TopicPartition: stream.TopicPartition{Topic: "feedback", Partition: 3}, topic: events.Feedback, end: 12, wanted: &c.wanted,
			admission: engine.NewAdmission(engine.Options{Partition: 3, Partitioner: func([]byte) int32 { return 3 }}),
			refused: func(at stream.Position, why error) {
				if other = append(other, fmt.Sprint(at.Offset)); at.Partition != 3 || why == nil {
					t.Errorf("%s: refused %v: %v", c.name, at, why)
				}
			},
		}
		for from := 0; from < len(all); from += 5 { // in chunks
			chunk := stream.Chunk{Records: append([]stream.Record(nil), all[from:min(from+5, len(all))]...)}
			chunk.Next = chunk.Records[len(chunk.Records)-1].Offset + 1
			for l.add(&chunk); l.advance(); {
				got = append(got, l.head.Event.EventID)
			}
		}
		if strings.Join(got, " ") != c.events || strings.Join(other, " ") != c.other || !l.ended() {
			t.Errorf("%s: events %v, refused %v, at the end: %t; want %s, %s", c.name, got, other, l.ended(), c.events, c.other)
		}
	}
}

func TestRecordsThatWentMeanwhile(t *testing.T) {
	gone := fmt.Errorf("fetch: %w", &stream.OffsetError{TopicPartition: stream.TopicPartition{Topic: "orders", Partition: 2}, Offset: 5})
	if err := explain(gone); !errors.Is(err, gone) || !strings.HasSuffix(err.Error(), "the broker has deleted what was to be read next of orders/2: export again") {
		t.Errorf("error %v", err)
	}
	if other := errors.New("other"); !errors.Is(explain(other), other) || explain(nil) != nil {
		t.Error("other errors are changed")
	}
}
