package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/consumer"
	"github.com/segmentio/kafka-go/protocol/heartbeat"
	"github.com/segmentio/kafka-go/protocol/joingroup"
	"github.com/segmentio/kafka-go/protocol/leavegroup"
	"github.com/segmentio/kafka-go/protocol/syncgroup"
)

// join enters the group, decides for all members if this one is to lead, and gets what it is assigned. It waits until the others have
// come or their time is up.
func (m *member) join(ctx context.Context) (*Generation, error) {
	joined, err := m.enter(ctx)
	if errors.Is(err, kafka.MemberIDRequired) {
		m.id = joined.MemberID
		joined, err = m.enter(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("join: %w", m.explain(err))
	}
	m.id = joined.MemberID
	sync := &syncgroup.Request{GroupID: m.options.ID, GenerationID: joined.GenerationID, MemberID: m.id}
	if joined.LeaderID == m.id {
		if sync.Assignments, err = m.assign(joined.Members); err != nil {
			return nil, err
		}
	}
	g := &Generation{
		ID: joined.GenerationID, MemberID: m.id, client: m.client, groupID: m.options.ID, timeout: m.options.heartbeatTimeout(), session: m.options.SessionTimeout,
	}
	if g.Assignment, err = m.sync(ctx, sync); err != nil {
		return nil, fmt.Errorf("sync: %w", err)
	}
	g.note(time.Now(), nil) // With its answer the coordinator began to count the session.
	return g, nil
}

// explain says what refusals of a member mean that are no outage.
func (m *member) explain(err error) error {
	switch {
	case errors.Is(err, kafka.InconsistentGroupProtocol):
		return fmt.Errorf("%w: %w", ErrStranger, err)
	case errors.Is(err, kafka.InvalidSessionTimeout):
		return fmt.Errorf("%w: --session-timeout is %v: brokers allow group.min.session.timeout.ms to group.max.session.timeout.ms, by default 6 s to 30 min", err, m.options.SessionTimeout)
	case errors.Is(err, kafka.GroupMaxSizeReached):
		return fmt.Errorf("%w: run fewer processes, or raise group.max.size of the brokers", err)
	}
	return err
}

func (m *member) enter(ctx context.Context) (*joingroup.Response, error) {
	subscription, err := encodeSubscription(m.options.Topics, m.options.UserData())
	if err != nil {
		return nil, fmt.Errorf("encode subscription: %w", err)
	}
	request := &joingroup.Request{
		GroupID: m.options.ID, MemberID: m.id, ProtocolType: "consumer",
		SessionTimeoutMS: milliseconds(m.options.SessionTimeout), RebalanceTimeoutMS: milliseconds(m.options.RebalanceTimeout),
		Protocols: []joingroup.RequestProtocol{{Name: m.options.Protocol, Metadata: subscription}},
	}
	response := new(joingroup.Response)
	err = m.ask(ctx, request, m.options.RebalanceTimeout, func(answer protocol.Message) error {
		response = answer.(*joingroup.Response)
		return refused(response.ErrorCode)
	})
	return response, err
}

// assign decides what each member gets.
func (m *member) assign(joined []joingroup.ResponseMember) ([]syncgroup.RequestAssignment, error) {
	members := make([]GroupMember, len(joined))
	for i, j := range joined {
		members[i].ID = j.MemberID
		// What a member says that cannot be read counts as nothing: it still gets its share.
		members[i].UserData, _ = decodeSubscription(j.Metadata)
	}
	assigned, err := m.options.Assign(members)
	if err != nil {
		return nil, fmt.Errorf("assign partitions: %w", err)
	}
	requests := make([]syncgroup.RequestAssignment, len(members))
	for i, member := range members {
		requests[i].MemberID = member.ID
		if requests[i].Assignment, err = encodeAssignment(m.options.Topics, assigned[member.ID]); err != nil {
			return nil, fmt.Errorf("encode assignment: %w", err)
		}
	}
	return requests, nil
}

func (m *member) sync(ctx context.Context, request *syncgroup.Request) (assignment Assignment, err error) {
	err = m.ask(ctx, request, m.options.RebalanceTimeout, func(answer protocol.Message) error {
		response := answer.(*syncgroup.Response)
		if err := refused(response.ErrorCode); err != nil {
			return err
		}
		if assignment, err = decodeAssignment(response.Assignments); err != nil {
			err = fmt.Errorf("%w: %w", ErrStranger, err)
		}
		return err
	})
	return assignment, err
}

// ask talks to the group's coordinator, which may let the answer wait for the other members.
func (m *member) ask(ctx context.Context, request protocol.Message, wait time.Duration, check func(protocol.Message) error) error {
	return m.client.atCoordinator(ctx, coordinatorKey{groupCoordinator, m.options.ID}, func(address string) error {
		var answer protocol.Message
		err := m.client.exchange(ctx, address, wait+m.client.options.RequestTimeout, func(conn *connection) (err error) {
			answer, err = conn.codec.RoundTrip(request)
			return err
		})
		if err != nil {
			return err
		}
		return needs{group: m.options.ID}.explain(check(answer))
	})
}

// heartbeat says that the member lives. Where the coordinator hangs it gives up in time for others within the session.
func (g *Generation) heartbeat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	request, sent := &heartbeat.Request{GroupID: g.groupID, GenerationID: g.ID, MemberID: g.MemberID}, time.Now()
	err := g.client.sendCoordinator(ctx, coordinatorKey{groupCoordinator, g.groupID}, request, func(answer protocol.Message) error {
		return refused(answer.(*heartbeat.Response).ErrorCode)
	})
	g.note(sent, err)
	return err
}

