package letters

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sellerpulse/internal/app/follow"
	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/limits"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
)

// fetched is how much of the dead letters is in memory at a time, about.
const fetched = 16 << 20

// Options say where dead letters are and what they are about.
type Options struct {
	Client         *stream.Client
	Topics         task.Topics
	Ledger         string                       // topic with the places of records that were sent again
	TrustPartition bool                         // sellers may be in any partition, as producers like
	Schema         func(uint32) (string, error) // the schema of a Confluent schema id; nil knows none
	Clock          func() time.Time
	Foreign        func(at stream.Position, why error) // told of each record of the topic that is no dead letter of a task; may be nil
}

// Letter is a dead letter and what can be told of the record that is in it.
type Letter struct {
	deadletter.Letter
	Topic  events.Topic // that its source is; [events.NumTopics] where it is none of the inputs
	Event  events.Event // as far as the value could be decoded. Texts alias the value
	Fault  error        // why the value is no event; nil where it is one
	Seller string       // the event's, or else the key
	Sent   bool         // the record was sent again
}

// Reader reads dead letters. It is for one goroutine.
type Reader struct {
	o       Options
	decoder *events.Decoder
	ledger  *ledger
}

// Open reads which records were sent again already.
func Open(ctx context.Context, o Options) (*Reader, error) {
	r := &Reader{o: o, decoder: events.NewDecoder(events.DecoderOptions{MaxBytes: limits.Input, Schema: o.Schema})}
	var err error
	r.ledger, err = openLedger(ctx, &o)
	return r, err
}

// Each hands out the dead letters that are chosen, those of one partition in the order in which they were published, up to the end that there is now. A
// letter is valid until the next.
func (r *Reader) Each(ctx context.Context, c *Choice, each func(*Letter) error) error {
	if at := c.within(r.o.Topics.DeadLetters); len(at) > 0 {
		return r.those(ctx, at, c, each)
	}
	name := r.o.Topics.DeadLetters
	found, err := r.o.Client.Identify(ctx, []string{name})
	if err != nil {
		return err
	}
	if found[name].Partitions == 0 {
		return fmt.Errorf("read dead letters: topic %q does not exist: name it with --topic-dead-letters and --topic-prefix, or create it with `processor topics`", name)
	}
	logs := make([]stream.TopicPartition, found[name].Partitions)
	for p := range logs {
		logs[p] = stream.TopicPartition{Topic: name, Partition: int32(p)}
	}
	log, err := follow.Open(ctx, r.o.Client, logs, fetched)
	if err != nil {
		return err
	}
	return log.Read(ctx, func(tp stream.TopicPartition, record *stream.Record) error { return r.take(tp, record, c, each) })
}

// those hands out dead letters by their own places.
func (r *Reader) those(ctx context.Context, places []stream.Position, c *Choice, each func(*Letter) error) error {
	for _, at := range places {
		record, err := r.o.Client.RecordAt(ctx, at)
		if errors.Is(err, stream.ErrGone) || absent(err) {
			continue // It is not found.
		}
		if err == nil {
			err = r.take(at.TopicPartition, record, c, each)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// absent is whether a log does not exist.
func absent(err error) bool {
	topic, ok := errors.AsType[*stream.TopicError](err)
	return ok && topic.Gone()
}

// take hands out a record, if it is a dead letter that is chosen.
func (r *Reader) take(tp stream.TopicPartition, record *stream.Record, c *Choice, each func(*Letter) error) error {
	parsed, err := deadletter.Parse(tp, record)
	if err != nil {
		if r.o.Foreign != nil {
			r.o.Foreign(stream.Position{TopicPartition: tp, Offset: record.Offset}, err)
		}
		return nil
	}
	if !c.mayHave(&parsed) {
		return nil
	}
	l := Letter{Letter: parsed, Sent: r.ledger.has(parsed.Source)}
	if err := r.decode(&l); err != nil {
		return err
	}
	if c.Unsent && l.Sent || c.Seller != "" && l.Seller != c.Seller {
		return nil
	}
	return each(&l)
}

// decode finds the event in a letter's value. Its error is an outage of the schema registry.
func (r *Reader) decode(l *Letter) error {
	l.Topic, l.Event, l.Seller = events.NumTopics, events.Event{OccurredAt: events.None}, string(l.Key)
	at := slices.Index(r.o.Topics.Inputs[:], l.Source.Topic)
	if at < 0 {
		l.Fault = fmt.Errorf("topic %q is none of the inputs: give the --mapping of the intake that refused it, or name the inputs with --topic-prefix or by their own flags", l.Source.Topic)
		return nil
	}
	l.Topic = events.Topic(at)
	l.Fault = r.decoder.Decode(l.Topic, l.Value, &l.Event)
	if _, refused := errors.AsType[*events.Error](l.Fault); l.Fault != nil && !refused {
		return fmt.Errorf("decode dead letter %v: %w", deadletter.Place(l.Place), l.Fault)
	}
	if l.Event.SellerID != "" {
		l.Seller = l.Event.SellerID
	}
	return nil
}
