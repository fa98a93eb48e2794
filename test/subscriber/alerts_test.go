package subscriber_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/app/follow"
	"sellerpulse/internal/app/provision"
	"sellerpulse/internal/simulate"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
)

const partitions = 3

// published is a topic of alerts on a broker, and the alerts as the program itself reads them.
type published struct {
	broker *brokertest.Broker
	topic  string
	alerts []outputs.Alert
}

// publish runs the service over the events, between transactions in the topic of the alerts that are aborted.
func publish(t *testing.T, broker *brokertest.Broker, all []events.Event) published {
	t.Helper()
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses, ClientID: "test"})
	must(t, err)
	t.Cleanup(client.Close)
	topics := task.TopicsOf(broker.Prefix, "app")
	_, err = provision.Create(t.Context(), client, topics, provision.Size{Partitions: partitions, ReplicationFactor: 1})
	must(t, err)
	produce(t, client, topics, all)
	abort(t, broker, topics.Alerts)
	run(t, client, topics, broker.Prefix+"app")
	abort(t, broker, topics.Alerts)
	p := published{broker: broker, topic: topics.Alerts}
	must(t, follow.Alerts(t.Context(), client, follow.AlertOptions{Topic: topics.Alerts, FromBeginning: true, UntilEnd: true}, func(a *outputs.Alert) error {
		p.alerts = append(p.alerts, *a)
		return nil
	}))
	if len(p.alerts) < 50 {
		t.Fatalf("only %d alerts to read", len(p.alerts))
	}
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func produce(t *testing.T, client *stream.Client, topics task.Topics, all []events.Event) {
	t.Helper()
	producer, err := client.OpenIdempotent(t.Context())
	must(t, err)
	outputs := map[stream.TopicPartition]*stream.Output{}
	for i := range all {
		e := &all[i]
		key := []byte(e.SellerID)
		tp := stream.TopicPartition{Topic: topics.Inputs[e.Topic], Partition: stream.PartitionFor(key, partitions)}
		if outputs[tp] == nil {
			outputs[tp] = &stream.Output{TopicPartition: tp}
		}
		outputs[tp].Messages = append(outputs[tp].Messages, stream.Message{Key: key, Value: events.Encoder{}.AppendAvro(nil, e), Timestamp: e.OccurredAt})
	}
	for _, output := range outputs {
		_, err := producer.Produce(t.Context(), []stream.Output{*output})
		must(t, err)
	}
}

// run runs the service until all is read, with small commits: there are many transactions' markers among the alerts.
func run(t *testing.T, client *stream.Client, topics task.Topics, appID string) {
	t.Helper()
	db, err := state.OpenInMemory()
	must(t, err)
	service, err := worker.New(t.Context(), worker.Options{Options: task.Options{
		Client: client, State: db, Topics: topics, AppID: appID, Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120,
		UntilEnd: true, AsOf: events.None, CommitEvents: 100, CommitInterval: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	}})
	must(t, err)
	must(t, errors.Join(service.Run(t.Context()), db.Close()))
}

// abort leaves an alert and garbage in every partition of the topic, in a transaction that is aborted.
func abort(t *testing.T, broker *brokertest.Broker, topic string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.TransactionalID(broker.Prefix+"aborting"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	must(t, err)
	defer client.Close()
	must(t, client.BeginTransaction())
	ghost := outputs.Alert{SellerID: "ghost", Rule: "odr", Transition: 1, Metric: rules.OrderDefectRate.Name, State: rules.Breached, Target: rules.BuiltIn().Find("odr").Versions[0].Target}
	for p := range int32(partitions) {
		for _, value := range [][]byte{ghost.AppendAvro(nil), []byte("garbage")} {
			must(t, client.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Partition: p, Key: []byte("ghost"), Value: value}).FirstErr())
		}
	}
	must(t, client.EndTransaction(context.WithoutCancel(t.Context()), kgo.TryAbort))
}