func (c *Client) leaveGroup(ctx context.Context, group, member string) error {
	request := &leavegroup.Request{GroupID: group, Members: []leavegroup.RequestMember{{MemberID: member}}}
	return c.sendCoordinator(ctx, coordinatorKey{groupCoordinator, group}, request, func(answer protocol.Message) error {
		return refused(answer.(*leavegroup.Response).ErrorCode)
	})
}

func milliseconds(d time.Duration) int32 { return int32(d / time.Millisecond) }

// Subscriptions and assignments are those of the consumer protocol of Kafka's own clients, so that their tools can show who has what. kafka-go's
// protocol/consumer writes them. Its Unmarshal cannot read them here: it makes room for as many elements as the bytes announce, and these come
// from whoever joins the group, so twelve of them would take two gigabytes. They are read by [reader], which never promises more than there is.
const consumerProtocolVersion = 1

func encodeSubscription(topics []string, userData []byte) ([]byte, error) {
	return protocol.Marshal(consumerProtocolVersion, consumer.Subscription{Version: consumerProtocolVersion, Topics: topics, UserData: userData})
}

func decodeSubscription(b []byte) (userData []byte, err error) {
	r := reader{b: b}
	r.int16()
	for range r.count(2) {
		r.text()
	}
	userData = r.take(r.count(1))
	return userData, r.err("subscription of a member")
}

func encodeAssignment(topics []string, a Assignment) ([]byte, error) {
	assigned := make([]consumer.TopicPartition, len(topics))
	for i, topic := range topics {
		assigned[i] = consumer.TopicPartition{Topic: topic, Partitions: a.Partitions}
	}
	return protocol.Marshal(consumerProtocolVersion, consumer.Assignment{Version: consumerProtocolVersion, AssignedPartitions: assigned, UserData: a.UserData})
}

// decodeAssignment reads an assignment, in which every topic has the same partitions. A member without any gets no bytes at all, or no topics.
func decodeAssignment(b []byte) (a Assignment, err error) {
	if len(b) == 0 {
		return a, nil
	}
	r := reader{b: b}
	r.int16()
	for range r.count(6) {
		r.text()
		a.Partitions = a.Partitions[:0]
		for range r.count(4) {
			a.Partitions = append(a.Partitions, r.int32())
		}
	}
	a.UserData = r.take(r.count(1))
	return a, r.err("assignment of the group")
}
