package view

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

const alertPartitions, reportPartitions = 3, 2

// published is topics of outputs, and who writes to them in transactions, as tasks do.
type published struct {
	t              testing.TB
	broker         *brokertest.Broker
	client         *stream.Client
	producer       *stream.Producer
	alerts, health string
	partitions     map[string]int32
	numbers        map[string]int64 // of alerts, by seller and rule
}

func newPublished(t testing.TB, broker *brokertest.Broker) *published {
	t.Helper()
	p := &published{t: t, broker: broker, alerts: broker.Prefix + "alerts", health: broker.Prefix + "seller-health", numbers: map[string]int64{}}
	p.partitions = map[string]int32{p.alerts: alertPartitions, p.health: reportPartitions}
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses, RetryTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	p.client = client
	p.create(p.alerts)
	p.create(p.health)
	p.open()
	return p
}

// open makes another writer.
func (p *published) open() {
	p.t.Helper()
	var err error
	if p.producer, err = p.client.OpenTransactional(p.t.Context(), p.broker.Prefix+"writer", time.Minute); err != nil {
		p.t.Fatal(err)
	}
}

func (p *published) create(topic string) {
	p.t.Helper()
	spec := stream.TopicSpec{Name: topic, Partitions: p.partitions[topic], ReplicationFactor: 1, Config: map[string]string{"message.timestamp.type": "LogAppendTime"}}
	if err := p.client.CreateTopics(p.t.Context(), []stream.TopicSpec{spec}); err != nil {
		p.t.Fatal(err)
	}
}

// write writes values of a seller, nil for a tombstone, in one transaction.
func (p *published) write(topic, seller string, values ...[]byte) {
	p.t.Helper()
	out := stream.Output{TopicPartition: stream.TopicPartition{Topic: topic, Partition: stream.PartitionFor([]byte(seller), p.partitions[topic])}}
	for _, value := range values {
		out.Messages = append(out.Messages, stream.Message{Key: []byte(seller), Value: value, Timestamp: noon})
	}
	if _, err := p.producer.Commit(p.t.Context(), stream.Commit{Outputs: []stream.Output{out}}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *published) report(r outputs.Report) { p.write(p.health, r.SellerID, r.AppendAvro(nil)) }

// alert publishes the next alert of a seller and a rule.
func (p *published) alert(seller, rule string) outputs.Alert {
	p.numbers[seller+"\x00"+rule]++
	n := p.numbers[seller+"\x00"+rule]
	states := [2]rules.State{rules.Breached, rules.OK}
	a := alertOf(seller, rule, n, noon+n, states[n%2], states[(n+1)%2])
	p.write(p.alerts, seller, a.AppendAvro(nil))
	return a
}

func (p *published) options() Options {
	return Options{Client: p.client, Alerts: p.alerts, SellerHealth: p.health}
}

// run runs a view until the function is called, or the test ends.
func run(t testing.TB, o Options) (v *View, end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	v, done := New(o), make(chan error, 1)
	go func() { done <- v.Run(ctx) }()
	end = once(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(end)
	return v, end
}

// once is a function that does something the first time only.
func once(do func()) func() {
	done := false
	return func() {
		if !done {
			done = true
			do()
		}
	}
}

func eventually(t testing.TB, v *View, what string, is func() bool) {
	t.Helper()
	enginetest.Eventually(t, what+fmt.Sprintf(" of %+v", v.AsOf()), is)
}

func whole(t testing.TB, v *View) {
	t.Helper()
	eventually(t, v, "whole", v.Whole)
}

// lockedBuffer is what several goroutines may write to.
type lockedBuffer struct {
	mutex sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.Buffer.String()
}

// partitionsOf is how many partitions of both topics are followed.
func partitionsOf(v *View) int {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return len(v.logs)
}
