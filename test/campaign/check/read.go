package check

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/pkg/events"
)

// readTimeout bounds reading what a round has brought.
const readTimeout = 5 * time.Minute

// readAll reads all topics, read committed, to their ends. Inputs one of which cannot be read are left for later.
func (c *Checker) readAll(ctx context.Context) error {
	return c.read(ctx, c.topics(c.moment.Held == nil))
}

// read reads topics to their ends, with a client that lives no longer, so that nothing is read ahead.
func (c *Checker) read(ctx context.Context, topics []string) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	behind := c.behind(topics)
	if len(behind) == 0 {
		return nil
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(c.options.Addresses...), kgo.ConsumePartitions(behind),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	if err != nil {
		return fmt.Errorf("make reader: %w", err)
	}
	defer reader.Close()
	for len(c.behind(topics)) > 0 {
		fetches := reader.PollFetches(ctx)
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

// behind is where to go on in logs that are not read to their ends.
func (c *Checker) behind(topics []string) map[string]map[int32]kgo.Offset {
	behind := map[string]map[int32]kgo.Offset{}
	for _, topic := range topics {
		for partition, at := range c.positions[topic] {
			if c.end(topic, partition) <= at {
				continue
			}
			if behind[topic] == nil {
				behind[topic] = map[int32]kgo.Offset{}
			}
			behind[topic][int32(partition)] = kgo.NewOffset().At(at)
		}
	}
	return behind
}

// end is where readers of a log end.
func (c *Checker) end(topic string, partition int) int64 {
	end, _ := c.ends.Lookup(topic, int32(partition))
	return end.Offset
}

// settle waits until no transaction holds readers back, and finds the ends of all topics. One that stays open is a problem.
func (c *Checker) settle(ctx context.Context) (err error) {
	c.ends, err = c.settled(ctx, c.topics(true))
	return err
}

// settled is the ends of topics, once no transaction holds readers back.
func (c *Checker) settled(ctx context.Context, names []string) (stable kadm.ListedOffsets, err error) {
	wait := backoff.NewConstantBackOff(200 * time.Millisecond)
	open := ""
	_, err = backoff.Retry(ctx, func() (struct{}, error) {
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
		err = nil
	}
	return stable, err
}

// take takes a record that was read, or a transaction's marker.
func (c *Checker) take(r *kgo.Record) {
	c.positions[r.Topic][r.Partition] = r.Offset + 1
	if r.Attrs.IsControl() {
		return
	}
	switch app := &c.options.App; r.Topic {
	case app.Alerts():
		c.takeAlert(r)
	case app.SellerHealth():
		c.takeReport(r)
	case app.DeadLetters():
		c.takeDeadLetter(r)
	default:
		if slices.Contains(c.changelogs, r.Topic) || r.Topic == app.Changelog() {
			c.takeState(r)
		} else {
			c.takeInput(r)
		}
	}
}

// takeInput demands that what lies in an input is what was sent.
func (c *Checker) takeInput(r *kgo.Record) {
	for topic := range events.NumTopics {
		if c.options.App.Input(topic) != r.Topic {
			continue
		}
		i := c.index(topic, int(r.Partition))
		at := c.inputsRead[i]
		c.inputsRead[i]++
		if at >= int64(len(c.inputs[i])) || r.Offset != c.inputs[i][at].Offset || !bytes.Equal(r.Value, c.inputs[i][at].Value) || !bytes.Equal(r.Key, c.inputs[i][at].Key) {
			c.problem("partition %d of %s has another record at offset %d than was sent", r.Partition, r.Topic, r.Offset)
		}
	}
}

func (c *Checker) compareInputs() {
	if c.moment.Held != nil {
		return // They were not read.
	}
	for i := range c.inputs {
		if int64(len(c.inputs[i])) != c.inputsRead[i] {
			topic, partition := events.Topic(i/c.options.App.Partitions), i%c.options.App.Partitions
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
