package stream

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol/listoffsets"

	"sellerpulse/internal/panics"
	"sellerpulse/internal/wait"
)

// Special times in a request for offsets.
const (
	endOfLog   = -1
	startOfLog = -2
)

// Ends is what can be read of each log, read committed.
func (c *Client) Ends(ctx context.Context, logs []TopicPartition) (map[TopicPartition]Range, error) {
	ranges := make(map[TopicPartition]Range, len(logs))
	err := c.retry(ctx, func(ctx context.Context) error {
		first, err := c.offsetsAt(ctx, logs, startOfLog)
		if err != nil {
			return err
		}
		last, err := c.offsetsAt(ctx, logs, endOfLog)
		for _, tp := range logs {
			ranges[tp] = Range{First: first[tp], LastStable: last[tp]}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read ends of logs: %w", err)
	}
	return ranges, nil
}

// AwaitReadable waits until the records before some offsets can be read. Those of a transaction can be a moment after the brokers have said that it is
// committed, and not as long as a transaction of others is open before them.
func (c *Client) AwaitReadable(ctx context.Context, next map[TopicPartition]int64) error {
	logs := slices.Collect(maps.Keys(next))
	for {
		ends, err := c.Ends(ctx, logs)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(logs, func(tp TopicPartition) bool { return ends[tp].LastStable < next[tp] }) {
			return nil
		}
		if !wait.For(ctx, readableWait) {
			return ctx.Err()
		}
	}
}

// readableWait is between two looks at whether records can be read.
const readableWait = 10 * time.Millisecond

// OffsetsAt is the offset of the first record of each log that arrived at a time, in milliseconds since 1970, or later; the end where there is none.
func (c *Client) OffsetsAt(ctx context.Context, logs []TopicPartition, time int64) (map[TopicPartition]int64, error) {
	var offsets map[TopicPartition]int64
	err := c.retry(ctx, func(ctx context.Context) error {
		at, err := c.offsetsAt(ctx, logs, time)
		if err != nil {
			return err
		}
		ends, err := c.offsetsAt(ctx, logs, endOfLog)
		for _, tp := range logs {
			if at[tp] < 0 {
				at[tp] = ends[tp]
			}
		}
		offsets = at
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find offsets by time: %w", err)
	}
	return offsets, nil
}

// offsetsAt asks each leader for the offsets of its logs at a time.
func (c *Client) offsetsAt(ctx context.Context, logs []TopicPartition, time int64) (map[TopicPartition]int64, error) {
	groups, err := c.byLeader(ctx, logs)
	if err != nil {
		return nil, err
	}
	offsets := make(map[TopicPartition]int64, len(logs))
	var mutex sync.Mutex
	var group panics.Group
	for address, indexes := range groups {
		group.Go(func() error {
			answer, err := c.send(ctx, address, offsetsRequest(logs, indexes, time))
			mutex.Lock()
			defer mutex.Unlock()
			if err != nil {
				c.dropLeaders(logs...)
				return err
			}
			return c.takeOffsets(answer.(*listoffsets.Response), offsets)
		})
	}
	if err := worst(group.Wait()); err != nil {
		return nil, err
	}
	for _, tp := range logs {
		if _, ok := offsets[tp]; !ok {
			return nil, fmt.Errorf("%w: no offset of %v in the answer", ErrCorrupt, tp)
		}
	}
	return offsets, nil
}

func offsetsRequest(logs []TopicPartition, indexes []int, time int64) *listoffsets.Request {
	request := &listoffsets.Request{ReplicaID: -1, IsolationLevel: readCommitted}
	partitions := map[string][]listoffsets.RequestPartition{}
	for _, i := range indexes {
		partitions[logs[i].Topic] = append(partitions[logs[i].Topic],
			listoffsets.RequestPartition{Partition: logs[i].Partition, CurrentLeaderEpoch: -1, Timestamp: time})
	}
	for topic, list := range partitions {
		request.Topics = append(request.Topics, listoffsets.RequestTopic{Topic: topic, Partitions: list})
	}
	return request
}

func (c *Client) takeOffsets(response *listoffsets.Response, offsets map[TopicPartition]int64) error {
	for _, t := range response.Topics {
		for _, p := range t.Partitions {
			tp := TopicPartition{t.Topic, p.Partition}
			if err := (needs{operation: describe, topic: t.Topic}).refused(p.ErrorCode); err != nil {
				c.dropLeaders(tp)
				return &TopicError{Topic: t.Topic, Partition: p.Partition, Err: err}
			}
			offsets[tp] = p.Offset
		}
	}
	return nil
}
