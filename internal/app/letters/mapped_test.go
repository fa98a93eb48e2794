package letters

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"sellerpulse/internal/mapping"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
)

// shop makes two events of an order, and nothing of a note.
const shop = `mapping: shop
sources:
  - name: orders
    topics: [TOPIC]
    events: |
      if .note then empty
      else
        {topic: "orders", seller_id: .shop, order_id: .id, occurred_at: .at} + ({kind: "PLACED", order_date: .at, channel: "MFN"}, {kind: "CONFIRMED"})
      end
`

// Records of others that a mapping could not map are sent as what a mended one makes of them, once though it is interrupted.
func TestWhatAMappingMakes(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		m := newMarket(t, broker)
		topic := broker.Prefix + "shop"
		if err := m.options.Client.CreateTopics(t.Context(), []stream.TopicSpec{{Name: topic, Partitions: 1, ReplicationFactor: 1}}); err != nil {
			t.Fatal(err)
		}
		of := func(offset int64, value string) stream.Message {
			letter := m.dead("invalid", events.Orders, 0, offset, []byte("of others"), []byte(value))
			for i, h := range letter.Headers {
				if h.Key == "source.topic" {
					letter.Headers[i].Value = []byte(topic)
				}
			}
			return letter
		}
		m.produce(m.options.Topics.DeadLetters, 0,
			of(0, `{"shop":"S1","id":"O1","at":"2026-03-01T10:00:00Z"}`), of(1, `{"note":"closed"}`), of(2, `{"shop":"S1","id":"O2","at":"at noon"}`),
			m.dead("misrouted", events.Orders, 0, 3, nil, encoded(t, "S1", "e1")))
		mended, err := mapping.Parse(mapping.File{Name: "shop.yaml", Text: []byte(strings.ReplaceAll(shop, "TOPIC", topic))}, mapping.Options{})
		if err != nil {
			t.Fatal(err)
		}
		errStopped := errors.New("stopped")
		if _, err := m.resubmit(t.Context(), all, Resubmission{Mapping: mended, confirm: func(context.Context) error { return errStopped }}); !errors.Is(err, errStopped) {
			t.Fatalf("interrupted: %v", err)
		}
		refused := []string{"shop/0@2 refused: the mapping makes no event of it: the program makes an event that is not right", "orders/0@3 refused: mapping shop has no source for topic"}
		for _, want := range [][]string{
			{refused[1], "shop/0@0 resubmitted", "shop/0@1 resubmitted", refused[0]},
			{refused[1], "shop/0@0 resubmitted_before", "shop/0@1 resubmitted_before", refused[0]},
		} {
			got, err := m.resubmit(t.Context(), all, Resubmission{Mapping: mended})
			slices.Sort(got) // What is refused is told at once, what is sent when it is committed.
			if err != nil || !slices.EqualFunc(got, want, strings.HasPrefix) {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		}
		var kinds []events.Kind
		for _, in := range m.inputs() {
			if e := in.event(t); e.OrderID == "O1" && slices.Equal(in.headers(OriginHeader), []string{topic + "/0@0"}) {
				kinds = append(kinds, e.Kind)
			}
		}
		if !slices.Equal(kinds, []events.Kind{events.OrderPlaced, events.OrderConfirmed}) {
			t.Errorf("sent %v", kinds)
		}
	})
}
