package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"sellerpulse/pkg/events"
)

// interrupted notes that the registry does not answer, and gives the error of all until it is asked again. The mutex is held.
func (c *Client) interrupted(now time.Time, err error) error {
	if c.away == nil {
		c.away = &outage{since: now, wait: askAgain}
		c.metrics.away.Set(1)
		c.options.Logger.Warn("schema registry does not answer: schemas that are known are used, values of others wait", "error", err)
	}
	c.away.err = err
	c.away.next = now.Add(c.away.wait)
	c.away.wait = min(2*c.away.wait, outageBackoff)
	return err
}

// resumed notes that the registry answers. The mutex is held.
func (c *Client) resumed(now time.Time) {
	if c.away == nil {
		return
	}
	c.options.Logger.Info("schema registry answers again", "away", now.Sub(c.away.since).Round(time.Millisecond))
	c.metrics.away.Set(0)
	c.away = nil
}

// Away is why the registry did not answer when it was last asked for a schema; nil: it did.
func (c *Client) Away() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.away == nil {
		return nil
	}
	return fmt.Errorf("schema registry: %w", c.away.err)
}

// Await gives [Client.Schema] for whoever has nothing else to do than to wait for the end of an outage, no longer than ctx or the given time. An
// unknown id is not waited for: whoever asked can ask again.
func (c *Client) Await(ctx context.Context, most time.Duration) func(id uint32) (string, error) {
	return func(id uint32) (string, error) {
		return retry(ctx, most, func() (string, error) {
			text, err := c.Schema(id)
			if errors.Is(err, errNotYet) {
				err = events.ErrUnknownSchema
			}
			if err != nil && (final(err) || errors.Is(err, errSettings)) {
				return "", backoff.Permanent(err)
			}
			return text, err
		})
	}
}

// retry tries until it succeeds, fails for good, or the time is up.
func retry[T any](ctx context.Context, most time.Duration, try func() (T, error)) (T, error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 100*time.Millisecond, 2*time.Second
	return backoff.Retry(ctx, try, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(most))
}
