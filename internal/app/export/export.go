package export

import (
	"context"
	"errors"
	"fmt"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

// Options say what is exported.
type Options struct {
	Client         *stream.Client
	Topics         task.Topics
	Partitions     int32                        // of every input topic
	TrustPartition bool                         // sellers may be in any partition, as producers like
	Schema         func(uint32) (string, error) // the schema of a Confluent schema id; nil knows none
	From, To       events.Millis                // of occurred_at: from the one on, before the other; events.None for no bound
	Sellers        []string                     // none: all

	Refused func(at stream.Position, why error) // told of each record that is no event, or that no task would apply
	Read    func(records, all int64)            // told how far it is; may be nil
}

// Events hands out event after event, up to the ends that the logs have now. The event is valid until the next.
func Events(ctx context.Context, o Options, each func(*events.Event) error) error {
	m, err := newMerge(ctx, o)
	if err != nil {
		return err
	}
	for {
		e, err := m.next(ctx)
		if e == nil || err != nil {
			return explain(err)
		}
		if err := each(e); err != nil {
			return err
		}
	}
}

// explain says what helps where records went while they were read.
func explain(err error) error {
	if gone, ok := errors.AsType[*stream.OffsetError](err); ok {
		return fmt.Errorf("%w: the broker has deleted what was to be read next of %v: export again", err, gone.TopicPartition)
	}
	return err
}

// wanted is which events are exported, as far as the record's key and the event's time tell.
type wanted struct {
	from, to events.Millis
	sellers  map[string]bool // nil: all
}

func wantedBy(o *Options) wanted {
	w := wanted{from: o.From, to: o.To}
	for _, seller := range o.Sellers {
		if w.sellers == nil {
			w.sellers = map[string]bool{}
		}
		w.sellers[seller] = true
	}
	return w
}

// key is whether a record may be wanted. A key that begins with a zero byte may have the seller in it by a schema registry.
func (w *wanted) key(key []byte) bool {
	return w.sellers == nil || w.sellers[string(key)] || len(key) > 0 && key[0] == 0
}

func (w *wanted) seller(seller string) bool { return w.sellers == nil || w.sellers[seller] }

func (w *wanted) at(occurred events.Millis) bool {
	return (w.from == events.None || occurred >= w.from) && (w.to == events.None || occurred < w.to)
}

// partitions are those that may hold what is wanted.
func (o *Options) partitions() (list []int32) {
	may := map[int32]bool{}
	for _, seller := range o.Sellers {
		may[stream.PartitionFor([]byte(seller), o.Partitions)] = true
	}
	for p := range o.Partitions {
		if may[p] || len(o.Sellers) == 0 || o.TrustPartition {
			list = append(list, p)
		}
	}
	return list
}
