package stream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// reachAtOnce bounds how many brokers Reach connects to at the same time.
const reachAtOnce = 16

// Reach connects to every broker at the address that it advertises, trying for Options.DialTimeout. Its error names those that cannot be reached, and why.
func (c *Client) Reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.DialTimeout)
	defer cancel()
	var mutex sync.Mutex
	failed := map[int32]error{}
	var group errgroup.Group
	group.SetLimit(reachAtOnce)
	for node, address := range c.advertised() {
		group.Go(func() error {
			err := c.retry(ctx, func(ctx context.Context) error { return c.touch(ctx, address) })
			mutex.Lock()
			defer mutex.Unlock()
			if err != nil {
				failed[node] = err
			}
			return nil
		})
	}
	_ = group.Wait() // What failed is told all together.
	var errs []error
	for _, node := range slices.Sorted(maps.Keys(failed)) {
		errs = append(errs, failed[node])
	}
	return errors.Join(errs...)
}

// reachAny is nil once one broker can be reached where it says that it is: the one that was named may be a way to the cluster alone.
func (c *Client) reachAny(ctx context.Context) (err error) {
	all := c.advertised()
	nodes := slices.Sorted(maps.Keys(all))
	for i, node := range nodes {
		share, cancel := part(ctx, len(nodes)-i)
		err = c.touch(share, all[node])
		cancel()
		if !errors.Is(err, ErrUnreachable) {
			return err
		}
	}
	return err
}

// advertised is the addresses that the brokers told last, by node.
func (c *Client) advertised() map[int32]string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return maps.Clone(c.brokers)
}

// touch makes sure that there is, or was just now, a connection to the address.
func (c *Client) touch(ctx context.Context, address string) error {
	conn, err := c.take(ctx, address)
	if err == nil {
		c.give(address, conn)
	}
	return err
}

// advertisedError says that a broker cannot be reached at the address that it advertises, and never could be, though the cluster answers.
type advertisedError struct {
	node    int32
	address string
	by      string // who answered
	err     error
}

func (e *advertisedError) Error() string {
	cannot := "reached"
	if errors.As(e.err, new(*net.DNSError)) {
		cannot = "resolved"
	}
	return fmt.Sprintf("kafka answers at %s, but its broker %d advertises the address %s, which cannot be %s from here: %v: set advertised.listeners of that broker to an address that clients reach",
		e.by, e.node, e.address, cannot, e.err)
}

func (e *advertisedError) Unwrap() error { return e.err }

// explainDial tells an address that could never be dialled, and was not given but advertised, from a broker that is away.
func (c *Client) explainDial(address string, err error) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.reached[address] || slices.Contains(c.options.Brokers, address) {
		return err
	}
	for node, advertised := range c.brokers {
		if advertised == address {
			return &advertisedError{node: node, address: address, by: c.answered, err: err}
		}
	}
	return err
}

// noteReached notes that an address can be dialled.
func (c *Client) noteReached(address string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.reached[address] = true
}
