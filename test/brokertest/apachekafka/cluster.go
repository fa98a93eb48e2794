package apachekafka

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sync/errgroup"
)

// Options say what to start. The zero Options are one node.
type Options struct {
	Nodes    int               // 1 when 0; with 3, topics are replicated 3 times and 2 must be in sync
	Settings map[string]string // of server.properties, over those of this package
	// Listeners are further ones of every node: security protocols by name, as "SASL_SSL" by "SECURED".
	Listeners map[string]string

	// Proxy, when given, is told the address of a second listener of each node, PROXIED, before the nodes start, and returns the
	// address to advertise for it: that of a proxy in front of it. Clients that bootstrap from there stay behind the proxies; nodes
	// among themselves, and clients of Addresses, go past them. It may be called again for a node, with another address, when a
	// start is tried anew.
	Proxy func(node int, address string) (advertised string, err error)
}

// Cluster is one or more running nodes, each a broker and a controller. Nodes are numbered from 0. Its methods are for one
// goroutine at a time.
type Cluster struct {
	Installation Installation

	options Options
	id      string
	folder  string
	sweeper *sweeper
	nodes   []*node
}

// startAttempts bounds how often a cluster is started with other ports when a stranger took one of them.
const startAttempts = 3

// Start starts a cluster and returns when it answers, all its nodes being members. The error wraps ErrNotInstalled when
// there is nothing to start; else it holds the last lines that the node wrote.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	installation, err := Find()
	if err != nil {
		return nil, err
	}
	options.Nodes = max(options.Nodes, 1)
	for attempt := 1; ; attempt++ {
		cluster, err := start(ctx, installation, options)
		if err == nil {
			return cluster, nil
		}
		if attempt == startAttempts || !errors.Is(err, errPortTaken) {
			return nil, fmt.Errorf("start Apache Kafka %s: %w", installation.Version, err)
		}
	}
}

func start(ctx context.Context, installation Installation, options Options) (*Cluster, error) {
	cluster := &Cluster{Installation: installation, options: options, id: newClusterID()}
	if err := cluster.lay(); err != nil {
		return nil, errors.Join(err, cluster.Close())
	}
	var group errgroup.Group
	for _, node := range cluster.nodes {
		group.Go(func() error {
			if err := node.format(ctx, cluster.id); err != nil {
				return err
			}
			return node.start()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, errors.Join(err, cluster.Close())
	}
	if err := cluster.AwaitReady(ctx); err != nil {
		return nil, errors.Join(err, cluster.Close())
	}
	return cluster, nil
}

// newClusterID is a random UUID as Kafka writes them: 22 characters of URL-safe base 64.
func newClusterID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// lay makes the folders, claims the ports and writes the settings of all nodes.
func (c *Cluster) lay() (err error) {
	c.folder, err = os.MkdirTemp("", "sellerpulse-kafka-")
	if err != nil {
		return fmt.Errorf("make cluster folder: %w", err)
	}
	if c.sweeper, err = startSweeper(c.folder); err != nil {
		return err
	}
	for index := range c.options.Nodes {
		node := &node{installation: c.Installation, folder: filepath.Join(c.folder, strconv.Itoa(index+1)), further: map[string]port{}}
		c.nodes = append(c.nodes, node)
		if err := node.lay(c.options.Listeners); err != nil {
			return err
		}
		if err := c.proxy(index, node); err != nil {
			return err
		}
	}
	for index, node := range c.nodes {
		if err := os.WriteFile(node.settingsFile(), properties(c.settings(index)), 0o600); err != nil {
			return fmt.Errorf("write settings of node %d: %w", index, err)
		}
	}
	return nil
}

// proxied is the listener whose advertised address is a proxy's.
const proxied = "PROXIED"

// proxy claims a node's listener for a proxy and has it proxied, if that is wanted.
func (c *Cluster) proxy(index int, node *node) (err error) {
	if c.options.Proxy == nil {
		return nil
	}
	if node.further[proxied], err = claimPort(); err != nil {
		return err
	}
	if node.advertised, err = c.options.Proxy(index, node.further[proxied].address()); err != nil {
		return fmt.Errorf("proxy node %d: %w", index, err)
	}
	return nil
}

// Addresses are the nodes' "host:port"s, by node. They stay the same when a node is restarted.
func (c *Cluster) Addresses() []string {
	addresses := make([]string, len(c.nodes))
	for i, node := range c.nodes {
		addresses[i] = node.broker.address()
	}
	return addresses
}

// Listener is the nodes' "host:port"s of one of Options.Listeners, by node.
func (c *Cluster) Listener(name string) []string {
	addresses := make([]string, len(c.nodes))
	for i, node := range c.nodes {
		addresses[i] = node.further[name].address()
	}
	return addresses
}

// Logs is the folder of a node's logs, one folder in it a partition, named as TOPIC-PARTITION.
func (c *Cluster) Logs(index int) string { return c.nodes[index].directory }

// Kill ends a node at once, as a power cut would, and returns when it is gone. What the operating system holds of its
// files survives.
func (c *Cluster) Kill(index int) { c.nodes[index].end(os.Kill) }

// Stop ends a node in an orderly way and returns when it is gone. The last running node of a cluster that has lost its
// quorum does not end by being asked; it is killed after a while.
func (c *Cluster) Stop(index int) { c.nodes[index].end(syscall.SIGTERM) }

// Restart starts a node that was killed or stopped, on the same files and addresses, and returns when all nodes that run
// answer.
func (c *Cluster) Restart(ctx context.Context, index int) error {
	if err := c.nodes[index].start(); err != nil {
		return fmt.Errorf("restart node %d: %w", index, err)
	}
	return c.AwaitReady(ctx)
}

// Close kills all nodes and removes their files.
func (c *Cluster) Close() error {
	var errs []error
	for _, node := range c.nodes {
		node.end(os.Kill)
		errs = append(errs, node.release())
	}
	errs = append(errs, os.RemoveAll(c.folder))
	if c.sweeper != nil {
		c.sweeper.stop()
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close cluster: %w", err)
	}
	return nil
}
