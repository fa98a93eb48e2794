package check

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/pkg/events"
	"sellerpulse/test/campaign/cluster"
)

// readTimeout bounds reading what a round has brought.
const readTimeout = 5 * time.Minute

// read reads all topics, read committed, to their ends.
func (c *Checker) read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	ends, err := c.settled(ctx)
	if err != nil {
		return err
	}
	for c.behind(ends) {
		fetches := c.client.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read topics: %w", err)
		}
		var failed error
		fetches.EachError(func(topic string, partition int32, err error) {
			failed = fmt.Errorf("read partition %d of %s: %w", partition, topic, err)
		})
		if failed != nil {
			return failed
		}
		fetches.EachRecord(c.take)
	}
	return nil
}

// settled waits until no transaction holds readers back, and gives the ends of all topics. One that stays open is a problem.
func (c *Checker) settled(ctx context.Context) (kadm.ListedOffsets, error) {
	wait := backoff.NewConstantBackOff(200 * time.Millisecond)
	names := cluster.Topics(c.options.AppID)
	var stable kadm.ListedOffsets
	open := ""
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		high, err := c.admin.ListEndOffsets(ctx, names...)
		if err == nil {
			stable, err = c.admin.ListCommittedOffsets(ctx, names...)
		}
		if err != nil {
			return struct{}{}, fmt.Errorf("list ends: %w", err)
		}
		open = ""
		high.Each(func(end kadm.ListedOffset) {
			if last, ok := stable.Lookup(end.Topic, end.Partition); !ok || last.Err != nil || end.Err != nil || last.Offset != end.Offset {
				open = fmt.Sprintf("partition %d of %s ends at %d, readers are held back at %d", end.Partition, end.Topic, end.Offset, last.Offset)
			}
		})
		if open != "" {
			return struct{}{}, fmt.Errorf("await transactions: %s", open)
		}
		return struct{}{}, nil
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(c.options.SettleTimeout))
	if open != "" {
		c.problem("a transaction is left open: %s", open)
		return stable, nil
	}
	return stable, err
}

func (c *Checker) behind(ends kadm.ListedOffsets) bool {
	behind := false
	ends.Each(func(end kadm.ListedOffset) {
		behind = behind || c.positions[end.Topic][end.Partition] < end.Offset
	})
	return behind
}

// take takes a record that was read, or a transaction's marker.
func (c *Checker) take(r *kgo.Record) {
	c.positions[r.Topic][r.Partition] = r.Offset + 1
	if r.Attrs.IsControl() {
		return
	}
	switch r.Topic {
	case cluster.Alerts:
		c.takeAlert(r)
	case cluster.SellerHealth:
		c.takeReport(r)
	case cluster.DeadLetters:
		c.takeDeadLetter(r)
	case cluster.Changelog(c.options.AppID):
		c.takeClock(r)
	default:
		c.takeInput(r)
	}
}

// takeInput demands that what lies in an input is what was sent.
func (c *Checker) takeInput(r *kgo.Record) {
	for topic := range events.NumTopics {
		if topic.String() != r.Topic {
			continue
		}
		i := c.index(topic, int(r.Partition))
		at := c.inputsRead[i]
		c.inputsRead[i]++
		if r.Offset != at || at >= int64(len(c.inputs[i])) || !bytes.Equal(r.Value, c.inputs[i][at].Value) || !bytes.Equal(r.Key, c.inputs[i][at].Key) {
			c.problem("partition %d of %s has another record at offset %d than was sent", r.Partition, r.Topic, r.Offset)
		}
	}
}

func (c *Checker) compareInputs() {
	for i := range c.inputs {
		if int64(len(c.inputs[i])) != c.inputsRead[i] {
			topic, partition := events.Topic(i/c.options.Partitions), i%c.options.Partitions
			c.problem("partition %d of %v has %d records, %d were sent", partition, topic, c.inputsRead[i], len(c.inputs[i]))
		}
	}
}

// first is whether an alert or a dead letter is read for the first time.
func (c *Checker) first(what, id string) bool {
	id = what + " " + strconv.Quote(id)
	if c.seen[id] {
		c.result.Doubled++
		c.problem("%s is there twice", id)
		return false
	}
	c.seen[id] = true
	return true
}