// record is what an independent client has read.
type record struct {
	key   string
	value map[string]any // times and dates as the numbers that were encoded
}

// check demands each alert exactly once, under its seller's key, with the values that the program itself reads.
func (p *published) check(t *testing.T, records []record) {
	t.Helper()
	want := map[string]map[string]any{}
	for i := range p.alerts {
		want[p.alerts[i].ID()] = plain(t, &p.alerts[i])
	}
	for _, r := range records {
		id, _ := r.value["alert_id"].(string)
		if want[id] == nil {
			t.Errorf("alert %q is read twice or was not published", id)
			continue
		}
		if r.key != r.value["seller_id"] {
			t.Errorf("alert %q has the key %q", id, r.key)
		}
		if got, want := text(t, r.value), text(t, want[id]); got != want {
			t.Errorf("alert %q:\n got %s\nwant %s", id, got, want)
		}
		delete(want, id)
	}
	for id := range want {
		t.Errorf("alert %q is not read", id)
	}
}

// text is JSON with sorted keys.
func text(t *testing.T, value any) string {
	t.Helper()
	b, err := json.Marshal(value)
	must(t, err)
	return string(b)
}

// plain is what the schema holds of an alert.
func plain(t *testing.T, a *outputs.Alert) map[string]any {
	t.Helper()
	m := map[string]any{
		"alert_id": a.ID(), "kind": a.Kind().String(), "seller_id": a.SellerID, "rule": a.Rule, "metric": a.Metric, "class": a.Class.String(),
		"channel": a.Channel.String(), "provisional": a.Provisional, "state": a.State.String(), "previous_state": a.PreviousState.String(),
		"as_of": a.AsOf, "window": map[string]any{"days": a.Window.Count, "from": int32(a.From), "to": int32(a.To)},
		"numerator": a.Numerator, "denominator": a.Denominator, "rate": nil, "target": a.Target.String(),
		"components": nil, "defects_to_breach": a.DefectsToBreach, "orders_to_recover": a.OrdersToRecover, "recovers_on": nil,
		"order_ids": append([]string{}, a.OrderIDs...), "level": nil, "previous_level": nil, "part": nil,
	}
	if a.Denominator > 0 {
		m["rate"] = float64(a.Numerator) / float64(a.Denominator)
	}
	if d := a.RecoversOn; d != nil {
		m["recovers_on"] = int32(*d)
	}
	if c := a.Components; c != nil {
		m["components"] = map[string]any{"negative_feedback": c.NegativeFeedback, "claims": c.Claims, "chargebacks": c.Chargebacks}
	}
	cause := map[string]any{"kind": a.Cause.Kind, "topic": nil, "partition": nil, "offset": nil, "event_id": nil, "order_id": nil}
	if c := a.Cause; c.Topic != "" {
		cause["topic"], cause["partition"], cause["offset"], cause["event_id"], cause["order_id"] = c.Topic, c.Partition, c.Offset, c.EventID, c.OrderID
	}
	m["cause"] = cause
	var normal map[string]any // As JSON has it: numbers are float64.
	must(t, json.Unmarshal([]byte(text(t, m)), &normal))
	return normal
}

// randomEvents are of sellers with awkward names.
func randomEvents() []events.Event {
	return simulate.RandomMarketplace(simulate.RandomOptions{
		Seed: 7, Events: 2000, Sellers: 24, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(),
	})
}

const olist = "../../../shared/data/olist/events.jsonl.gz"

// realEvents are those of real orders, up to March 2018.
func realEvents(t *testing.T) (all []events.Event) {
	t.Helper()
	file, err := os.Open(filepath.FromSlash(olist))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skipf("the real orders are not here: %v", err)
	}
	must(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	must(t, err)
	until := time.Date(2018, 3, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e events.Event
		must(t, events.ParseLine(append([]byte{}, lines.Bytes()...), &e))
		if e.OccurredAt < until {
			all = append(all, e)
		}
	}
	must(t, lines.Err())
	return all
}
