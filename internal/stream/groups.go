package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

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
func (c *Client) Consumers(ctx context.Context, group string) (consumers []Consumer, err error) {
	described, err := c.describeGroup(ctx, group)
	for i := range described.Members {
		consumers = append(consumers, Consumer{described.Members[i].ClientID, described.Members[i].ClientHost})
	}
	return consumers, err
}

// describeGroup is a group as its coordinator has it; one without members where there is none.
func (c *Client) describeGroup(ctx context.Context, group string) (described describegroups.ResponseGroup, err error) {
	request := &describegroups.Request{Groups: []string{group}}
	err = c.askGroup(ctx, group, describe, request, func(answer protocol.Message) error {
		described = describegroups.ResponseGroup{}
		for _, g := range answer.(*describegroups.Response).Groups {
			if err := refused(g.ErrorCode); err != nil && !errors.Is(err, kafka.GroupIdNotFound) {
				return err
			}
			described = g
		}
		return nil
	})
	if err != nil {
		return described, fmt.Errorf("describe group %q: %w", group, err)
	}
	return described, nil
}

// GenerationMember is a member of a generation: what it told when it joined, and what it was assigned.
type GenerationMember struct {
	GroupMember
	Host       string // from which it talks to the coordinator, as that sees it
	Assignment Assignment
}

// Members are all members of the generation, as the coordinator has them; ErrSuperseded when it is over. What cannot be read of a member is left
// empty.
//
// The coordinator's description does not tell its generation. It is of this one, because this one was there before it and is after it.
func (g *Generation) Members(ctx context.Context) ([]GenerationMember, error) {
	described, err := g.client.describeGroup(ctx, g.groupID)
	if err != nil {
		return nil, err
	}
	if err := g.Confirm(ctx); err != nil {
		return nil, err
	}
	return membersOf(&described), nil
}

// Members are the members of a group as its coordinator has them now; none where there is no such group. settled is false while members come or go: then what
// they told and were assigned is not told. What cannot be read of a member is left empty.
func (c *Client) Members(ctx context.Context, group string) (members []GenerationMember, settled bool, err error) {
	described, err := c.describeGroup(ctx, group)
	if err != nil {
		return nil, false, err
	}
	return membersOf(&described), len(described.Members) == 0 || described.GroupState == "Stable", nil
}

func membersOf(described *describegroups.ResponseGroup) []GenerationMember {
	members := make([]GenerationMember, len(described.Members))
	for i := range described.Members {
		d := &described.Members[i]
		members[i] = GenerationMember{GroupMember: GroupMember{ID: d.MemberID}, Host: hostOf(d.ClientHost)}
		members[i].UserData, _ = decodeSubscription(d.MemberMetadata)
		members[i].Assignment, _ = decodeAssignment(d.MemberAssignment)
	}
	return members
}

// hostOf is the host of a client as brokers write it: Apache Kafka with a slash before it, some with the port, which is another for each connection.
func hostOf(client string) string {
	client = strings.TrimPrefix(client, "/")
	if host, _, err := net.SplitHostPort(client); err == nil {
		return host
	}
	return client
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
