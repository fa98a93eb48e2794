package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/deletetopics"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

// ListTopics is the names of all topics that the client may see, sorted.
func (c *Client) ListTopics(ctx context.Context) ([]string, error) {
	var names []string
	err := c.retry(ctx, func(ctx context.Context) error {
		answer, err := c.sendAny(ctx, new(metadata.Request)) // no topics named: all
		if err != nil {
			return err
		}
		names = names[:0]
		for _, t := range answer.(*metadata.Response).Topics {
			names = append(names, t.Name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// DeleteTopics deletes the topics that exist, and waits until they are gone.
func (c *Client) DeleteTopics(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	if err := c.retry(ctx, func(ctx context.Context) error { return c.deleteTopics(ctx, names) }); err != nil {
		return fmt.Errorf("delete topics: %w", err)
	}
	if err := c.retry(ctx, func(ctx context.Context) error { return c.awaitDeleted(ctx, names) }); err != nil {
		return fmt.Errorf("await deleted topics: %w", err)
	}
	return nil
}

func (c *Client) deleteTopics(ctx context.Context, names []string) error {
	address, err := c.controller(ctx)
	if err != nil {
		return err
	}
	answer, err := c.send(ctx, address, &deletetopics.Request{TopicNames: names, TimeoutMs: int32(c.options.RequestTimeout / time.Millisecond)})
	if err != nil {
		return err
	}
	for _, t := range answer.(*deletetopics.Response).Responses {
		err := needs{operation: remove, topic: t.Name}.refused(t.ErrorCode)
		if errors.Is(err, kafka.TopicDeletionDisabled) {
			err = fmt.Errorf("%w: set delete.topic.enable=true on the brokers", err)
		}
		if err != nil && !missing(err) {
			return &TopicError{Topic: t.Name, Partition: -1, Err: err}
		}
	}
	return nil
}

// awaitDeleted is nil once a broker knows none of the topics any more.
func (c *Client) awaitDeleted(ctx context.Context, names []string) error {
	found, err := c.topics(ctx, names)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, ok := found[name]; ok {
			return &TopicError{Topic: name, Partition: -1, Err: refusal{kafka.RequestTimedOut}}
		}
	}
	return nil
}
