package check

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/pkg/events"
)

// clock is the changelog's record of how far a task has come: stream time, then the offset of the next record of each input, in the
// topics' order, as zig-zag varints.
type clock struct {
	known      bool
	streamTime int64
	offsets    [events.NumTopics]int64
}

const clockKey = "c"

func (c *Checker) takeClock(r *kgo.Record) {
	if string(r.Key) != clockKey {
		return
	}
	found, err := decodeClock(r.Value)
	if err != nil {
		c.problem("changelog at offset %d of partition %d: %v", r.Offset, r.Partition, err)
		return
	}
	if last := c.clocks[r.Partition]; last.known && found.streamTime < last.streamTime {
		c.problem("stream time of partition %d goes back from %d to %d", r.Partition, last.streamTime, found.streamTime)
	}
	c.clocks[r.Partition] = found
}

func decodeClock(value []byte) (c clock, err error) {
	next := func() int64 {
		n, read := binary.Varint(value)
		if read <= 0 {
			err = fmt.Errorf("decode clock: %d bytes end too early", len(value))
			return 0
		}
		value = value[read:]
		return n
	}
	c.known, c.streamTime = true, next()
	for i := range c.offsets {
		c.offsets[i] = next()
	}
	if err == nil && len(value) > 0 {
		err = fmt.Errorf("decode clock: %d bytes are left over", len(value))
	}
	return c, err
}

// compareOffsets demands that the group has read everything, and that the changelog says the same.
func (c *Checker) compareOffsets(ctx context.Context) error {
	committed, err := c.admin.FetchOffsets(ctx, c.options.AppID)
	if err == nil {
		err = committed.Error()
	}
	if err != nil {
		return fmt.Errorf("fetch offsets of the group: %w", err)
	}
	for topic := range events.NumTopics {
		for partition := range c.options.Partitions {
			sent := int64(len(c.inputs[c.index(topic, partition)]))
			at, known := committed.Lookup(topic.String(), int32(partition))
			if known && at.At != sent || !known && sent > 0 {
				c.problem("group is at offset %d of partition %d of %v, which ends at %d", at.At, partition, topic, sent)
			}
			if kept := c.clocks[partition]; kept.known && kept.offsets[topic] != sent {
				c.problem("changelog is at offset %d of partition %d of %v, which ends at %d", kept.offsets[topic], partition, topic, sent)
			}
		}
	}
	for partition, kept := range c.clocks {
		if want := c.references[partition].StreamTime; kept.known && kept.streamTime != want || !kept.known && want != events.None {
			c.problem("stream time of partition %d is %d, must be %d", partition, kept.streamTime, want)
		}
	}
	return nil
}

// compareTransactions demands that none of the application is open.
func (c *Checker) compareTransactions(ctx context.Context) error {
	listed, err := c.admin.ListTransactions(ctx, nil, []string{"Ongoing", "PrepareCommit", "PrepareAbort"})
	if err != nil {
		return fmt.Errorf("list transactions: %w", err)
	}
	for id, transaction := range listed {
		if strings.HasPrefix(id, c.options.AppID+"-") {
			c.problem("transaction of %s is left in state %s", id, transaction.State)
		}
	}
	return nil
}
