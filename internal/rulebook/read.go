package rulebook

import (
	"context"
	"fmt"

	"sellerpulse/internal/stream"
)

// Book reads the revisions of an application.
type Book struct {
	client    *stream.Client
	log       stream.TopicPartition
	next      int64
	revisions []Revision // in the order of their numbers, the newest Kept
}

// Open finds the topic. It is an error of [stream.TopicError] kind, or says so, where there is none.
func Open(ctx context.Context, client *stream.Client, topic string) (*Book, error) {
	found, err := client.Identify(ctx, []string{topic})
	if err != nil {
		return nil, fmt.Errorf("look up the topic of rules: %w", err)
	}
	is, ok := found[topic]
	if !ok {
		return nil, &MissingError{topic}
	}
	if is.Partitions != 1 {
		return nil, fmt.Errorf("topic %q has %d partitions: that of rules has one, since revisions are in one order; make it anew with `processor topics`", topic, is.Partitions)
	}
	return &Book{client: client, log: stream.TopicPartition{Topic: topic}}, nil
}

// MissingError says that there is no topic of rules.
type MissingError struct{ Topic string }

// Error names the topic and the remedy.
func (e *MissingError) Error() string {
	return fmt.Sprintf("topic %q does not exist, so that no rules can be applied to a running service: create it with `processor topics`", e.Topic)
}

// Read reads on to the end that the topic has now.
func (b *Book) Read(ctx context.Context) error {
	ends, err := b.client.Ends(ctx, []stream.TopicPartition{b.log})
	if err != nil {
		return fmt.Errorf("read rules: %w", err)
	}
	b.next = max(b.next, ends[b.log].First)
	fetcher := b.fetcher()
	for b.next < ends[b.log].LastStable {
		if _, err := b.fetch(ctx, fetcher); err != nil {
			return err
		}
	}
	return nil
}

// Follow reads on until ctx ends, which is no error, and calls changed whenever there is a newer revision.
func (b *Book) Follow(ctx context.Context, changed func()) error {
	fetcher := b.fetcher()
	for ctx.Err() == nil {
		newer, err := b.fetch(ctx, fetcher)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			return err
		case newer:
			changed()
		}
	}
	return nil
}

func (b *Book) fetcher() *stream.Fetcher {
	return b.client.NewFetcher(stream.FetchOptions{Positions: []stream.Position{{TopicPartition: b.log, Offset: b.next}}, Unpacked: 8 << 20})
}

// fetch does one round, and tells whether it brought a newer revision.
func (b *Book) fetch(ctx context.Context, fetcher *stream.Fetcher) (newer bool, err error) {
	chunks, err := fetcher.Fetch(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("read rules: %w", err)
	}
	for i := range chunks {
		for j := range chunks[i].Records {
			record := &chunks[i].Records[j]
			r, err := decode(record.Key, record.Value)
			if err != nil {
				return false, fmt.Errorf("read rules: %v, offset %d: %w", b.log, record.Offset, err)
			}
			newer = b.add(r) || newer
			b.next = record.Offset + 1
		}
		b.next = max(b.next, chunks[i].Next)
	}
	return newer, nil
}

// add takes in a revision, and tells whether it is newer than all before.
func (b *Book) add(r *Revision) bool {
	if r == nil || r.Number <= b.last() {
		return false // Deleted, or read before.
	}
	b.revisions = append(b.revisions, *r)
	b.revisions = b.revisions[max(0, len(b.revisions)-Kept):]
	return true
}

func (b *Book) last() int64 {
	if len(b.revisions) == 0 {
		return 0
	}
	return b.revisions[len(b.revisions)-1].Number
}

// Newest is the revision that is in force; nil where none was applied.
func (b *Book) Newest() *Revision {
	if len(b.revisions) == 0 {
		return nil
	}
	return &b.revisions[len(b.revisions)-1]
}

// Revisions lists what was applied, as far as it is kept, the oldest first.
func (b *Book) Revisions() []Revision { return b.revisions }

// Find finds a revision by its number; nil where there is none any more.
func (b *Book) Find(number int64) *Revision {
	for i := range b.revisions {
		if b.revisions[i].Number == number {
			return &b.revisions[i]
		}
	}
	return nil
}
