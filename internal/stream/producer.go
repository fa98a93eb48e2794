package stream

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
)

// Producer appends to logs, each message once and in order. A transactional one does so by Commit, the other by Produce.
// It is not safe for concurrent use.
type Producer struct {
	client      *Client
	id          string // transactional; empty: idempotent only
	producer    int64
	epoch       int16
	compression Compression
	sequences   map[TopicPartition]int32 // of the next message
	failure     error                    // of the call that spent the producer

	encoder batchEncoder
	pending []pendingLog
}

// OpenTransactional makes a producer with the transactional id. An earlier one with the same id is fenced and its open
// transaction aborted before this returns. The broker aborts a transaction that stays open longer than the timeout.
func (c *Client) OpenTransactional(ctx context.Context, id string, timeout time.Duration) (*Producer, error) {
	request := &initproducerid.Request{
		TransactionalID: id, TransactionTimeoutMs: int32(timeout / time.Millisecond), ProducerID: noProducer, ProducerEpoch: -1,
	}
	p := &Producer{client: c, id: id, sequences: map[TopicPartition]int32{}}
	err := c.retry(ctx, func(ctx context.Context) error {
		return c.sendCoordinator(ctx, coordinatorKey{transactionCoordinator, id}, request, p.identify)
	})
	if err != nil {
		return nil, fmt.Errorf("open producer %q: %w", id, err)
	}
	return p, nil
}

// OpenIdempotent makes a producer without transactions.
func (c *Client) OpenIdempotent(ctx context.Context) (*Producer, error) {
	request := &initproducerid.Request{TransactionTimeoutMs: math.MaxInt32, ProducerID: noProducer, ProducerEpoch: -1}
	p := &Producer{client: c, sequences: map[TopicPartition]int32{}}
	err := c.retry(ctx, func(ctx context.Context) error {
		answer, err := c.sendAny(ctx, request)
		if err != nil {
			return err
		}
		return p.identify(answer)
	})
	if err != nil {
		return nil, fmt.Errorf("open producer: %w", err)
	}
	return p, nil
}

// SetCompression is how record batches are compressed from now on; None at first.
func (p *Producer) SetCompression(compression Compression) { p.compression = compression }

// identify takes the producer's id and epoch from the broker's answer.
func (p *Producer) identify(answer protocol.Message) error {
	response := answer.(*initproducerid.Response)
	p.producer, p.epoch = response.ProducerID, response.ProducerEpoch
	return needs{transactionalID: p.id}.refused(response.ErrorCode)
}

// Produce appends the messages without a transaction: each once, and those of one log in order. After an error the producer is
// spent, and a part of the messages may have been written.
func (p *Producer) Produce(ctx context.Context, outputs []Output) (Result, error) {
	if p.id != "" {
		return Result{}, errors.New("produce outside of a transaction: the producer is transactional")
	}
	if p.failure != nil {
		return Result{}, p.failure
	}
	result, err := p.append(ctx, outputs)
	if err != nil {
		p.failure = fmt.Errorf("produce: %w", err)
	}
	return result, p.failure
}

// nextSequence is where the sequence stands after so many messages: it goes round at the end of int32.
func nextSequence(sequence, count int32) int32 {
	if sequence > math.MaxInt32-count {
		return count - (math.MaxInt32 - sequence) - 1
	}
	return sequence + count
}

// repeated tells that a batch is in the log already: an earlier try got through.
func repeated(err error) bool { return errors.Is(err, kafka.DuplicateSequenceNumber) }
