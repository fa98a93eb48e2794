package engine

import (
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/limits"
	"sellerpulse/pkg/events"
)

// futureBy is how far ahead of its record's time an event may be.
const futureBy events.Millis = 10 * 60 * 1000

// Admission decodes records and refuses those that can be refused without a state.
type Admission struct {
	decoder     *events.Decoder
	partition   int32
	partitioner func(key []byte) int32
}

// NewAdmission makes the Admission of a partition. Of the options it looks at Partition, Partitioner and Schema.
func NewAdmission(o Options) *Admission {
	decoder := events.NewDecoder(events.DecoderOptions{MaxBytes: limits.Input, Schema: o.Schema})
	return &Admission{decoder: decoder, partition: o.Partition, partitioner: o.Partitioner}
}

// Decode reads a record's value into its Event or Err, and judges what needs no state. An Err that is no *events.Error is an outage of the
// schema registry.
func (a *Admission) Decode(r *Record) {
	if value, all := len(r.Value), r.Size(); value <= limits.Input && all > limits.Input {
		r.Err = &events.Error{Reason: events.Undecodable, Problem: fmt.Sprintf(
			"the value has %d bytes and its %d headers %d, together more than %d", value, len(r.Headers), all-value, limits.Input)}
		return
	}
	if r.Err = a.decode(r); r.Err != nil {
		return
	}
	seller, err := a.decoder.Key(r.Key)
	if err != nil {
		r.Err = fmt.Errorf("%w: %w", ErrRegistry, err)
		return
	}
	a.admit(r, seller)
}

// ErrRegistry says that a record cannot be read now, since the schema registry does not answer.
var ErrRegistry = errors.New("schema registry")

func (a *Admission) decode(r *Record) error {
	err := a.decoder.Decode(r.Topic, r.Value, &r.Event)
	if _, refused := errors.AsType[*events.Error](err); err == nil || refused {
		return err
	}
	return fmt.Errorf("%w: %w", ErrRegistry, err)
}

// admit refuses what is in the wrong place, by the seller whom the key names, or from the future.
func (a *Admission) admit(r *Record, key []byte) {
	switch seller := r.Event.SellerID; {
	case r.Key == nil:
		r.Err = &events.Error{Reason: events.Misrouted, Field: "seller_id", Value: seller, Problem: "the record has no key: key events by seller_id"}
	case string(key) != seller:
		r.Err = &events.Error{Reason: events.Misrouted, Field: "seller_id", Value: seller, Problem: fmt.Sprintf("the record's key is %q: key events by seller_id", shorten(key))}
	case a.partitioner != nil && a.partitioner(key) != a.partition:
		r.Err = &events.Error{Reason: events.Misrouted, Field: "seller_id", Value: seller, Problem: fmt.Sprintf(
			"its partition by murmur2 is %d, not %d: let producers partition by murmur2, as Java clients do, or trust them with --partitioner any", a.partitioner(key), a.partition)}
	case r.Event.OccurredAt-futureBy > r.Timestamp: // Which cannot overflow: the time of a record may be anything.
		r.Err = fromTheFuture(r)
	}
}

// fromTheFuture refuses an event that is ahead of its record. A record without a time, which Kafka has as -1, guards nothing and so takes
// nothing: whatever else one could compare with is not in the log, or not before all is read, and a bounded run depends on the log alone.
func fromTheFuture(r *Record) error {
	problem := fmt.Sprintf("over 10 minutes ahead of the record's time, %s: check the producer's clock", instant(r.Timestamp))
	if r.Timestamp < 0 {
		problem = "cannot be compared, for the record has no time: set message.timestamp.type=LogAppendTime of the topic, and send it again"
	}
	return &events.Error{Reason: events.Future, Field: "occurred_at", Value: instant(r.Event.OccurredAt), Problem: problem}
}

func shorten(b []byte) []byte {
	if len(b) > 64 {
		return b[:64]
	}
	return b
}

func instant(at events.Millis) string { return time.UnixMilli(at).UTC().Format(time.RFC3339Nano) }
