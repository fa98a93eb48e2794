package letters

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/engine"
	"sellerpulse/internal/mapping"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Bounds of one transaction.
const (
	batchLetters = 1_000
	batchBytes   = 4 << 20
	batchTimeout = time.Minute // after which the brokers take it back
)

// Fate is what became of a dead letter that was chosen.
type Fate string

// The fates.
const (
	FateSent       Fate = "resubmitted"
	FateWould      Fate = "would_be_resubmitted" // in a dry run
	FateSentBefore Fate = "resubmitted_before"
	FateRefused    Fate = "refused" // a task would refuse the record again, or it is not to be had any more
)

// Outcome is what became of one. It is its own memory.
type Outcome struct {
	Place, Source stream.Position
	Reason        events.DeadLetterReason
	Seller        string
	Fate          Fate
	To            stream.TopicPartition // where it was sent, or would be; of several records the first
	Records       int                   // that are sent: one, or as many as a mapping makes of it
	Why           error                 // of what was refused, a [*Refusal]
}

// Resubmission says how records are sent again.
type Resubmission struct {
	DryRun  bool             // nothing is written
	Instead *events.Event    // sent in place of each record that is chosen; nil: that as it is
	Mapping *mapping.Mapping // makes events of each record that is chosen; nil: it is one
	Encoder events.Encoder   // of the events that are sent instead, or that a mapping makes

	confirm func(context.Context) error // of a test, when all of a transaction is written
}

// ErrOvertaken says that somebody else sends again now, which ends this.
var ErrOvertaken = errors.New("another resubmission began, which ends this one: what is told was sent, and nothing else; one at a time")

// Resubmit sends the records of the dead letters that are chosen to the inputs again, and tells what becomes of each, of what is sent once it is
// committed. After an error, whatever it is, it can be begun again: what was sent is not sent twice.
func (r *Reader) Resubmit(ctx context.Context, c *Choice, o Resubmission, told func(*Outcome) error) error {
	size, err := provision.SizeOf(ctx, r.o.Client, r.o.Topics)
	if err != nil {
		return err
	}
	d := &desk{Reader: r, admission: engine.NewAdmission(engine.Options{Schema: r.o.Schema}), partitions: size.Partitions, instead: o.Instead, encoder: o.Encoder, mapped: newMapped(&o)}
	s := &sending{desk: d, how: o, told: told, sent: map[stream.TopicPartition]int64{}}
	if !o.DryRun {
		if err := s.open(ctx, size.ReplicationFactor); err != nil {
			return err
		}
	}
	if err := r.Each(ctx, c, func(l *Letter) error { return s.take(ctx, l) }); err != nil {
		return err
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	return s.awaitReadable(ctx)
}

// sending is a resubmission under way.
type sending struct {
	*desk
	how      Resubmission
	told     func(*Outcome) error
	producer *stream.Producer

	outputs  []stream.Output // of the transaction to come, the ledger's first
	outcomes []Outcome       // of what is in it
	bytes    int
	sent     map[stream.TopicPartition]int64 // the offset after the last record that was sent
}

// open ends whoever sends again, and reads the ledger once that one can write to it no more.
func (s *sending) open(ctx context.Context, replicationFactor int) (err error) {
	if !s.ledger.made {
		if err := s.client().CreateTopics(ctx, []stream.TopicSpec{s.ledger.spec(replicationFactor)}); err != nil {
			return fmt.Errorf("make the topic of what was sent again: %w", err)
		}
	}
	if s.producer, err = s.client().OpenTransactional(ctx, s.ledger.log.Topic, batchTimeout); err != nil {
		return err
	}
	if err := s.ledger.load(ctx, &s.o); err != nil {
		return fmt.Errorf("read what was sent again: %w", err)
	}
	return nil
}

func (s *sending) client() *stream.Client { return s.o.Client }

// take decides what becomes of a letter.
func (s *sending) take(ctx context.Context, l *Letter) error {
	out := Outcome{Place: l.Place, Source: l.Source, Reason: l.Reason, Seller: strings.Clone(l.Seller)}
	if s.ledger.has(l.Source) { // Also where this batch sends it: another application may have refused it too.
		out.Fate = FateSentBefore
		return s.told(&out)
	}
	records, err := s.prepare(ctx, l)
	if _, refused := errors.AsType[*Refusal](err); refused {
		out.Fate, out.Why = FateRefused, err
		return s.told(&out)
	}
	if err != nil {
		return err
	}
	s.ledger.add(l.Source)
	if out.Records = len(records); len(records) > 0 {
		out.To = records[0].to
	}
	if s.how.DryRun {
		out.Fate = FateWould
		return s.told(&out)
	}
	out.Fate = FateSent
	return s.send(ctx, l, out, records)
}

// send puts records into the transaction to come, with their letter's entry of the ledger.
func (s *sending) send(ctx context.Context, l *Letter, out Outcome, records []outgoing) error {
	noted, err := s.ledger.message(ctx, s.client(), l, out.To, s.o.Clock().UnixMilli())
	if err != nil {
		return err
	}
	s.append(s.ledger.log, noted)
	for i := range records {
		s.append(records[i].to, records[i].Message)
	}
	s.outcomes = append(s.outcomes, out)
	if len(s.outcomes) < batchLetters && s.bytes < batchBytes {
		return nil
	}
	return s.flush(ctx)
}

func (s *sending) append(to stream.TopicPartition, m stream.Message) {
	s.bytes += m.BatchBytes()
	for i := range s.outputs {
		if s.outputs[i].TopicPartition == to {
			s.outputs[i].Messages = append(s.outputs[i].Messages, m)
			return
		}
	}
	s.outputs = append(s.outputs, stream.Output{TopicPartition: to, Messages: []stream.Message{m}})
}

// flush commits the transaction, and tells of what is in it.
func (s *sending) flush(ctx context.Context) error {
	if len(s.outcomes) == 0 {
		return nil
	}
	result, err := s.producer.Commit(ctx, stream.Commit{Outputs: s.outputs, Confirm: s.how.confirm})
	if errors.Is(err, stream.ErrFenced) {
		return ErrOvertaken
	}
	if err != nil {
		return fmt.Errorf("send again: %w: begin it again, and it goes on where it is", err)
	}
	maps.Copy(s.sent, result.Next)
	for i := range s.outcomes {
		if err := s.told(&s.outcomes[i]); err != nil {
			return err
		}
	}
	s.outputs, s.outcomes, s.bytes = nil, nil, 0
	return nil
}

// awaitReadable waits until what was sent can be read, so that whoever begins to read now reads it. Where a transaction of others holds that up, it is not
// waited for any longer.
func (s *sending) awaitReadable(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	if err := s.client().AwaitReadable(bounded, s.sent); err != nil && bounded.Err() == nil {
		return fmt.Errorf("all was sent: %w", err)
	}
	return ctx.Err()
}
