package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"
)

// missingTopicPatience is how long a topic may be unknown before it is missing: brokers learn of a new one one after the other.
const missingTopicPatience = 3 * time.Second

// lastMoment is how long before its time is up a call's errors are mostly of that.
const lastMoment = 20 * time.Millisecond

// retry repeats a step while its error may pass, with growing pauses, for at most Options.RetryTimeout.
func (c *Client) retry(ctx context.Context, step func(context.Context) error) error {
	return c.retryIf(ctx, retriable, step)
}

func (c *Client) retryIf(ctx context.Context, again func(error) bool, step func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, c.options.RetryTimeout)
	defer cancel()
	started := time.Now()
	deadline, _ := limited.Deadline()
	var last error
	operation := func() (struct{}, error) {
		err := step(limited)
		if err == nil {
			return struct{}{}, nil
		}
		if last == nil || time.Until(deadline) > lastMoment {
			last = err // Not one of the end itself, which says less.
		}
		if !again(err) || missing(err) && time.Since(started) > missingTopicPatience {
			return struct{}{}, backoff.Permanent(err)
		}
		return struct{}{}, err
	}
	_, err := backoff.Retry(limited, operation, backoff.WithBackOff(newBackOff()), backoff.WithMaxElapsedTime(c.options.RetryTimeout))
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return context.Cause(ctx)
	case limited.Err() != nil:
		return exhausted(last)
	}
	return err
}

// exhausted is the error of a call that ran out of time: an outage, whatever the last answer was.
func exhausted(last error) error {
	if last == nil || errors.Is(last, ErrUnreachable) || !retriable(last) {
		return last
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, last)
}

// newBackOff starts short, for transaction markers are mostly written within a millisecond or two.
func newBackOff() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = 2 * time.Millisecond
	b.Multiplier = 2
	b.MaxInterval = 500 * time.Millisecond
	return b
}

// retriable tells whether an error may be gone on the next try.
func retriable(err error) bool {
	if errors.Is(err, ErrUnreachable) || missing(err) {
		return true
	}
	var r refusal
	return errors.As(err, &r) && r.retriable()
}

func missing(err error) bool { return errors.Is(err, kafka.UnknownTopicOrPartition) }
