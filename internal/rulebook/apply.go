package rulebook

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"sellerpulse/internal/stream"
)

// applyTimeout is how long a transaction that applies rules may stay open.
const applyTimeout = 30 * time.Second

// TransactionalID is the id under which rules of an application are applied.
func TransactionalID(appID string) string { return appID + "-rules" }

// Apply adds a revision, and gives it its number. Of two who do so at the same time the one fails that began first, and nothing of it came to pass.
func (b *Book) Apply(ctx context.Context, appID string, r Revision) (Revision, error) {
	producer, err := b.client.OpenTransactional(ctx, TransactionalID(appID), applyTimeout)
	if err != nil {
		return r, fmt.Errorf("apply rules: %w", err)
	}
	if err := b.Read(ctx); err != nil { // All there is, since whoever was at it has been fenced.
		return r, err
	}
	r.Number = b.last() + 1
	value, err := r.encode()
	if err != nil {
		return r, err
	}
	at := r.AppliedAt.UnixMilli()
	messages := []stream.Message{{Key: r.key(), Value: value, Timestamp: at}}
	if old := r.Number - Kept; old > 0 {
		messages = append(messages, stream.Message{Key: strconv.AppendInt(nil, old, 10), Timestamp: at})
	}
	result, err := producer.Commit(ctx, stream.Commit{Outputs: []stream.Output{{TopicPartition: b.log, Messages: messages}}})
	if err == nil {
		err = b.client.AwaitReadable(ctx, result.Next) // Whoever looks next sees it.
	}
	if err != nil {
		return r, fmt.Errorf("apply rules: %w", err)
	}
	b.add(&r)
	return r, nil
}
