package apachekafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// readyTimeout bounds the wait for a start on a busy machine.
const readyTimeout = 2 * time.Minute

// AwaitReady returns when each running node answers and knows of all the running ones, and of no more. A node that was
// killed is known for some seconds yet.
func (c *Cluster) AwaitReady(ctx context.Context) error {
	var running []*node
	for _, node := range c.nodes {
		if node.running() {
			running = append(running, node)
		}
	}
	for index, node := range running {
		if err := node.awaitReady(ctx, len(running)); err != nil {
			return fmt.Errorf("await node %d: %w", index, err)
		}
	}
	return nil
}

func (n *node) awaitReady(ctx context.Context, members int) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(n.broker.address()))
	if err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	defer client.Close()
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = 50*time.Millisecond, 500*time.Millisecond
	_, err = backoff.Retry(ctx, func() (struct{}, error) {
		if !n.running() {
			return struct{}{}, backoff.Permanent(n.whyEnded())
		}
		return struct{}{}, knows(ctx, client, members)
	}, backoff.WithBackOff(pause), backoff.WithMaxElapsedTime(readyTimeout))
	return err
}

// knows asks the client's seed for the brokers that live and for a controller.
func knows(ctx context.Context, client *kgo.Client, members int) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = []kmsg.MetadataRequestTopic{}
	response, err := client.SeedBrokers()[0].Request(ctx, request)
	if err != nil {
		return fmt.Errorf("request metadata: %w", err)
	}
	metadata, ok := response.(*kmsg.MetadataResponse)
	if !ok || metadata.ControllerID < 0 {
		return errors.New("no controller yet")
	}
	if len(metadata.Brokers) != members {
		return fmt.Errorf("%d brokers of %d", len(metadata.Brokers), members)
	}
	return nil
}
