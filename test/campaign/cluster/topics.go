package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/pkg/events"
)

// Names of the output topics; the inputs are called as the events' topics.
const (
	Alerts       = "alerts"
	SellerHealth = "seller-health"
	DeadLetters  = "dead-letters"
)

// Changelog is the name of the changelog of an application.
func Changelog(appID string) string { return appID + "-changelog" }

// Inputs are the names of the input topics, in the events' order.
func Inputs() []string {
	var names []string
	for topic := range events.NumTopics {
		names = append(names, topic.String())
	}
	return names
}

// Topics are the names of all topics.
func Topics(appID string) []string {
	return append(Inputs(), Alerts, SellerHealth, DeadLetters, Changelog(appID))
}

// forever keeps records whose times lie years ahead, in segments that their times do not end.
var forever = map[string]string{
	"cleanup.policy": "delete", "retention.ms": "-1", "message.timestamp.type": "CreateTime",
	"message.timestamp.after.max.ms": strconv.FormatInt(math.MaxInt64, 10), "segment.ms": strconv.FormatInt(math.MaxInt64, 10),
}

// compacted is cleaned often, in small segments, so that processors restore from what a cleaner has left.
var compacted = map[string]string{
	"cleanup.policy": "compact", "segment.bytes": "1048576", "min.cleanable.dirty.ratio": "0.1", "delete.retention.ms": "86400000",
}

func (c *Cluster) createTopics(ctx context.Context) error {
	for _, name := range Topics(c.options.AppID) {
		settings := forever
		if name == SellerHealth || name == Changelog(c.options.AppID) {
			settings = compacted
		}
		if err := c.createTopic(ctx, name, settings); err != nil {
			return fmt.Errorf("create topic %s: %w", name, err)
		}
	}
	return c.awaitTopics(ctx)
}

func (c *Cluster) createTopic(ctx context.Context, name string, settings map[string]string) error {
	config := map[string]*string{"max.message.bytes": kadm.StringPtr("4194304")}
	for key, value := range maps.All(settings) {
		config[key] = &value
	}
	created, err := c.admin.CreateTopic(ctx, int32(c.options.Partitions), int16(c.options.Nodes), config, name)
	return errors.Join(err, created.Err)
}

// topicsTimeout bounds the wait for nodes to learn of new topics.
const topicsTimeout = time.Minute

// awaitTopics returns when every node knows all topics: they learn of them one after the other.
func (c *Cluster) awaitTopics(ctx context.Context) error {
	request := kmsg.NewPtrMetadataRequest()
	for _, name := range Topics(c.options.AppID) {
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = &name
		request.Topics = append(request.Topics, topic)
	}
	for node := range c.options.Nodes {
		_, err := backoff.Retry(ctx, func() (struct{}, error) {
			response, err := c.client.Broker(node+1).RetriableRequest(ctx, request)
			if err != nil {
				return struct{}{}, err
			}
			for _, topic := range response.(*kmsg.MetadataResponse).Topics {
				if err := kerr.ErrorForCode(topic.ErrorCode); err != nil {
					return struct{}{}, fmt.Errorf("topic %s: %w", *topic.Topic, err)
				}
			}
			return struct{}{}, nil
		}, backoff.WithMaxElapsedTime(topicsTimeout))
		if err != nil {
			return fmt.Errorf("await topics on node %d: %w", node, err)
		}
	}
	return nil
}
