package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/brokertest/apachekafka"
	"sellerpulse/test/campaign/cut"
)

// Options say what to start. All must be given.
type Options struct {
	Nodes      int // 1, or 3 with topics replicated thrice, two in sync being enough
	Partitions int // of each topic
	AppID      string
}

// Cluster is for any goroutine.
type Cluster struct {
	Cuts *cut.Proxies // in front of the nodes

	options Options
	nodes   *apachekafka.Cluster
	client  *kgo.Client
	admin   *kadm.Client

	mutex sync.Mutex // over nodes and down
	down  map[int]bool
}

// Start starts Kafka and creates the topics. Close is to follow.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	c := &Cluster{options: o, Cuts: cut.New(), down: map[int]bool{}}
	var err error
	c.nodes, err = apachekafka.Start(ctx, apachekafka.Options{Nodes: o.Nodes, Proxy: c.Cuts.Add})
	if err != nil {
		c.Cuts.Close()
		return nil, err
	}
	c.client, err = kgo.NewClient(
		kgo.SeedBrokers(c.nodes.Addresses()...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()),
	)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make client: %w", err), c.Close())
	}
	c.admin = kadm.NewClient(c.client)
	if err := c.createTopics(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Addresses are the nodes' own, past the proxies.
func (c *Cluster) Addresses() []string { return c.nodes.Addresses() }

// Kill ends a node at once. It is false, and nothing done, when a node is down already.
func (c *Cluster) Kill(node int) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.down) > 0 {
		return false
	}
	c.down[node] = true
	c.nodes.Kill(node)
	return true
}

// Restart starts a killed node again and returns when the cluster is whole.
func (c *Cluster) Restart(ctx context.Context, node int) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if err := c.nodes.Restart(ctx, node); err != nil {
		return err
	}
	delete(c.down, node)
	return nil
}

// Whole is whether no node is down.
func (c *Cluster) Whole() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.down) == 0
}

// Close ends everything.
func (c *Cluster) Close() error {
	if c.client != nil {
		c.client.Close()
	}
	c.Cuts.Close()
	return c.nodes.Close()
}
