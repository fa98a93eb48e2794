package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// GroupOptions say which group to join. The zero value of all but ID and Topics is useful.
type GroupOptions struct {
	ID                string
	Topics            []string      // all with the same number of partitions
	SessionTimeout    time.Duration // after which a silent member is taken for dead; default 10 s
	RebalanceTimeout  time.Duration // for members to give up their partitions; default 30 s
	HeartbeatInterval time.Duration // after which a member notices that others come or go; default 500 ms
}

func (o GroupOptions) withDefaults() GroupOptions {
	o.SessionTimeout = durationOr(o.SessionTimeout, 10*time.Second)
	o.RebalanceTimeout = durationOr(o.RebalanceTimeout, 30*time.Second)
	o.HeartbeatInterval = durationOr(o.HeartbeatInterval, 500*time.Millisecond)
	return o
}

// RunGroup takes part in a consumer group and calls work for each generation with the partitions, sorted, that this member owns
// of every topic; there may be none. When others come or go work's ctx ends, work returns soon, and it is called again.
//
// RunGroup leaves the group and returns when ctx ends (nil), when work returns before its ctx ends (its error, nil too), or
// when the group cannot be joined: ErrUnreachable after Options.RetryTimeout of trying, at once for what does not heal.
func (c *Client) RunGroup(ctx context.Context, options GroupOptions, work func(ctx context.Context, partitions []int32) error) error {
	options = options.withDefaults()
	if err := c.retry(ctx, func(ctx context.Context) error { return c.learn(ctx, options.Topics) }); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("join group %q: %w", options.ID, err)
	}
	m := &member{client: c, options: options, work: work, connections: map[*trackedConn]bool{}}
	group, err := kafka.NewConsumerGroup(m.config())
	if err != nil {
		return fmt.Errorf("join group %q: %w", options.ID, err)
	}
	err = m.run(ctx, group)
	m.leave(group)
	if err != nil {
		return fmt.Errorf("group %q: %w", options.ID, err)
	}
	return nil
}

// member is this process's part in a group.
type member struct {
	client  *Client
	options GroupOptions
	work    func(context.Context, []int32) error

	mutex       sync.Mutex
	connections map[*trackedConn]bool // open ones of the group
	cutOff      bool                  // no more connections
}

func (m *member) config() kafka.ConsumerGroupConfig {
	options := m.client.options
	dialer := &kafka.Dialer{ClientID: options.ClientID, Timeout: connectTimeout, DialFunc: m.dial, TLS: options.TLS}
	return kafka.ConsumerGroupConfig{
		ID: m.options.ID, Brokers: m.client.addresses(), Topics: m.options.Topics, Dialer: dialer,
		GroupBalancers: []kafka.GroupBalancer{rangeInOrder{}},
		SessionTimeout: m.options.SessionTimeout, RebalanceTimeout: m.options.RebalanceTimeout,
		HeartbeatInterval: m.options.HeartbeatInterval, JoinGroupBackoff: 100 * time.Millisecond,
		Timeout: options.RequestTimeout, StartOffset: kafka.FirstOffset,
	}
}

// rangeInOrder assigns ranges of partitions such that a member gets the same ones of each topic. kafka-go's own cuts the ranges
// from the partitions in the order in which brokers list them, which may differ from topic to topic.
type rangeInOrder struct{ kafka.RangeGroupBalancer }

func (b rangeInOrder) AssignGroups(members []kafka.GroupMember, partitions []kafka.Partition) kafka.GroupMemberAssignments {
	partitions = slices.Clone(partitions)
	slices.SortFunc(partitions, func(a, b kafka.Partition) int { return a.ID - b.ID })
	return b.RangeGroupBalancer.AssignGroups(members, partitions)
}

// run does generation after generation.
func (m *member) run(ctx context.Context, group *kafka.ConsumerGroup) error {
	failing := time.Time{}
	for {
		generation, err := group.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			if failing.IsZero() {
				failing = time.Now()
			}
			if err := m.judge(err, time.Since(failing)); err != nil {
				return err
			}
			continue
		}
		failing = time.Time{}
		done, err := m.generation(ctx, generation)
		if done || err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// judge is nil while it makes sense to go on trying to join.
func (m *member) judge(err error, failing time.Duration) error {
	if errors.Is(err, kafka.ErrGroupClosed) {
		return ErrClosed
	}
	var code kafka.Error
	if errors.As(err, &code) && !rejoins(code) {
		return refusal{code}
	}
	m.client.log.Warn("join group again", "group", m.options.ID, "error", err)
	if failing < m.client.options.RetryTimeout {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// rejoins tells which refusals belong to the life of a group.
func rejoins(code kafka.Error) bool {
	switch code {
	case kafka.RebalanceInProgress, kafka.IllegalGeneration, kafka.UnknownMemberId, kafka.MemberIDRequired, kafka.UnknownTopicOrPartition:
		return true
	}
	return refusal{code}.heals()
}

// generation works until the generation or ctx ends; done tells that work itself came to an end.
func (m *member) generation(ctx context.Context, generation *kafka.Generation) (done bool, err error) {
	partitions, err := m.owned(generation)
	if err != nil {
		return false, err
	}
	finished := make(chan struct{})
	generation.Start(func(revoked context.Context) {
		defer close(finished)
		working, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(revoked, cancel)()
		err = m.work(working, partitions)
		done = working.Err() == nil
		if !done && errors.Is(err, context.Canceled) {
			err = nil
		}
	})
	<-finished
	return done, err
}

// owned is the partitions of this member, which must be the same of every topic.
func (m *member) owned(generation *kafka.Generation) ([]int32, error) {
	var owned []int32
	for i, topic := range m.options.Topics {
		var partitions []int32
		for _, assignment := range generation.Assignments[topic] {
			partitions = append(partitions, int32(assignment.ID))
		}
		slices.Sort(partitions)
		if i > 0 && !slices.Equal(partitions, owned) {
			return nil, fmt.Errorf("partitions %v of topic %q against %v of %q: give both the same number of partitions",
				partitions, topic, owned, m.options.Topics[0])
		}
		owned = partitions
	}
	return owned, nil
}

// leaveTimeout bounds an orderly leave. A member that is cut off counts as one until its session times out.
const leaveTimeout = 2 * time.Second

// leave leaves the group. What still waits for the others to join is cut off.
func (m *member) leave(group *kafka.ConsumerGroup) {
	cutting := time.AfterFunc(leaveTimeout, m.cut)
	defer cutting.Stop()
	_ = group.Close()
}

// dial notes the connection so that it can be cut.
func (m *member) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.cutOff {
		_ = conn.Close()
		return nil, ErrClosed
	}
	tracked := &trackedConn{Conn: conn, member: m}
	m.connections[tracked] = true
	return tracked, nil
}

func (m *member) cut() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.cutOff = true
	for tracked := range m.connections {
		_ = tracked.Conn.Close()
	}
}

// trackedConn tells its member when it is closed.
type trackedConn struct {
	net.Conn
	member *member
}

func (t *trackedConn) Close() error {
	t.member.mutex.Lock()
	delete(t.member.connections, t)
	t.member.mutex.Unlock()
	return t.Conn.Close()
}
