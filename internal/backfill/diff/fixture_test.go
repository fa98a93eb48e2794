package diff_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/backfill"
	"sellerpulse/internal/backfill/diff"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

const partitions = 2

// side is one of two applications on the same inputs.
type side struct {
	appID  string
	topics task.Topics
}

func (s side) of() diff.Topics {
	return diff.Topics{Inputs: s.topics.Inputs, Changelog: s.topics.Changelog, SellerHealth: s.topics.SellerHealth, Alerts: s.topics.Alerts}
}

// fixture is a live state and a candidate.
type fixture struct {
	t               testing.TB
	client          *stream.Client
	name            string
	live, candidate side
}

func newFixture(t testing.TB, broker *brokertest.Broker) *fixture {
	t.Helper()
	own := task.TopicsOf(broker.Prefix, "app")
	of, err := backfill.Named(own, broker.Prefix, "app", "mended")
	if err != nil {
		t.Fatal(err)
	}
	outputs := map[string]int32{}
	for _, topics := range []task.Topics{own, of.Topics} {
		maps.Copy(outputs, map[string]int32{topics.Alerts: 2, topics.DeadLetters: 1, topics.SellerHealth: 3, topics.Changelog: partitions})
	}
	return &fixture{
		t: t, name: of.Name, client: enginetest.Topics(t, broker.Addresses, enginetest.TopicSpecs(own.Inputs, partitions, outputs)),
		live: side{broker.Prefix + "app", own}, candidate: side{broker.Prefix + of.AppID, of.Topics},
	}
}

// run applies what the inputs of a side hold.
func (f *fixture) run(s side, change func(*worker.Options)) {
	f.t.Helper()
	f.runUntil(f.t.Context(), f.t.TempDir(), s, change)
}

func (f *fixture) runUntil(ctx context.Context, directory string, s side, change func(*worker.Options)) {
	f.t.Helper()
	db := enginetest.OpenState(f.t, directory, s.topics.Changelog)
	o := worker.Options{Options: task.Options{
		Client: f.client, State: db, Topics: s.topics, AppID: s.appID, Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120,
		UntilEnd: true, AsOf: events.None, Logger: slog.New(slog.NewTextHandler(f.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}}
	if change != nil {
		change(&o)
	}
	w, err := worker.New(ctx, o)
	if err == nil {
		err = w.Run(ctx)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		f.t.Error(err)
	}
}

// runBoth applies the inputs on both sides, by the built-in rules.
func (f *fixture) runBoth() {
	f.t.Helper()
	f.run(f.live, nil)
	f.run(f.candidate, nil)
}

// produce sends events to the inputs of a side.
func (f *fixture) produce(s side, all []events.Event) {
	f.t.Helper()
	if err := enginetest.Produce(f.t.Context(), f.client, s.topics.Inputs, partitions, all); err != nil {
		f.t.Fatal(err)
	}
}

// options is what is to be compared, without waiting for what moves.
func (f *fixture) options() diff.Options {
	return diff.Options{
		Client: f.client, Name: f.name, Wait: time.Millisecond, Live: f.live.of(), Candidate: f.candidate.of(),
	}
}

// compare compares, with changed options, and gives what it hands out.
func (f *fixture) compare(change func(*diff.Options)) ([]*diff.Seller, *diff.Summary) {
	f.t.Helper()
	o := f.options()
	if change != nil {
		change(&o)
	}
	var all []*diff.Seller
	sum, err := diff.Run(f.t.Context(), o, func(s *diff.Seller) error {
		all = append(all, s)
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return all, sum
}

// put writes a record to a topic, as one who commits would.
func (f *fixture) put(tp stream.TopicPartition, key, value []byte) {
	f.t.Helper()
	producer, err := f.client.OpenTransactional(f.t.Context(), f.live.appID+"-test", time.Minute)
	if err == nil {
		_, err = producer.Commit(f.t.Context(), stream.Commit{Outputs: []stream.Output{{
			TopicPartition: tp, Messages: []stream.Message{{Key: key, Value: value, Timestamp: enginetest.Noon.UnixMilli()}},
		}}})
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// event is an event at noon, or so many hours after; fields of JSON beside those that each has.
func event(t testing.TB, hours int, topic, kind, seller, order, fields string) events.Event {
	t.Helper()
	if fields != "" {
		fields = "," + fields
	}
	line := fmt.Sprintf(`{"topic":%q,"kind":%q,"event_id":%q,"occurred_at":%q,"seller_id":%s,"order_id":%q%s}`,
		topic, kind, fmt.Sprintf("%s-%s-%d", order, kind, hours), enginetest.At(0, time.Duration(hours)*time.Hour), quoted(t, seller), order, fields)
	var e events.Event
	if err := events.ParseLine([]byte(line), &e); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	e.Items = slices.Clone(e.Items)
	return e
}

func quoted(t testing.TB, text string) string {
	t.Helper()
	b, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// placed is an order of noon, to be shipped within a day.
func placed(t testing.TB, seller, order string) events.Event {
	return event(t, 0, "orders", "PLACED", seller, order,
		fmt.Sprintf(`"order_date":%q,"channel":"MFN","items":[],"ship_by":%q`, enginetest.At(0, 0), enginetest.At(1, 0)))
}

// shipped is a shipment so many hours after noon.
func shipped(t testing.TB, hours int, seller, order string) events.Event {
	return event(t, hours, "shipments", "CONFIRMED", seller, order, `"shipment_id":"P1"`)
}

// orders is so many orders of a seller, of which so many are shipped late, then.
func orders(t testing.TB, seller string, n, late int) (all []events.Event) {
	for i := range n {
		all = append(all, placed(t, seller, fmt.Sprintf("%s-O%d", seller, i)))
	}
	for i := range late {
		all = append(all, shipped(t, 30+i, seller, fmt.Sprintf("%s-O%d", seller, i)))
	}
	return all
}

// lateRule is rules of one: less than a rate of orders shipped late.
func lateRule(t testing.TB, limit string) func(*worker.Options) { return ruleNamed(t, "late", limit) }

func ruleNamed(t testing.TB, name, limit string) func(*worker.Options) {
	t.Helper()
	set, err := rules.Parse([]byte("rules:\n  - name: "+name+"\n    metric: late_shipment_rate\n    window: 30d\n    target: \"< "+limit+"\"\n    class: advisory\n"), 120)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *worker.Options) { o.Rules = set }
}

// text is what is told of sellers, a line each.
func text(all []*diff.Seller) string {
	var b strings.Builder
	for _, s := range all {
		fmt.Fprintf(&b, "%s in %s", s.ID, s.In)
		if s.Moving {
			b.WriteString(" moving")
		}
		if s.Rates {
			b.WriteString(" rates")
		}
		for _, r := range s.Rules {
			fmt.Fprintf(&b, "; %s %s -> %s", r.Rule, standing(r.Live), standing(r.Candidate))
		}
		for i := range s.Alerts {
			a := &s.Alerts[i]
			fmt.Fprintf(&b, "; alert in %s of %s %v<-%v %s -> %s", a.In(), a.Rule, a.State, a.PreviousState, number(a.Live), number(a.Candidate))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func standing(s *diff.Standing) string {
	switch {
	case s == nil:
		return "none"
	case s.Report == nil:
		return s.State.String()
	}
	return fmt.Sprintf("%v %d/%d in %v..%v", s.State, s.Report.Numerator, s.Report.Denominator, s.Report.From, s.Report.To)
}

func number(a *diff.AlertNumbers) string {
	if a == nil {
		return "none"
	}
	return fmt.Sprintf("%s %d/%d", a.ID, a.Numerator, a.Denominator)
}
