package check

import (
	"context"
	"fmt"

	"sellerpulse/pkg/events"
	"sellerpulse/test/campaign/market"
)

// SentEnlarged tells of records that were sent to topics with more partitions than the application's, whose processors have ended for that: how
// many of each log they had taken before is what the group says. To partitions that there were not before nobody may have looked.
func (c *Checker) SentEnlarged(ctx context.Context, records []market.Record) error {
	committed, err := c.committed(ctx)
	if err != nil {
		return err
	}
	for topic := range events.NumTopics {
		name := c.options.App.Input(topic)
		for partition, at := range committed[name] {
			if int(partition) >= c.options.App.Partitions && at >= 0 {
				c.problem("group is at offset %d of partition %d of %s, which there was not before", at, partition, name)
			}
		}
	}
	for i := range records {
		r := &records[i]
		if r.Partition >= c.options.App.Partitions {
			continue
		}
		c.note(r)
		if r.Offset < committed[c.options.App.Input(r.Topic)][int32(r.Partition)] {
			c.references[r.Partition].Take(r.Record)
		}
	}
	return c.compareEnlarged(ctx)
}

// compareEnlarged demands that nobody has written to partitions of the changelog that there were not before.
func (c *Checker) compareEnlarged(ctx context.Context) error {
	changelog := c.options.App.Changelog()
	ends, err := c.admin.ListEndOffsets(ctx, changelog)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("list ends of the changelog: %w", err)
	}
	for partition, end := range ends[changelog] {
		if int(partition) >= c.options.App.Partitions && end.Offset > 0 {
			c.problem("partition %d of %s has a state of %d offsets, and there was no such partition before", partition, changelog, end.Offset)
		}
	}
	return nil
}
