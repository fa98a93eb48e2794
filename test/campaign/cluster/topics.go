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
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// forever keeps records whose times lie years ahead, in segments that their times do not end.
var forever = map[string]string{
	"cleanup.policy": "delete", "retention.ms": "-1", "message.timestamp.type": "CreateTime",
	"message.timestamp.after.max.ms": strconv.FormatInt(math.MaxInt64, 10), "segment.ms": strconv.FormatInt(math.MaxInt64, 10),
}

// compacted is cleaned often, in small segments, so that processors restore from what a cleaner has left.
var compacted = map[string]string{
	"cleanup.policy": "compact", "segment.bytes": "1048576", "min.cleanable.dirty.ratio": "0.1", "delete.retention.ms": "86400000",
}

// Serve creates the topics of an application, to which everything is sent from now on, and deletes those of the one before.
func (c *Cluster) Serve(ctx context.Context, app App) error {
	for _, name := range app.Topics() {
		settings := forever
		if name == app.SellerHealth() || name == app.Changelog() {
			settings = compacted
		}
		if err := c.createTopic(ctx, name, app.Partitions, settings); err != nil {
			return fmt.Errorf("create topic %s: %w", name, err)
		}
	}
	if err := c.createTopic(ctx, app.Rules(), 1, compacted); err != nil {
		return fmt.Errorf("create topic %s: %w", app.Rules(), err)
	}
	if app.Strange > 0 {
		if err := c.createTopic(ctx, app.Stranger(), app.Strange, forever); err != nil {
			return fmt.Errorf("create topic %s: %w", app.Stranger(), err)
		}
		if err := c.awaitTopics(ctx, []string{app.Stranger()}, app.Strange); err != nil {
			return err
		}
	}
	if err := errors.Join(c.awaitTopics(ctx, []string{app.Rules()}, 1), c.send(ctx, app.Topics(), app.Partitions)); err != nil {
		return err
	}
	before := c.app.Swap(&app)
	if before == nil {
		return nil
	}
	names := append(before.Topics(), before.Rules())
	if before.Strange > 0 {
		names = append(names, before.Stranger())
	}
	deleted, err := c.admin.DeleteTopics(ctx, names...)
	if err == nil {
		err = deleted.Error()
	}
	if err != nil {
		return fmt.Errorf("delete topics of %s: %w", before.ID, err)
	}
	return nil
}

func (c *Cluster) createTopic(ctx context.Context, name string, partitions int, settings map[string]string) error {
	config := map[string]*string{"max.message.bytes": kadm.StringPtr("4194304")}
	for key, value := range maps.All(settings) {
		config[key] = &value
	}
	created, err := c.admin.CreateTopic(ctx, int32(partitions), int16(c.size), config, name)
	return errors.Join(err, created.Err)
}

// Enlarge gives the inputs and the changelog more partitions, as an administrator does who does not know better.
func (c *Cluster) Enlarge(ctx context.Context, partitions int) error {
	names := c.app.Load().Keyed()
	updated, err := c.admin.UpdatePartitions(ctx, partitions, names...)
	if err == nil {
		err = updated.Error()
	}
	if err != nil {
		return fmt.Errorf("enlarge topics: %w", err)
	}
	return c.send(ctx, names, partitions)
}

// send makes a sender to topics that every node knows.
func (c *Cluster) send(ctx context.Context, topics []string, partitions int) (err error) {
	if err := c.awaitTopics(ctx, topics, partitions); err != nil {
		return err
	}
	if c.sender != nil {
		c.sender.Close()
	}
	if c.sender, err = kgo.NewClient(c.senderOptions()...); err != nil {
		return fmt.Errorf("make sender: %w", err)
	}
	return nil
}

// topicsTimeout bounds the wait for nodes to learn of new topics.
const topicsTimeout = time.Minute

// awaitTopics returns when every node knows all topics with all partitions: they learn of them one after the other.
func (c *Cluster) awaitTopics(ctx context.Context, topics []string, partitions int) error {
	request := kmsg.NewPtrMetadataRequest()
	for _, name := range topics {
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = &name
		request.Topics = append(request.Topics, topic)
	}
	for node := range c.size {
		_, err := backoff.Retry(ctx, func() (struct{}, error) {
			response, err := c.client.Broker(node+1).RetriableRequest(ctx, request)
			if err != nil {
				return struct{}{}, err
			}
			return struct{}{}, complete(response.(*kmsg.MetadataResponse), partitions)
		}, backoff.WithMaxElapsedTime(topicsTimeout))
		if err != nil {
			return fmt.Errorf("await topics on node %d: %w", node, err)
		}
	}
	return nil
}

func complete(response *kmsg.MetadataResponse, partitions int) error {
	for i := range response.Topics {
		topic := &response.Topics[i]
		if err := kerr.ErrorForCode(topic.ErrorCode); err != nil {
			return fmt.Errorf("topic %s: %w", *topic.Topic, err)
		}
		if len(topic.Partitions) != partitions {
			return fmt.Errorf("topic %s has %d partitions yet, not %d", *topic.Topic, len(topic.Partitions), partitions)
		}
		for j := range topic.Partitions {
			if err := kerr.ErrorForCode(topic.Partitions[j].ErrorCode); err != nil {
				return fmt.Errorf("topic %s, partition %d: %w", *topic.Topic, topic.Partitions[j].Partition, err)
			}
		}
	}
	return nil
}
