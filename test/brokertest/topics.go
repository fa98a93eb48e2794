package brokertest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// cleanupTimeout bounds what is done after a test, whose own context has ended.
const cleanupTimeout = 30 * time.Second

// deleteTopics deletes the topics of a test from the broker it shared, so that the broker stays as quick for the next.
func deleteTopics(t testing.TB, broker *Broker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
	defer cancel()
	if err := broker.deleteTopics(ctx); err != nil {
		t.Errorf("delete topics of %s: %v", broker.Prefix, err)
	}
}

func (b *Broker) deleteTopics(ctx context.Context) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addresses...))
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	defer client.Close()
	metadata, err := kmsg.NewPtrMetadataRequest().RequestWith(ctx, client) // no topics named: all
	if err != nil {
		return fmt.Errorf("list topics: %w", err)
	}
	request := kmsg.NewPtrDeleteTopicsRequest()
	request.TimeoutMillis = int32(cleanupTimeout.Milliseconds())
	for _, listed := range metadata.Topics {
		if listed.Topic != nil && strings.HasPrefix(*listed.Topic, b.Prefix) {
			topic := kmsg.NewDeleteTopicsRequestTopic()
			topic.Topic = listed.Topic
			request.Topics = append(request.Topics, topic)
			request.TopicNames = append(request.TopicNames, *listed.Topic)
		}
	}
	if len(request.Topics) == 0 {
		return nil
	}
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, topic := range response.Topics {
		if err := kerr.ErrorForCode(topic.ErrorCode); err != nil {
			return fmt.Errorf("delete topic %s: %w", *topic.Topic, err)
		}
	}
	return nil
}
