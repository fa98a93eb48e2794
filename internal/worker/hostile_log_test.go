package worker

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// saboteur is a producer that aborts half of its transactions, and between them sends what nobody can use.
type saboteur struct {
	*fixture
	client *kgo.Client
	random *rand.Rand
	sent   map[events.DeadLetterReason]int // records that must come out as dead letters
}

func (h *saboteur) record(topic events.Topic, key, value []byte, at events.Millis) *kgo.Record {
	return &kgo.Record{
		Topic: h.topics.Inputs[topic], Partition: stream.PartitionFor(key, h.partitions), Key: key, Value: value, Timestamp: time.UnixMilli(at),
	}
}

func (h *saboteur) event(e *events.Event) *kgo.Record {
	var encoder events.Encoder
	return h.record(e.Topic, []byte(e.SellerID), encoder.AppendAvro(nil, e), e.OccurredAt)
}

// transaction sends records, and commits them or not.
func (h *saboteur) transaction(end kgo.TransactionEndTry, records ...*kgo.Record) {
	h.t.Helper()
	if err := h.client.BeginTransaction(); err != nil {
		h.t.Fatal(err)
	}
	if err := h.client.ProduceSync(h.t.Context(), records...).FirstErr(); err != nil {
		h.t.Fatal(err)
	}
	if err := h.client.EndTransaction(h.t.Context(), end); err != nil {
		h.t.Fatal(err)
	}
}

// lies are events that would change the numbers of those that are true: of the same orders, of other orders, all defective.
func (h *saboteur) lies(truth []events.Event) (records []*kgo.Record) {
	for i := range truth {
		lie := events.Event{
			Topic: events.Claims, Kind: events.ClaimOpened, EventID: "lie", OccurredAt: truth[i].OccurredAt, SellerID: truth[i].SellerID,
			OrderID: truth[i].OrderID, PartID: "lie",
		}
		records = append(records, h.event(&lie), h.event(&truth[i]))
	}
	return records
}

// garbage is a record that cannot be applied, as of the time of an event.
func (h *saboteur) garbage(e *events.Event) *kgo.Record {
	key, at := []byte(e.SellerID), e.OccurredAt
	bad := func(reason events.DeadLetterReason, r *kgo.Record) *kgo.Record {
		h.sent[reason]++
		return r
	}
	text := func(occurred string) []byte {
		return fmt.Appendf(nil, `{"kind":"LEFT","event_id":"g","occurred_at":%q,"seller_id":%q,"order_id":"never placed","feedback_id":"f","rating":1}`, occurred, e.SellerID)
	}
	switch h.random.IntN(8) {
	case 0:
		return bad(events.Undecodable, h.record(e.Topic, key, nil, at))
	case 1:
		return bad(events.Undecodable, h.record(e.Topic, key, []byte{0xC3, 1, 2, 3}, at))
	case 2:
		return bad(events.Undecodable, h.record(e.Topic, key, bytes.Repeat([]byte("x"), 1<<20), at))
	case 3:
		return bad(events.Undecodable, h.record(events.Feedback, key, append(text("2026-01-01T00:00:00Z"), strings.Repeat(" ", 256<<10)...), at))
	case 4:
		return bad(events.Invalid, h.record(events.Feedback, key, []byte(`{"kind":"LEFT","rating":6}`), at))
	case 5:
		other := []byte(e.SellerID + " not")
		return bad(events.Misrouted, h.record(events.Feedback, other, text("2026-01-01T00:00:00Z"), at))
	case 6:
		return bad(events.Future, h.record(events.Feedback, key, text("2200-01-01T00:00:00Z"), at))
	default: // It waits for its order in vain.
		return bad(events.Orphan, h.record(events.Feedback, key, text("1970-01-01T00:00:00Z"), at))
	}
}

// reasons counts the dead letters by reason.
func (s *fixture) reasons() map[events.DeadLetterReason]int {
	s.t.Helper()
	counts := map[events.DeadLetterReason]int{}
	for _, r := range s.records(s.topics.DeadLetters, 1) {
		for _, header := range r.Headers {
			if header.Key == "reason" {
				counts[events.DeadLetterReason(header.Value)]++
			}
		}
	}
	return counts
}

// Aborted lies, garbage of every kind, records of a megabyte, times of 1970 and 2200, and one seller with half of all events, all at once:
// numbers, states and alerts are those of the clean log, and each bad record is a dead letter with its reason.
func TestAHostileLogGivesWhatACleanOneDoes(t *testing.T) {
	all := sortedMarket(15, 60)
	for i := range all {
		if i%2 == 0 {
			all[i].SellerID = "half of all"
		}
	}
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		clean := market(t, broker, "clean", 4, all)
		clean.runUntilMarketEnd(nil)

		s := market(t, broker, "hostile", 4, nil)
		client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.TransactionalID(broker.Prefix+"hostile"), kgo.RecordPartitioner(kgo.ManualPartitioner()),
			kgo.ProducerBatchMaxBytes(2<<20))
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		h := &saboteur{fixture: s, client: client, random: rand.New(rand.NewPCG(1, 2)), sent: map[events.DeadLetterReason]int{}}
		for chunk := range slices.Chunk(all, 100) {
			h.transaction(kgo.TryAbort, h.lies(chunk)...)
			var records []*kgo.Record
			for i := range chunk {
				records = append(records, h.event(&chunk[i]))
				if i%10 == 0 {
					records = append(records, h.garbage(&chunk[i]))
				}
			}
			h.transaction(kgo.TryCommit, records...)
		}
		s.runUntilMarketEnd(nil)
		enginetest.CompareLists(t, "output", s.withoutDeadLetters(), clean.withoutDeadLetters())
		checkNumbers(t, s.alerts())
		want := clean.reasons()
		for reason, n := range h.sent {
			want[reason] += n
		}
		got := s.reasons()
		// Those whose 90 days are not over wait on.
		if orphans := got[events.Orphan]; orphans <= clean.reasons()[events.Orphan] || orphans > want[events.Orphan] {
			t.Errorf("%d orphans", orphans)
		}
		delete(got, events.Orphan)
		delete(want, events.Orphan)
		if !maps.Equal(got, want) || len(want) < 4 {
			t.Errorf("dead letters %v, want %v", got, want)
		}
	})
}
