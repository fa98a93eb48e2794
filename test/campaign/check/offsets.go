package check

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/twmb/franz-go/pkg/kadm"
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

// What a key of the changelog is of: the clock, or counts that have outlived their orders.
const (
	clockKey  = "c"
	frozenKey = "f"
)

func (c *Checker) takeState(r *kgo.Record) {
	switch key := string(r.Key); {
	case key == clockKey:
		c.takeClock(r)
	case strings.HasPrefix(key, frozenKey) && r.Value != nil:
		c.result.Frozen++
	}
}

func (c *Checker) takeClock(r *kgo.Record) {
	found, err := decodeClock(r.Value)
	if err != nil {
		c.problem("changelog at offset %d of partition %d: %v", r.Offset, r.Partition, err)
		return
	}
	if c.clocks[r.Topic] == nil {
		c.clocks[r.Topic] = make([]clock, c.options.App.Partitions)
	}
	clocks := c.clocks[r.Topic]
	if last := clocks[r.Partition]; last.known && found.streamTime < last.streamTime {
		c.problem("stream time of partition %d goes back from %d to %d", r.Partition, last.streamTime, found.streamTime)
	}
	clocks[r.Partition] = found
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

// compareOffsets demands that the group has read everything, but for what is held up, and that the changelog says the same.
func (c *Checker) compareOffsets(ctx context.Context) error {
	committed, err := c.committed(ctx)
	if err != nil {
		return err
	}
	for topic := range events.NumTopics {
		name := c.options.App.Input(topic)
		for partition := range c.options.App.Partitions {
			at, kept := max(committed[name][int32(partition)], 0), c.clockOf(partition)
			must, why := c.end(name, partition), "which ends at"
			if h := c.moment.Held; h != nil && h.Topic == name && h.Partition == partition {
				must, why = h.First, "of which nothing can be read from"
			}
			if c.moment.Refused {
				must, why = at, "but the group at"
			} else if at != must {
				c.problem("group is at offset %d of partition %d of %v, %s %d", at, partition, topic, why, must)
			}
			if kept.known && kept.offsets[topic] != must {
				c.problem("changelog is at offset %d of partition %d of %v, %s %d", kept.offsets[topic], partition, topic, why, must)
			}
		}
	}
	for partition := range c.options.App.Partitions {
		kept := c.clockOf(partition)
		if want := c.references[partition].StreamTime; kept.known && kept.streamTime != want || !kept.known && want != events.None {
			c.problem("stream time of partition %d is %d, must be %d", partition, kept.streamTime, want)
		}
	}
	return nil
}

// clockOf is the latest clock of the changelog that is the state of a partition.
func (c *Checker) clockOf(partition int) clock {
	if clocks := c.clocks[c.changelogs[partition]]; clocks != nil {
		return clocks[partition]
	}
	return clock{}
}

// findChangelogs finds out which changelog is the state of each partition: the group's offsets name it.
func (c *Checker) findChangelogs(ctx context.Context) error {
	found, err := c.admin.FetchOffsets(ctx, c.options.App.ID)
	if err == nil {
		err = found.Error()
	}
	if err != nil {
		return fmt.Errorf("fetch offsets of the group: %w", err)
	}
	found.Each(func(o kadm.OffsetResponse) {
		if o.Metadata == "" || int(o.Partition) >= len(c.changelogs) {
			return
		}
		var mark struct{ Changelog string }
		if err := json.Unmarshal([]byte(o.Metadata), &mark); err != nil || mark.Changelog == "" {
			c.problem("offset of partition %d of %s has the metadata %q", o.Partition, o.Topic, o.Metadata)
			return
		}
		c.changelogs[o.Partition] = mark.Changelog
		if c.positions[mark.Changelog] == nil {
			c.positions[mark.Changelog] = make([]int64, c.options.App.Partitions)
		}
	})
	return nil
}

// topics are all that there is to read, the inputs too or not.
func (c *Checker) topics(inputs bool) []string {
	names := append(c.options.App.Outputs(), c.changelogs...)
	if inputs {
		names = append(names, c.options.App.Inputs()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// committed are the group's offsets, by topic and partition.
func (c *Checker) committed(ctx context.Context) (map[string]map[int32]int64, error) {
	found, err := c.admin.FetchOffsets(ctx, c.options.App.ID)
	if err == nil {
		err = found.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("fetch offsets of the group: %w", err)
	}
	committed := map[string]map[int32]int64{}
	found.Each(func(o kadm.OffsetResponse) {
		if committed[o.Topic] == nil {
			committed[o.Topic] = map[int32]int64{}
		}
		committed[o.Topic][o.Partition] = o.At
	})
	return committed, nil
}

// compareTransactions demands that none of the application is open once nobody works. Where processors have refused to, one that was killed before
// has left what nobody but the brokers ends, after a time.
func (c *Checker) compareTransactions(ctx context.Context) error {
	if c.moment.Live {
		return nil
	}
	patience := time.Nanosecond
	if c.moment.Refused {
		patience = c.options.SettleTimeout
	}
	var left []string
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		var err error
		if left, err = c.openTransactions(ctx); err == nil && len(left) > 0 {
			err = errors.New("transactions are open")
		}
		return struct{}{}, err
	}, backoff.WithMaxElapsedTime(patience))
	for _, open := range left {
		c.problem("%s", open)
		err = nil
	}
	return err
}

// openTransactions are those of the application, in words.
func (c *Checker) openTransactions(ctx context.Context) (open []string, err error) {
	listed, err := c.admin.ListTransactions(ctx, nil, []string{"Ongoing", "PrepareCommit", "PrepareAbort"})
	if err != nil {
		return nil, fmt.Errorf("list transactions: %w", err)
	}
	for id, transaction := range listed {
		// What a backfill has left that was discarded brokers end.
		if strings.HasPrefix(id, c.options.App.ID+"-") && !strings.HasPrefix(id, c.options.App.ID+"-backfill-") {
			open = append(open, fmt.Sprintf("transaction of %s is left in state %s", id, transaction.State))
		}
	}
	return open, nil
}
