package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/describeconfigs"
)

// TopicDescription is what the cluster says about a topic.
type TopicDescription struct {
	Partitions        int32
	ReplicationFactor int
	Config            map[string]string // all settings in force, defaults too
}

// TopicSpec describes a topic to be created.
type TopicSpec struct {
	Name              string
	Partitions        int32
	ReplicationFactor int
	Config            map[string]string // what departs from the broker's defaults
}

// Topics describes the topics that exist; missing ones are absent.
func (c *Client) Topics(ctx context.Context, names []string) (map[string]TopicDescription, error) {
	var topics map[string]TopicDescription
	err := c.retry(ctx, func(ctx context.Context) (err error) {
		if topics, err = c.topics(ctx, names); err != nil || len(topics) == 0 {
			return err
		}
		return c.addConfigs(ctx, topics)
	})
	if err != nil {
		return nil, fmt.Errorf("describe topics: %w", err)
	}
	return topics, nil
}

func (c *Client) topics(ctx context.Context, names []string) (map[string]TopicDescription, error) {
	response, err := c.describe(ctx, names)
	if err != nil {
		return nil, err
	}
	topics := make(map[string]TopicDescription, len(names))
	for _, t := range response.Topics {
		err := needs{operation: describe, topic: t.Name}.refused(t.ErrorCode)
		switch {
		case missing(err):
			continue
		case err != nil && !errors.Is(err, kafka.LeaderNotAvailable):
			return nil, &TopicError{Topic: t.Name, Partition: -1, Err: err}
		}
		description := TopicDescription{Partitions: int32(len(t.Partitions)), Config: map[string]string{}}
		if len(t.Partitions) > 0 {
			description.ReplicationFactor = len(t.Partitions[0].ReplicaNodes)
		}
		topics[t.Name] = description
	}
	return topics, nil
}

// resourceTopic is a topic's number among the kinds of things that have settings.
const resourceTopic = 2

func (c *Client) addConfigs(ctx context.Context, topics map[string]TopicDescription) error {
	request := new(describeconfigs.Request)
	for name := range topics {
		request.Resources = append(request.Resources, describeconfigs.RequestResource{ResourceType: resourceTopic, ResourceName: name})
	}
	answer, err := c.sendAny(ctx, request)
	if err != nil {
		return fmt.Errorf("read settings: %w", err)
	}
	for _, r := range answer.(*describeconfigs.Response).Resources {
		if err := (needs{operation: describeConfigs, topic: r.ResourceName}).refused(r.ErrorCode); err != nil {
			return fmt.Errorf("read settings: %w", &TopicError{Topic: r.ResourceName, Partition: -1, Err: err})
		}
		for _, entry := range r.ConfigEntries {
			topics[r.ResourceName].Config[entry.ConfigName] = entry.ConfigValue
		}
	}
	return nil
}

// CreateTopics creates the topics that do not exist and waits until they can be used. One that exists is left as it is.
func (c *Client) CreateTopics(ctx context.Context, specs []TopicSpec) error {
	if len(specs) == 0 {
		return nil
	}
	if err := c.retry(ctx, func(ctx context.Context) error { return c.createTopics(ctx, specs) }); err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	if err := c.retry(ctx, func(ctx context.Context) error { return c.awaitTopics(ctx, specs) }); err != nil {
		return fmt.Errorf("await created topics: %w", err)
	}
	return nil
}

func (c *Client) createTopics(ctx context.Context, specs []TopicSpec) error {
	address, err := c.controller(ctx)
	if err != nil {
		return err
	}
	answer, err := c.send(ctx, address, createRequest(specs, c.options.RequestTimeout))
	if err != nil {
		return err
	}
	for _, t := range answer.(*createtopics.Response).Topics {
		err := needs{operation: create, topic: t.Name}.refused(t.ErrorCode)
		if err == nil || errors.Is(err, kafka.TopicAlreadyExists) {
			continue
		}
		if t.ErrorMessage != "" {
			err = fmt.Errorf("%w: %s", err, t.ErrorMessage)
		}
		return &TopicError{Topic: t.Name, Partition: -1, Err: err}
	}
	return nil
}

func createRequest(specs []TopicSpec, timeout time.Duration) *createtopics.Request {
	request := &createtopics.Request{TimeoutMs: int32(timeout / time.Millisecond)}
	for _, spec := range specs {
		topic := createtopics.RequestTopic{Name: spec.Name, NumPartitions: spec.Partitions, ReplicationFactor: int16(spec.ReplicationFactor)}
		for name, value := range spec.Config {
			topic.Configs = append(topic.Configs, createtopics.RequestConfig{Name: name, Value: value})
		}
		request.Topics = append(request.Topics, topic)
	}
	return request
}

// controller is the address of the broker that creates topics.
func (c *Client) controller(ctx context.Context) (string, error) {
	response, err := c.describe(ctx, nil)
	if err != nil {
		return "", err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	address := c.brokers[response.ControllerID]
	if address == "" {
		return "", refusal{kafka.NotController}
	}
	return address, nil
}

// awaitTopics is nil once every partition of the topics has a leader that is known.
func (c *Client) awaitTopics(ctx context.Context, specs []TopicSpec) error {
	var logs []TopicPartition
	for _, spec := range specs {
		logs = append(logs, TopicPartition{spec.Name, 0})
	}
	c.dropLeaders(logs...)
	_, err := c.byLeader(ctx, logs)
	return err
}
