package demo

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sellerpulse/internal/mapping"
	"sellerpulse/internal/simulate"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// sender sends a record to the demo's broker once that is there, and ends the demo with the alert of it.
type sender struct {
	t     *testing.T
	stop  func()
	found bool
}

func (s *sender) Sent(int, int, int64) {}
func (s *sender) Applied(int, int)     {}
func (s *sender) Live(int64)           {}

func (s *sender) Started(broker, _ string, _ *simulate.Marketplace) {
	client, err := stream.Dial(s.t.Context(), stream.Options{Brokers: []string{broker}})
	if err != nil {
		s.t.Error(err)
		s.stop()
		return
	}
	defer client.Close()
	producer, err := client.OpenIdempotent(s.t.Context())
	if err == nil {
		now := time.Now().UnixMilli()
		_, err = producer.Produce(s.t.Context(), []stream.Output{{
			TopicPartition: stream.TopicPartition{Topic: "mine", Partition: 3},
			Messages:       []stream.Message{{Value: fmt.Appendf(nil, `{"id":"O1","at":%d}`, now), Timestamp: now}},
		}})
	}
	if err != nil {
		s.t.Error(err)
		s.stop()
	}
}

func (s *sender) Alert(a *outputs.Alert) {
	if a.SellerID == "my-seller" {
		s.found = true
		s.stop()
	}
}

const mine = `mapping: mine
sources:
  - topics: mine
    events: |
      {topic: "orders", kind: "PLACED", seller_id: "my-seller", order_id: .id, occurred_at: (.at | millis), order_date: (.at | millis), channel: "MFN"},
      {topic: "feedback", kind: "LEFT", seller_id: "my-seller", order_id: .id, feedback_id: .id, occurred_at: (.at | millis), rating: 1}
`

func TestRecordsOfAMappingAreCarriedIn(t *testing.T) {
	m, err := mapping.Parse(mapping.File{Name: "mine.yaml", Text: []byte(mine)}, mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute) // Only what hangs takes that long.
	defer stop()
	s := &sender{t: t, stop: stop}
	_, err = Run(ctx, Options{
		Sellers: 2, Rate: 5, Seed: 1, HistoryDays: 2, Listen: "127.0.0.1:0", Mapping: m,
		Worker: worker.Options{Options: task.Options{AppID: "demo", Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, AsOf: events.None, HealthInterval: time.Second}},
	}, s)
	if err != nil || !s.found {
		t.Errorf("an alert was found: %t, error %v", s.found, err)
	}
}
