package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/test/brokertest/apachekafka"
	"sellerpulse/test/campaign/cut"
)

// Cluster is for any goroutine, but for Send, SendRotten, Serve and Enlarge, which are for one.
type Cluster struct {
	Cuts *cut.Proxies // in front of the nodes

	size   int // nodes: with 3, topics are replicated thrice, two in sync being enough
	nodes  *apachekafka.Cluster
	client *kgo.Client // to ask
	admin  *kadm.Client
	sender *kgo.Client // to send

	app  atomic.Pointer[App]
	held atomic.Pointer[Rotten] // nil: nothing is in the way of the processors

	mutex  sync.Mutex // over nodes, down and rotten
	down   map[int]bool
	rotten bool // a batch is: a node that was killed would cut its log off there
}

// anySession has nodes allow sessions as short as a campaign wants: that is how long partitions of a killed process rest.
var anySession = map[string]string{"group.min.session.timeout.ms": "1000"}

// Start starts Kafka, of 1 or 3 nodes. Serve and Close are to follow.
func Start(ctx context.Context, nodes int) (*Cluster, error) {
	c := &Cluster{size: nodes, Cuts: cut.New(), down: map[int]bool{}}
	var err error
	c.nodes, err = apachekafka.Start(ctx, apachekafka.Options{Nodes: nodes, Proxy: c.Cuts.Add, Settings: anySession})
	if err != nil {
		c.Cuts.Close()
		return nil, err
	}
	if c.client, err = kgo.NewClient(kgo.SeedBrokers(c.nodes.Addresses()...)); err != nil {
		return nil, errors.Join(fmt.Errorf("make client: %w", err), c.Close())
	}
	c.admin = kadm.NewClient(c.client)
	return c, nil
}

// Addresses are the nodes' own, past the proxies.
func (c *Cluster) Addresses() []string { return c.nodes.Addresses() }

// Kill ends a node at once. It is false, and nothing done, when a node is down already, or must not be killed.
func (c *Cluster) Kill(node int) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.down) > 0 || c.rotten {
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
	for _, client := range []*kgo.Client{c.client, c.sender} {
		if client != nil {
			client.Close()
		}
	}
	c.Cuts.Close()
	return c.nodes.Close()
}
