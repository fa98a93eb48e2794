package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/findcoordinator"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

// addresses lists all brokers, the known before those given.
func (c *Client) addresses() []string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var all []string
	for _, address := range c.brokers {
		all = append(all, address)
	}
	for _, address := range c.options.Brokers {
		if !slices.Contains(all, address) {
			all = append(all, address)
		}
	}
	return all
}

// describe asks for the brokers and for the given topics, never for all topics.
func (c *Client) describe(ctx context.Context, topics []string) (*metadata.Response, error) {
	if topics == nil {
		topics = []string{}
	}
	answer, err := c.sendAny(ctx, &metadata.Request{TopicNames: topics})
	if err != nil {
		return nil, err
	}
	response := answer.(*metadata.Response)
	if len(response.Brokers) == 0 {
		return nil, refusal{kafka.BrokerNotAvailable}
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.cluster = response.ClusterID
	clear(c.brokers)
	for _, b := range response.Brokers {
		c.brokers[b.NodeID] = net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
	}
	return response, nil
}

// learn refreshes who leads the topics' partitions.
func (c *Client) learn(ctx context.Context, topics []string) error {
	response, err := c.describe(ctx, topics)
	if err != nil {
		return fmt.Errorf("describe cluster: %w", err)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, t := range response.Topics {
		if err := (needs{operation: describe, topic: t.Name}).refused(t.ErrorCode); err != nil {
			return &TopicError{Topic: t.Name, Partition: -1, Err: err}
		}
		for _, p := range t.Partitions {
			tp := TopicPartition{t.Name, p.PartitionIndex}
			delete(c.leaders, tp)
			if p.LeaderID >= 0 {
				c.leaders[tp] = p.LeaderID
			}
		}
	}
	return nil
}

// byLeader groups the indexes of logs by the address of the broker that leads them, asking for those not known.
func (c *Client) byLeader(ctx context.Context, logs []TopicPartition) (map[string][]int, error) {
	groups, unknown := c.knownLeaders(logs)
	if len(unknown) == 0 {
		return groups, nil
	}
	if err := c.learn(ctx, topicsOf(unknown)); err != nil {
		return nil, err
	}
	groups, unknown = c.knownLeaders(logs)
	if len(unknown) > 0 {
		return nil, c.leaderless(ctx, unknown[0])
	}
	return groups, nil
}

func (c *Client) knownLeaders(logs []TopicPartition) (groups map[string][]int, unknown []TopicPartition) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	groups = make(map[string][]int, 1)
	for i, tp := range logs {
		node, ok := c.leaders[tp]
		address := c.brokers[node]
		if !ok || address == "" {
			unknown = append(unknown, tp)
			continue
		}
		groups[address] = append(groups[address], i)
	}
	return groups, unknown
}

// leaderless tells a partition that does not exist from one that has no leader at the moment.
func (c *Client) leaderless(ctx context.Context, tp TopicPartition) error {
	response, err := c.describe(ctx, []string{tp.Topic})
	if err != nil {
		return err
	}
	err = error(refusal{kafka.UnknownTopicOrPartition})
	for _, t := range response.Topics {
		for _, p := range t.Partitions {
			if p.PartitionIndex == tp.Partition {
				err = refusal{kafka.LeaderNotAvailable}
			}
		}
	}
	return &TopicError{Topic: tp.Topic, Partition: tp.Partition, Err: err}
}

// dropLeaders makes the next byLeader ask again.
func (c *Client) dropLeaders(logs ...TopicPartition) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, tp := range logs {
		delete(c.leaders, tp)
	}
}

func topicsOf(logs []TopicPartition) []string {
	var topics []string
	for _, tp := range logs {
		if !slices.Contains(topics, tp.Topic) {
			topics = append(topics, tp.Topic)
		}
	}
	return topics
}

// Kinds of coordinators, as the protocol numbers them.
const (
	groupCoordinator       int8 = 0
	transactionCoordinator int8 = 1
)

type coordinatorKey struct {
	kind int8
	name string
}

func (k coordinatorKey) needs() needs {
	if k.kind == groupCoordinator {
		return needs{group: k.name}
	}
	return needs{transactionalID: k.name}
}

// sendCoordinator exchanges a request with the coordinator of a group or transactional id. check finds the error in the answer.
func (c *Client) sendCoordinator(ctx context.Context, key coordinatorKey, request protocol.Message, check func(protocol.Message) error) error {
	return c.atCoordinator(ctx, key, func(address string) error {
		answer, err := c.send(ctx, address, request)
		if err != nil {
			return err
		}
		return key.needs().explain(check(answer))
	})
}

// atCoordinator talks to a coordinator. It is looked up once, and again after it could not be reached or said that it is not the one.
func (c *Client) atCoordinator(ctx context.Context, key coordinatorKey, talk func(address string) error) error {
	address, err := c.coordinator(ctx, key)
	if err != nil {
		return err
	}
	err = talk(address)
	if moved(err) {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		delete(c.coordinators, key)
	}
	return err
}

func moved(err error) bool {
	return errors.Is(err, ErrUnreachable) || errors.Is(err, kafka.NotCoordinatorForGroup) || errors.Is(err, kafka.GroupCoordinatorNotAvailable)
}

func (c *Client) coordinator(ctx context.Context, key coordinatorKey) (string, error) {
	c.mutex.Lock()
	address := c.coordinators[key]
	c.mutex.Unlock()
	if address != "" {
		return address, nil
	}
	answer, err := c.sendAny(ctx, &findcoordinator.Request{Key: key.name, KeyType: key.kind})
	if err != nil {
		return "", unsent(fmt.Errorf("find coordinator of %q: %w", key.name, err))
	}
	response := answer.(*findcoordinator.Response)
	needed := key.needs()
	needed.groupOperation = describe
	if err := needed.refused(response.ErrorCode); err != nil {
		return "", fmt.Errorf("find coordinator of %q: %w", key.name, err)
	}
	address = net.JoinHostPort(response.Host, strconv.Itoa(int(response.Port)))
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.coordinators[key] = address
	return address, nil
}

// unsent marks an outage that came before the request itself was sent.
func unsent(err error) error {
	if o := new(outage); errors.As(err, &o) {
		o.sent = false
	}
	return err
}
