package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/test/campaign/market"
)

// Send appends records to their logs, each once, and gives them their offsets. It waits for nodes that are down.
func (c *Cluster) Send(ctx context.Context, records []market.Record) error {
	sent := make([]*kgo.Record, len(records))
	for i := range records {
		r := &records[i]
		sent[i] = &kgo.Record{
			Topic: r.Topic.String(), Partition: int32(r.Partition), Key: r.Key, Value: r.Value, Timestamp: time.UnixMilli(r.Timestamp),
		}
	}
	if err := c.client.ProduceSync(ctx, sent...).FirstErr(); err != nil {
		return fmt.Errorf("send records: %w", err)
	}
	for i := range records {
		records[i].Offset = sent[i].Offset
	}
	return nil
}

// Progress is how many records the application's group has read, by the offsets that it committed, of those that lie in the inputs.
func (c *Cluster) Progress(ctx context.Context) (read, written int64, err error) {
	committed, err := c.Committed(ctx)
	if err != nil {
		return 0, 0, err
	}
	ends, err := c.admin.ListEndOffsets(ctx, Inputs()...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return 0, 0, fmt.Errorf("list ends: %w", err)
	}
	for topic, partitions := range ends {
		for partition, end := range partitions {
			written += end.Offset
			read += committed[topic][partition]
		}
	}
	return read, written, nil
}

// Committed are the group's offsets, by topic and partition.
func (c *Cluster) Committed(ctx context.Context) (map[string]map[int32]int64, error) {
	found, err := c.admin.FetchOffsets(ctx, c.options.AppID)
	if err == nil {
		err = found.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("fetch offsets of the group: %w", err)
	}
	offsets := map[string]map[int32]int64{}
	for topic, partitions := range found {
		offsets[topic] = map[int32]int64{}
		for partition, offset := range partitions {
			offsets[topic][partition] = offset.At
		}
	}
	return offsets, nil
}
