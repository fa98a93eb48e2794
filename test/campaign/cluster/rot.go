package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/test/campaign/market"
)

// Rotten is a batch of an input whose bytes have changed on the disks of all nodes, so that nobody can read it.
type Rotten struct {
	Topic       string // its name in Kafka
	Partition   int
	First, Last int64  // offsets
	Raw         []byte // as it is now

	cluster *Cluster
	places  []place
}

// place is where the last byte of a batch is on a disk.
type place struct {
	file string
	at   int64
}

// At names the batch, as processors do.
func (r *Rotten) At() string { return fmt.Sprintf("%s/%d@%d", r.Topic, r.Partition, r.First) }

func (r *Rotten) in(topic string, partition int32) bool {
	return r != nil && r.Topic == topic && r.Partition == int(partition)
}

// errDown says that a node is down, or another batch rotten.
var errDown = errors.New("a node is down, or a batch is rotten already")

// SendRotten appends records of one log as a batch that nobody can read, and gives them their offsets. Nobody has read it before: it is sent in a
// transaction, and rots while that is open. All nodes must be up; until Mend none is killed.
func (c *Cluster) SendRotten(ctx context.Context, records []market.Record) (*Rotten, error) {
	c.mutex.Lock()
	bad := len(c.down) > 0 || c.rotten
	c.rotten = true
	c.mutex.Unlock()
	if bad {
		return nil, fmt.Errorf("send rotten batch: %w", errDown)
	}
	r, err := c.sendRotten(ctx, records)
	if err != nil {
		return nil, fmt.Errorf("send rotten batch: %w", err)
	}
	return r, nil
}

func (c *Cluster) sendRotten(ctx context.Context, records []market.Record) (*Rotten, error) {
	const oneBatch = time.Minute // Flush does not wait for it.
	producer, err := kgo.NewClient(c.senderOptions(kgo.TransactionalID("rotten"), kgo.ProducerLinger(oneBatch))...)
	if err != nil {
		return nil, fmt.Errorf("make producer: %w", err)
	}
	defer producer.Close()
	if err := producer.BeginTransaction(); err != nil {
		return nil, fmt.Errorf("begin transaction: %w", err)
	}
	sent := c.toSend(records)
	var failed error
	for _, r := range sent {
		producer.Produce(ctx, r, func(_ *kgo.Record, err error) { failed = errors.Join(failed, err) })
	}
	if err := errors.Join(producer.Flush(ctx), failed); err != nil {
		return nil, fmt.Errorf("send records: %w", err)
	}
	for i := range records {
		records[i].Offset = sent[i].Offset
	}
	last := sent[len(sent)-1]
	r := &Rotten{Topic: last.Topic, Partition: int(last.Partition), First: sent[0].Offset, Last: last.Offset, cluster: c}
	if err := r.rot(ctx); err != nil {
		return nil, err
	}
	c.held.Store(r)
	if err := producer.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return nil, fmt.Errorf("commit transaction: %w", err)
	}
	return r, nil
}

// replicateTimeout bounds the wait for all nodes to have a batch.
const replicateTimeout = time.Minute

// rot changes the batch on all nodes, once all have it.
func (r *Rotten) rot(ctx context.Context) error {
	for node := range r.cluster.size {
		folder := filepath.Join(r.cluster.nodes.Logs(node), fmt.Sprintf("%s-%d", r.Topic, r.Partition))
		found, err := backoff.Retry(ctx, func() (*located, error) { return locate(folder, r.First, r.Last) }, backoff.WithMaxElapsedTime(replicateTimeout))
		if err != nil {
			return fmt.Errorf("find batch on node %d: %w", node, err)
		}
		r.places, r.Raw = append(r.places, found.last), found.raw
	}
	r.Raw[len(r.Raw)-1] ^= 1
	return r.flip()
}

// flip changes the last bit of the batch on all nodes, or changes it back.
func (r *Rotten) flip() error {
	for _, p := range r.places {
		if err := p.flip(); err != nil {
			return fmt.Errorf("change a bit of a log: %w", err)
		}
	}
	return nil
}

func (p place) flip() error {
	file, err := os.OpenFile(p.file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	b := make([]byte, 1)
	_, err = file.ReadAt(b, p.at)
	if err == nil {
		_, err = file.WriteAt([]byte{b[0] ^ 1}, p.at)
	}
	return errors.Join(err, file.Close())
}

// Mend makes the batch whole again.
func (r *Rotten) Mend() error {
	if err := r.flip(); err != nil {
		return err
	}
	r.cluster.mutex.Lock()
	defer r.cluster.mutex.Unlock()
	r.cluster.rotten = false
	return nil
}

// Release counts what lies from the batch on as what is to be read.
func (r *Rotten) Release() { r.cluster.held.Store(nil) }
