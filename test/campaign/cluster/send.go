package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/test/campaign/market"
)

func (c *Cluster) senderOptions(further ...kgo.Opt) []kgo.Opt {
	return append([]kgo.Opt{
		kgo.SeedBrokers(c.nodes.Addresses()...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()),
	}, further...)
}

// Send appends records to their logs, each once, and gives them their offsets there: of those that go to the stranger's topic, in that. It waits for nodes
// that are down.
func (c *Cluster) Send(ctx context.Context, records []market.Record) error {
	sent := c.toSend(records)
	if err := c.sender.ProduceSync(ctx, sent...).FirstErr(); err != nil {
		return fmt.Errorf("send records: %w", err)
	}
	for i := range records {
		if s := records[i].Strange; s != nil {
			s.Offset = sent[i].Offset
		} else {
			records[i].Offset = sent[i].Offset
		}
	}
	return nil
}

func (c *Cluster) toSend(records []market.Record) []*kgo.Record {
	app, sent := c.app.Load(), make([]*kgo.Record, len(records))
	for i := range records {
		r := &records[i]
		sent[i] = &kgo.Record{
			Topic: app.Input(r.Topic), Partition: int32(r.Partition), Key: r.Key, Value: r.Value, Timestamp: time.UnixMilli(r.Timestamp),
		}
		if s := r.Strange; s != nil {
			sent[i].Topic, sent[i].Partition, sent[i].Key, sent[i].Value = app.Stranger(), int32(s.Partition), s.Key, s.Value
		}
	}
	return sent
}

// Progress is how far an application's group has come, by the offsets that it committed.
type Progress struct {
	App  string // its id
	Read int64  // offsets, of all inputs together
	Left int64  // records that it has yet to read, without those from a rotten batch on
}

// Progress is that of the application that is served.
func (c *Cluster) Progress(ctx context.Context) (Progress, error) {
	return c.ProgressOf(ctx, c.app.Load().ID)
}

// ProgressOf is that of a group that reads the inputs of the application which is served.
func (c *Cluster) ProgressOf(ctx context.Context, group string) (Progress, error) {
	app, held := c.app.Load(), c.held.Load()
	p := Progress{App: group}
	committed, err := c.committed(ctx, group)
	if err != nil {
		return p, err
	}
	ends, err := c.admin.ListEndOffsets(ctx, app.Inputs()...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return p, fmt.Errorf("list ends: %w", err)
	}
	for topic, partitions := range ends {
		for partition, end := range partitions {
			to, at := end.Offset, committed[topic][partition]
			if held.in(topic, partition) {
				to = held.First
			}
			p.Read += at
			p.Left += max(0, to-at)
		}
	}
	return p, nil
}

// Uncarried is how many records of the stranger's topic the intake has yet to carry over.
func (c *Cluster) Uncarried(ctx context.Context) (left int64, err error) {
	app := c.app.Load()
	if app.Strange == 0 {
		return 0, nil
	}
	committed, err := c.committed(ctx, app.IntakeGroup())
	if err != nil {
		return 0, err
	}
	ends, err := c.admin.ListEndOffsets(ctx, app.Stranger())
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return 0, fmt.Errorf("list ends: %w", err)
	}
	for partition, end := range ends[app.Stranger()] {
		left += end.Offset - committed[app.Stranger()][partition]
	}
	return left, nil
}

// ChangelogOf is the changelog that a group's offsets name; empty where they name none.
func (c *Cluster) ChangelogOf(ctx context.Context, group string) (string, error) {
	found, err := c.offsets(ctx, group)
	if err != nil {
		return "", err
	}
	var mark struct{ Changelog string }
	for _, partitions := range found {
		for _, offset := range partitions {
			if offset.Metadata == "" {
				continue
			}
			if err := json.Unmarshal([]byte(offset.Metadata), &mark); err != nil {
				return "", fmt.Errorf("read what group %s keeps with its offsets: %w", group, err)
			}
			return mark.Changelog, nil
		}
	}
	return "", nil
}

// offsetsPatience is for how long a group's offsets may not be had: a node that is killed takes connections, and the group's coordinator, with it.
const offsetsPatience = time.Minute

func (c *Cluster) offsets(ctx context.Context, group string) (kadm.OffsetResponses, error) {
	found, err := backoff.Retry(ctx, func() (kadm.OffsetResponses, error) {
		found, err := c.admin.FetchOffsets(ctx, group)
		return found, cmp.Or(err, found.Error())
	}, backoff.WithBackOff(backoff.NewConstantBackOff(200*time.Millisecond)), backoff.WithMaxElapsedTime(offsetsPatience))
	if err != nil {
		return nil, fmt.Errorf("fetch offsets of group %s: %w", group, err)
	}
	return found, nil
}

// Committed are the group's offsets, by topic and partition.
func (c *Cluster) Committed(ctx context.Context) (map[string]map[int32]int64, error) {
	return c.committed(ctx, c.app.Load().ID)
}

func (c *Cluster) committed(ctx context.Context, group string) (map[string]map[int32]int64, error) {
	found, err := c.offsets(ctx, group)
	if err != nil {
		return nil, err
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
