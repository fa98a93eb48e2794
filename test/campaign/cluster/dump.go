package cluster

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// dumpTimeout bounds a dump.
const dumpTimeout = 2 * time.Minute

// dumped is a line of a dump.
type dumped struct {
	Partition     int32             `json:"partition"`
	Offset        int64             `json:"offset"`
	Time          time.Time         `json:"time"`
	ProducerID    int64             `json:"producer_id"`
	ProducerEpoch int16             `json:"producer_epoch"`
	Control       bool              `json:"control,omitempty"` // a transaction's marker
	Key           string            `json:"key"`               // hexadecimal, as the value
	Value         string            `json:"value"`
	Headers       map[string]string `json:"headers,omitempty"`
}

// Dump writes all topics, what was aborted too, to files of a folder: a line of JSON each record.
func (c *Cluster) Dump(ctx context.Context, folder string) error {
	ctx, cancel := context.WithTimeout(ctx, dumpTimeout)
	defer cancel()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make folder of the dump: %w", err)
	}
	var errs []error
	app := c.app.Load()
	if app == nil {
		return nil
	}
	topics := app.Topics()
	if app.Strange > 0 {
		topics = append(topics, app.Stranger())
	}
	for _, topic := range topics {
		if err := c.dumpTopic(ctx, topic, filepath.Join(folder, topic+".jsonl")); err != nil {
			errs = append(errs, fmt.Errorf("dump topic %s: %w", topic, err))
		}
	}
	return errors.Join(errs...)
}

func (c *Cluster) dumpTopic(ctx context.Context, topic, path string) (err error) {
	ends, err := c.admin.ListEndOffsets(ctx, topic)
	if err != nil {
		return err
	}
	consumed := map[int32]kgo.Offset{}
	left := 0
	ends.Each(func(end kadm.ListedOffset) {
		if end.Offset > 0 {
			consumed[end.Partition] = kgo.NewOffset().AtStart()
			left++
		}
	})
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(file)
	defer func() { err = errors.Join(err, buffered.Flush(), file.Close()) }()
	if left == 0 {
		return nil
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(c.nodes.Addresses()...), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: consumed}))
	if err != nil {
		return err
	}
	defer reader.Close()
	lines := json.NewEncoder(buffered)
	for left > 0 && err == nil {
		fetches := reader.PollFetches(ctx)
		err = errors.Join(fetches.Err(), ctx.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			err = errors.Join(err, lines.Encode(line(r)))
			if end, ok := ends.Lookup(topic, r.Partition); ok && r.Offset == end.Offset-1 {
				left--
			}
		})
	}
	return err
}

func line(r *kgo.Record) dumped {
	d := dumped{
		Partition: r.Partition, Offset: r.Offset, Time: r.Timestamp.UTC(), ProducerID: r.ProducerID, ProducerEpoch: r.ProducerEpoch,
		Control: r.Attrs.IsControl(), Key: hex.EncodeToString(r.Key), Value: hex.EncodeToString(r.Value),
	}
	for _, h := range r.Headers {
		if d.Headers == nil {
			d.Headers = map[string]string{}
		}
		d.Headers[h.Key] = string(h.Value)
	}
	return d
}
