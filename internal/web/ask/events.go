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

// OrderEvents are the events behind an order, in the order in which they occurred, those that are missing last.
type OrderEvents struct {
	inspect.Head
	OrderID string         `json:"order_id"`
	Status  inspect.Status `json:"status"`
	Events  []Event        `json:"events"`
	Omitted int64          `json:"events_omitted"` // beyond the bound of a list
}

// Event is an event behind an order, read back from its topic.
type Event struct {
	Topic     string             `json:"topic"` // without a prefix
	Partition int32              `json:"partition"`
	Offset    *int64             `json:"offset"`    // null where it was not kept
	Registers []inspect.Register `json:"registers"` // that it wrote

	Missing    *string          `json:"missing"` // why it cannot be shown; null where it can
	Kind       *string          `json:"kind"`    // this and the next ones null where it is missing
	EventID    *string          `json:"event_id"`
	OccurredAt *inspect.Instant `json:"occurred_at"`
	Event      json.RawMessage  `json:"event"` // as JSON of the contract
}

// Why an event is missing.
const (
	Unknown = "UNKNOWN" // a former version did not keep where it is
	Deleted = "DELETED" // its topic does not have it any more
	Other   = "OTHER"   // another event is there: the topic was made anew
)

// Reader reads events back from their topics. It is safe for concurrent use.
type Reader struct {
	Client *stream.Client
	Inputs [events.NumTopics]string        // topics that events are in
	Schema func(id uint32) (string, error) // of a Confluent schema id; nil knows none
}

// OrderEvents reads the events behind an order. An error is an outage.
func (r *Reader) OrderEvents(ctx context.Context, o *inspect.Order) (*OrderEvents, error) {
	behind, omitted := o.EventsBehind()
	all, err := r.events(ctx, o.SellerID, o.OrderID, behind)
	if err != nil {
		return nil, err
	}
	return &OrderEvents{o.Head, o.OrderID, o.Status, all, omitted}, nil
}

// readAtOnce is how many events of an order are read at the same time.
const readAtOnce = 4

func (r *Reader) events(ctx context.Context, seller, order string, behind []inspect.WrittenBy) ([]Event, error) {
	all, records := make([]Event, len(behind)), make([]*stream.Record, len(behind))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readAtOnce)
	for i := range behind {
		b := &behind[i]
		all[i] = Event{Topic: b.Topic, Partition: b.Partition, Offset: b.Offset, Registers: b.Registers}
		group.Go(func() (err error) {
			records[i], err = r.read(ctx, &all[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	decoder := events.NewDecoder(events.DecoderOptions{Schema: r.Schema})
	for i, record := range records {
		if record != nil {
			all[i].decode(decoder, record.Value, seller, order)
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

// read reads an event's record; nil where that is missing.
func (r *Reader) read(ctx context.Context, e *Event) (*stream.Record, error) {
	topic, ok := events.ParseTopic(e.Topic)
	if e.Offset == nil || !ok {
		e.miss(Unknown)
		return nil, nil
	}
	record, err := r.Client.RecordAt(ctx, stream.Position{TopicPartition: stream.TopicPartition{Topic: r.Inputs[topic], Partition: e.Partition}, Offset: *e.Offset})
	if errors.Is(err, stream.ErrGone) {
		e.miss(Deleted)
		return nil, nil
	}
	return record, err
}

func (e *Event) decode(d *events.Decoder, value []byte, seller, order string) {
	var event events.Event
	topic, _ := events.ParseTopic(e.Topic)
	if d.Decode(topic, value, &event) != nil || event.SellerID != seller || event.OrderID != order {
		e.miss(Other)
		return
	}
	kind, occurred := event.Kind.String(), inspect.Instant(event.OccurredAt)
	e.Kind, e.EventID, e.OccurredAt, e.Event = &kind, &event.EventID, &occurred, events.AppendJSON(nil, &event, true)
}

func (e *Event) miss(why string) { e.Missing = &why }
