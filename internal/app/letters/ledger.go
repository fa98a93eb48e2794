package letters

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"sellerpulse/internal/app/follow"
	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/stream"
)

// mostSent bounds a ledger: about 100 MB of memory where the places are far apart.
const mostSent = 50_000_000

// ledger is which records were sent again, by their places. It is a topic of one partition, compacted, with a record each: the place under which a record
// was refused is the key.
//
// Topics may be made anew under the same name, and have other records at the same places then. So the entry names the topic's id, and counts no more
// once the topic has another.
type ledger struct {
	log  stream.TopicPartition
	ids  map[string]string // of topics by name, of those that were asked for
	made bool              // it exists
	sent map[stream.TopicPartition]*roaring64.Bitmap
	n    int64
}

// entry is the value of a ledger's record.
type entry struct {
	TopicID    string `json:"topic_id"`    // of the record's topic
	DeadLetter string `json:"dead_letter"` // the place of its dead letter
	Reason     string `json:"reason"`
	To         string `json:"to"` // where it was sent, or the first of what was made of it; empty for nothing
}

// openLedger reads the ledger to its end. One that does not exist is empty.
func openLedger(ctx context.Context, o *Options) (*ledger, error) {
	l := &ledger{log: stream.TopicPartition{Topic: o.Ledger}, ids: map[string]string{}}
	if err := l.load(ctx, o); err != nil {
		return nil, fmt.Errorf("read what was sent again: %w", err)
	}
	return l, nil
}

// spec is how its topic is made.
func (l *ledger) spec(replicationFactor int) stream.TopicSpec {
	return stream.TopicSpec{Name: l.log.Topic, Partitions: 1, ReplicationFactor: replicationFactor, Config: map[string]string{"cleanup.policy": "compact"}}
}

// load reads the ledger from its beginning.
func (l *ledger) load(ctx context.Context, o *Options) error {
	l.sent, l.n = map[stream.TopicPartition]*roaring64.Bitmap{}, 0
	found, err := o.Client.Identify(ctx, append([]string{o.Ledger}, o.Topics.Inputs[:]...))
	if err != nil {
		return err
	}
	for _, name := range o.Topics.Inputs {
		l.ids[name] = found[name].ID
	}
	if _, l.made = found[o.Ledger]; !l.made {
		return nil
	}
	log, err := follow.Open(ctx, o.Client, []stream.TopicPartition{l.log}, fetched)
	if err != nil {
		return err
	}
	return log.Read(ctx, func(_ stream.TopicPartition, r *stream.Record) error { return l.read(ctx, o.Client, r) })
}

// id is a topic's; empty where there is no such topic.
func (l *ledger) id(ctx context.Context, client *stream.Client, topic string) (string, error) {
	if id, known := l.ids[topic]; known {
		return id, nil
	}
	found, err := client.Identify(ctx, []string{topic})
	if err != nil {
		return "", err
	}
	l.ids[topic] = found[topic].ID
	return l.ids[topic], nil
}

func (l *ledger) read(ctx context.Context, client *stream.Client, r *stream.Record) error {
	at, err := deadletter.ParsePlace(string(r.Key))
	var e entry
	if err == nil {
		err = json.Unmarshal(r.Value, &e)
	}
	if err != nil {
		return fmt.Errorf("topic %q, offset %d: it is no place of a record that was sent again: name another topic with --topic-resubmitted", l.log.Topic, r.Offset)
	}
	id, err := l.id(ctx, client, at.Topic)
	if err != nil || e.TopicID != id {
		return err
	}
	if l.add(at); l.n > mostSent {
		return fmt.Errorf("topic %q has more than %d records: set a retention.ms no shorter than that of the dead letters on it, and cleanup.policy=delete", l.log.Topic, mostSent)
	}
	return nil
}

func (l *ledger) has(at stream.Position) bool {
	of := l.sent[at.TopicPartition]
	return of != nil && of.Contains(uint64(at.Offset))
}

func (l *ledger) add(at stream.Position) {
	of := l.sent[at.TopicPartition]
	if of == nil {
		of = roaring64.New()
		l.sent[at.TopicPartition] = of
	}
	if of.CheckedAdd(uint64(at.Offset)) {
		l.n++
	}
}

// message is the entry of a letter that is sent to logs, given the first of them.
func (l *ledger) message(ctx context.Context, client *stream.Client, letter *Letter, to stream.TopicPartition, now int64) (stream.Message, error) {
	id, err := l.id(ctx, client, letter.Source.Topic)
	if err != nil {
		return stream.Message{}, err
	}
	e := entry{TopicID: id, DeadLetter: deadletter.Place(letter.Place).String(), Reason: string(letter.Reason)}
	if to.Topic != "" {
		e.To = to.String()
	}
	value, err := json.Marshal(e)
	return stream.Message{Key: []byte(deadletter.Place(letter.Source).String()), Value: value, Timestamp: now}, err
}
