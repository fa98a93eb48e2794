package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

// Offsets is what the group has committed of each log. It waits for transactions that are just being
// ended, so that what Commit has acknowledged is seen; after OpenTransactional nothing of an earlier owner is in flight.
func (c *Client) Offsets(ctx context.Context, group string, logs []TopicPartition) (map[TopicPartition]Committed, error) {
	return c.readOffsets(ctx, group, logs, true)
}

// EndedOffsets is what the group has committed of each log by transactions that are ended for good. It does not wait for others, one of which may be that
// of a process which was killed, and is ended by who opens its transactional id, or after its timeout.
func (c *Client) EndedOffsets(ctx context.Context, group string, logs []TopicPartition) (map[TopicPartition]Committed, error) {
	return c.readOffsets(ctx, group, logs, false)
}

func (c *Client) readOffsets(ctx context.Context, group string, logs []TopicPartition, stable bool) (map[TopicPartition]Committed, error) {
	var offsets map[TopicPartition]Committed
	err := c.retry(ctx, func(ctx context.Context) (err error) {
		offsets, err = c.offsets(ctx, group, logs, stable)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read offsets of group %q: %w", group, err)
	}
	return offsets, nil
}

func (c *Client) offsets(ctx context.Context, group string, logs []TopicPartition, stable bool) (map[TopicPartition]Committed, error) {
	offsets := make(map[TopicPartition]Committed, len(logs))
	for _, tp := range logs {
		offsets[tp] = Committed{Offset: -1}
	}
	err := c.atCoordinator(ctx, coordinatorKey{groupCoordinator, group}, func(address string) error {
		var answer []byte
		err := c.exchange(ctx, address, c.options.RequestTimeout, func(conn *connection) (err error) {
			answer, err = conn.exchangeRaw(offsetFetchRequest(conn.clientID, group, logs, stable))
			return err
		})
		if err != nil {
			return err
		}
		return needs{group: group}.explain(parseOffsets(answer, offsets))
	})
	if errors.Is(err, kafka.GroupIdNotFound) { // It has committed nothing; most brokers say so by offsets of -1.
		err = nil
	}
	return offsets, err
}

// offsetFetchRequest is an OffsetFetch of version 7, which kafka-go does not know: the first that can ask for stable offsets.
func offsetFetchRequest(clientID, group string, logs []TopicPartition, stable bool) []byte {
	b := append(openRequest(nil, protocol.OffsetFetch, offsetFetchVersion, clientID), 0)
	b = appendCompact(b, group)
	b = appendUvarint(b, len(logs)+1)
	for _, tp := range logs {
		b = appendCompact(b, tp.Topic)
		b = append(b, 2) // one partition
		b = appendInt32(b, tp.Partition)
		b = append(b, 0)
	}
	if stable {
		return append(b, 1, 0)
	}
	return append(b, 0, 0)
}

// parseOffsets reads the answer to an offsetFetchRequest.
func parseOffsets(answer []byte, offsets map[TopicPartition]Committed) error {
	r := reader{b: answer}
	r.skipTags()
	r.int32() // throttle time
	var failure error
	for range r.compactCount(4) {
		topic := string(r.take(r.compactCount(1)))
		for range r.compactCount(20) {
			tp, offset := TopicPartition{topic, r.int32()}, r.int64()
			r.int32() // leader epoch
			metadata := string(r.take(r.compactCount(1)))
			if err := (needs{operation: describe, topic: topic}).refused(r.int16()); err != nil && failure == nil {
				failure = &TopicError{Topic: tp.Topic, Partition: tp.Partition, Err: err}
			}
			r.skipTags()
			offsets[tp] = Committed{offset, metadata}
		}
		r.skipTags()
	}
	if err := refused(r.int16()); err != nil {
		return err
	}
	if err := r.err("committed offsets"); err != nil {
		return err
	}
	return failure
}
