package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/deletegroups"
	"github.com/segmentio/kafka-go/protocol/describegroups"
)

// Consumer is a member of a group as anybody can see it.
type Consumer struct {
	ClientID, Host string
}

// Consumers are the members that a group has now; none where there is no such group.
func (c *Client) Consumers(ctx context.Context, group string) ([]Consumer, error) {
	var consumers []Consumer
	request := &describegroups.Request{Groups: []string{group}}
	err := c.askGroup(ctx, group, describe, request, func(answer protocol.Message) error {
		consumers = nil
		for _, g := range answer.(*describegroups.Response).Groups {
			if err := refused(g.ErrorCode); err != nil && !errors.Is(err, kafka.GroupIdNotFound) {
				return err
			}
			for _, m := range g.Members {
				consumers = append(consumers, Consumer{m.ClientID, m.ClientHost})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("describe group %q: %w", group, err)
	}
	return consumers, nil
}

// ErrInUse says that a group has members.
var ErrInUse = errors.New("the group has members")

// DeleteGroup deletes a group and its offsets, if it exists. It is ErrInUse while the group has members.
func (c *Client) DeleteGroup(ctx context.Context, group string) error {
	request := &deletegroups.Request{GroupIDs: []string{group}}
	err := c.askGroup(ctx, group, remove, request, func(answer protocol.Message) error {
		for _, g := range answer.(*deletegroups.Response).Responses {
			switch err := refused(g.ErrorCode); {
			case err == nil || errors.Is(err, kafka.GroupIdNotFound):
			case errors.Is(err, kafka.NonEmptyGroup):
				return fmt.Errorf("%w: %w", ErrInUse, err)
			default:
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete group %q: %w", group, err)
	}
	return nil
}

// askGroup exchanges a request about a group, which needs permission for an operation on it, with the group's coordinator.
func (c *Client) askGroup(ctx context.Context, group, operation string, request protocol.Message, check func(protocol.Message) error) error {
	return c.retry(ctx, func(ctx context.Context) error {
		return c.atCoordinator(ctx, coordinatorKey{groupCoordinator, group}, func(address string) error {
			answer, err := c.send(ctx, address, request)
			if err != nil {
				return err
			}
			return needs{group: group, groupOperation: operation}.explain(check(answer))
		})
	})
}
