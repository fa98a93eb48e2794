package stream

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// exchange lends a connection to the broker at the address for one request and its answer. The error of a broken connection is an outage.
func (c *Client) exchange(ctx context.Context, address string, timeout time.Duration, talk func(*connection) error) error {
	conn, err := c.take(ctx, address)
	if err != nil {
		return err
	}
	stop := conn.obey(ctx, timeout)
	err = talk(conn)
	stop()
	if err == nil && ctx.Err() == nil {
		conn.used = true
		c.give(address, conn)
		return nil
	}
	conn.close()
	if err == nil {
		return nil // answered in the last moment; the connection's deadline may already be past
	}
	c.dropIdle(address)
	return broken(ctx, address, true, c.explainUnused(conn, err))
}

// broken is the error of a connection: the caller's own end, a broken protocol or an outage.
func broken(ctx context.Context, address string, sent bool, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Cause(ctx)
	case errors.Is(err, ErrCorrupt), errors.Is(err, ErrUnsupported), errors.Is(err, ErrUnauthorized), errors.Is(err, ErrUntrusted):
		return err
	}
	return &outage{address: address, sent: sent, err: err}
}

// send exchanges a request of kafka-go's own types.
func (c *Client) send(ctx context.Context, address string, request protocol.Message) (answer protocol.Message, err error) {
	err = c.exchange(ctx, address, c.options.RequestTimeout, func(conn *connection) error {
		answer, err = conn.codec.RoundTrip(request)
		return err
	})
	return answer, err
}

// sendAny exchanges a request that any broker can answer: with a known one or, failing that, one of those given.
func (c *Client) sendAny(ctx context.Context, request protocol.Message) (answer protocol.Message, err error) {
	err = c.anyBroker(ctx, func(ctx context.Context, address string) error {
		answer, err = c.send(ctx, address, request)
		return err
	})
	return answer, err
}

// anyBroker talks to broker after broker until one can be reached. One that hangs takes no more than its share of the time.
func (c *Client) anyBroker(ctx context.Context, talk func(ctx context.Context, address string) error) (err error) {
	addresses := c.addresses()
	for i, address := range addresses {
		share, cancel := part(ctx, len(addresses)-i)
		err = talk(share, address)
		cancel()
		if !errors.Is(err, ErrUnreachable) {
			c.noteAnswer(address)
			return err
		}
	}
	return err
}

// part is one of so many equal parts of the time that ctx has left.
func part(ctx context.Context, parts int) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/time.Duration(parts))
}

// noteAnswer notes who of those given answered.
func (c *Client) noteAnswer(address string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if slices.Contains(c.options.Brokers, address) {
		c.answered = address
	}
}

func (c *Client) take(ctx context.Context, address string) (*connection, error) {
	conn, err := c.rested(address)
	if conn != nil || err != nil {
		return conn, err
	}
	conn, err = c.connect(ctx, address)
	if err != nil {
		return nil, broken(ctx, address, false, err)
	}
	return conn, nil
}

// rested takes the connection to the address that was used last, if there is one, and closes those that are stale.
func (c *Client) rested(address string) (*connection, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	now := time.Now()
	connections := slices.DeleteFunc(c.idle[address], func(conn *connection) bool {
		if !conn.stale(now) {
			return false
		}
		conn.close()
		return true
	})
	if len(connections) == 0 {
		delete(c.idle, address)
		return nil, nil
	}
	last := len(connections) - 1
	conn := connections[last]
	c.idle[address] = connections[:last]
	return conn, nil
}

func (c *Client) give(address string, conn *connection) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.closed {
		conn.close()
		return
	}
	conn.rested = time.Now()
	c.idle[address] = append(c.idle[address], conn)
}

// dropIdle closes the resting connections to a broker of which one has just broken.
func (c *Client) dropIdle(address string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, conn := range c.idle[address] {
		conn.close()
	}
	delete(c.idle, address)
}
