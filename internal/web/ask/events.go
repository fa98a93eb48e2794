package ask

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Event is an event behind an order, read back from its topic.
type Event struct {
	Topic     string             `json:"topic"` // without a prefix
	Partition int32              `json:"partition"`
	Offset    int64              `json:"offset"`
	Registers []inspect.Register `json:"registers"` // that it wrote

	Missing    *string          `json:"missing"`     // why it cannot be shown; null where it can
	OccurredAt *inspect.Instant `json:"occurred_at"` // this and the next null where it is missing
	Event      json.RawMessage  `json:"event"`       // as JSON of the contract
}

// Why an event is missing.
const (
	Unknown = "UNKNOWN" // a former version did not keep where it is
	Deleted = "DELETED" // its topic does not have it any more
	Other   = "OTHER"   // another event is there: the topic was made anew
)

// readAtOnce is how many events of an order are read at the same time.
const readAtOnce = 4

// Events reads the events behind an order of a seller back from their topics, and gives them in the order in which they occurred, those that are missing
// last. An error is an outage.
func (s *States) Events(ctx context.Context, seller, order string, behind []inspect.WrittenBy) ([]Event, error) {
	all, records := make([]Event, len(behind)), make([]*stream.Record, len(behind))
	var group errgroup.Group
	group.SetLimit(readAtOnce)
	for i := range behind {
		all[i] = Event{Topic: behind[i].Topic, Registers: behind[i].Registers}
		group.Go(func() (err error) {
			records[i], err = s.readBack(ctx, &all[i], seller, behind[i].Offset)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	decoder := events.NewDecoder(events.DecoderOptions{Schema: s.o.Inspect.Schema})
	for i, r := range records {
		if r != nil {
			all[i].decode(decoder, r.Value, seller, order)
		}
	}
	slices.SortStableFunc(all, func(a, b Event) int {
		if a.OccurredAt == nil || b.OccurredAt == nil {
			return cmp.Compare(missing(&a), missing(&b))
		}
		return cmp.Compare(*a.OccurredAt, *b.OccurredAt)
	})
	return all, nil
}

func missing(e *Event) int {
	if e.OccurredAt == nil {
		return 1
	}
	return 0
}

// readBack reads an event's record; nil where that is missing.
func (s *States) readBack(ctx context.Context, e *Event, seller string, offset *int64) (*stream.Record, error) {
	topic, ok := topicOf(e.Topic)
	if offset == nil || !ok || s.o.PartitionOf == nil {
		e.miss(Unknown)
		return nil, nil
	}
	e.Partition, e.Offset = s.o.PartitionOf(seller), *offset
	r, err := s.o.Client.RecordAt(ctx, stream.Position{TopicPartition: stream.TopicPartition{Topic: s.o.Inputs[topic], Partition: e.Partition}, Offset: *offset})
	if errors.Is(err, stream.ErrGone) {
		e.miss(Deleted)
		return nil, nil
	}
	return r, err
}

func (e *Event) decode(d *events.Decoder, value []byte, seller, order string) {
	var event events.Event
	topic, _ := topicOf(e.Topic)
	if d.Decode(topic, value, &event) != nil || event.SellerID != seller || event.OrderID != order {
		e.miss(Other)
		return
	}
	occurred := inspect.Instant(event.OccurredAt)
	e.OccurredAt, e.Event = &occurred, events.AppendJSON(nil, &event, true)
}

func (e *Event) miss(why string) { e.Missing = &why }

func topicOf(name string) (events.Topic, bool) {
	for t := range events.NumTopics {
		if t.String() == name {
			return t, true
		}
	}
	return 0, false
}
