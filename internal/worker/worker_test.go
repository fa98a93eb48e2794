package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"

	"github.com/prometheus/client_golang/prometheus"
)

// fixture is a test's topics on a broker, and what it takes to run the service on them.
type fixture struct {
	t          testing.TB
	kind       brokertest.Kind
	client     *stream.Client
	topics     task.Topics
	appID      string
	partitions int32
}

func newFixture(t testing.TB, broker *brokertest.Broker, partitions int32) *fixture {
	t.Helper()
	s := &fixture{t: t, kind: broker.Kind, topics: task.TopicsOf(broker.Prefix, "app"), appID: broker.Prefix + "app", partitions: partitions}
	s.client = enginetest.Topics(t, broker.Addresses, enginetest.TopicSpecs(s.topics.Inputs, partitions, map[string]int32{
		s.topics.Alerts: 2, s.topics.DeadLetters: 1, s.topics.SellerHealth: 3, s.topics.Changelog: partitions,
	}))
	return s
}

// produce sends events in their order, as if each had come at once.
func (s *fixture) produce(all []events.Event) {
	s.t.Helper()
	if err := enginetest.Produce(s.t.Context(), s.client, s.topics.Inputs, s.partitions, all); err != nil {
		s.t.Fatal(err)
	}
}

func (s *fixture) options(db *state.DB) Options {
	return Options{Options: task.Options{
		Client: s.client, State: db, Topics: s.topics, AppID: s.appID, Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120,
		UntilEnd: true, AsOf: events.None, Logger: slog.New(slog.NewTextHandler(s.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}}
}

func (s *fixture) openState(directory string) *state.DB {
	s.t.Helper()
	return enginetest.OpenState(s.t, directory, s.topics.Changelog)
}

// run runs the service with the options, which change may change.
func (s *fixture) run(ctx context.Context, directory string, change func(*Options)) error {
	s.t.Helper()
	db := s.openState(directory)
	o := s.options(db)
	if change != nil {
		change(&o)
	}
	w, err := New(ctx, o)
	if err == nil {
		err = w.Run(ctx)
	}
	return errors.Join(err, db.Close())
}

// count is what metrics of a name, and of the labels given in pairs, add up to.
func count(t testing.TB, from prometheus.Gatherer, name string, labels ...string) (sum float64) {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		found = true
		for _, m := range family.GetMetric() {
			of := map[string]string{}
			for _, l := range m.GetLabel() {
				of[l.GetName()] = l.GetValue()
			}
			matches := true
			for i := 0; i < len(labels); i += 2 {
				matches = matches && of[labels[i]] == labels[i+1]
			}
			if matches {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	if !found {
		t.Errorf("there is no metric %s", name)
	}
	return sum
}

// records reads all committed records of a topic, partition by partition.
func (s *fixture) records(topic string, partitions int32) (all []stream.Record) {
	s.t.Helper()
	for p := range partitions {
		all = append(all, enginetest.Records(s.t, s.client, stream.TopicPartition{Topic: topic, Partition: p})...)
	}
	return all
}

func (s *fixture) alerts() (all []outputs.Alert) {
	s.t.Helper()
	for _, r := range s.records(s.topics.Alerts, 2) {
		a, err := outputs.DecodeAlert(r.Value)
		if err != nil {
			s.t.Fatal(err)
		}
		if string(r.Key) != a.SellerID {
			s.t.Errorf("alert %s has key %q", a.ID(), r.Key)
		}
		all = append(all, a)
	}
	return all
}

// reports is the latest report of each seller.
func (s *fixture) reports() map[string]outputs.Report {
	s.t.Helper()
	latest := map[string]outputs.Report{}
	for _, record := range s.records(s.topics.SellerHealth, 3) {
		r, err := outputs.DecodeReport(record.Value)
		if err != nil {
			s.t.Fatal(err)
		}
		latest[r.SellerID] = r
	}
	return latest
}

// output is everything that the service published, as sorted texts; reports without the time they were made at.
func (s *fixture) output() []string {
	s.t.Helper()
	texts := enginetest.AlertTexts(s.alerts())
	for _, r := range s.reports() {
		r.AsOf = 0
		texts = append(texts, string(r.AppendJSON(nil)))
	}
	for _, r := range s.records(s.topics.DeadLetters, 1) {
		texts = append(texts, fmt.Sprintf("%q %q %q", r.Key, r.Value, r.Headers))
	}
	for i := range texts {
		texts[i] = strings.ReplaceAll(texts[i], strings.TrimSuffix(s.appID, "app"), "")
	}
	slices.Sort(texts)
	return texts
}

func olistEvents(t *testing.T, before string) (all []events.Event) {
	t.Helper()
	until, err := time.Parse(time.DateOnly, before)
	if err != nil {
		t.Fatal(err)
	}
	enginetest.ReadLines(t, "olist/events.jsonl.gz", func(line []byte) {
		var e events.Event
		if err := events.ParseLine(line, &e); err != nil {
			t.Fatal(err)
		}
		if e.OccurredAt < until.UnixMilli() {
			all = append(all, e)
		}
	})
	return all
}

// The real orders give the numbers, states and transitions that were computed independently.
func TestRealOrders(t *testing.T) {
	all := olistEvents(t, "2018-03-01")
	if len(all) != 19_661 {
		t.Fatalf("%d events, want 19,661", len(all))
	}
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 1)
		s.produce(all)
		if err := s.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		checkRealReports(t, s.reports())
		checkRealAlerts(t, s.alerts())
	})
}

func checkRealReports(t *testing.T, reports map[string]outputs.Report) {
	type counts struct {
		Numerator, Denominator int64
		State                  string
	}
	sellers := 0
	enginetest.ReadLines(t, "olist/report-2018-03-01.jsonl.gz", func(line []byte) {
		sellers++
		var want struct {
			SellerID string    `json:"seller_id"`
			AsOf     time.Time `json:"as_of"`
			Rules    map[string]counts
			Metrics  map[string][2]int64
		}
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		got, ok := reports[want.SellerID]
		if !ok || got.AsOf != want.AsOf.UnixMilli() {
			t.Errorf("seller %s: reported %v, as of %d, want %d", want.SellerID, ok, got.AsOf, want.AsOf.UnixMilli())
		}
		for _, r := range got.Rules {
			if g := (counts{r.Numerator, r.Denominator, r.State.String()}); g != want.Rules[r.Rule] {
				t.Errorf("seller %s, %s: got %v, want %v", want.SellerID, r.Rule, g, want.Rules[r.Rule])
			}
			delete(want.Rules, r.Rule)
		}
		for _, m := range got.Metrics {
			if m.ProductLine != nil {
				continue
			}
			key := fmt.Sprintf("%v/%dd/%v", m.Metric, m.Window.Count, m.Channel)
			if g, w := [2]int64{m.Numerator, m.Denominator}, want.Metrics[key]; g != w {
				t.Errorf("seller %s, %s: got %v, want %v", want.SellerID, key, g, w)
			}
			delete(want.Metrics, key)
		}
		if len(want.Rules)+len(want.Metrics) > 0 {
			t.Errorf("seller %s: not reported: %v %v", want.SellerID, want.Rules, want.Metrics)
		}
	})
	if sellers == 0 || sellers != len(reports) {
		t.Errorf("%d sellers are reported, want %d", len(reports), sellers)
	}
}

func checkRealAlerts(t *testing.T, alerts []outputs.Alert) {
	bySeller := map[string][]string{}
	add := func(m map[string][]string, seller, rule, text string) {
		m[seller+" "+rule] = append(m[seller+" "+rule], text)
	}
	for i := range alerts {
		a := &alerts[i]
		cause := a.Cause.Kind
		if a.Cause.EventID != "" {
			cause = a.Cause.EventID
		}
		add(bySeller, a.SellerID, a.Rule, fmt.Sprintf("%s %v %v<-%v %s %d/%d %s", a.ID(), a.Kind(), a.State, a.PreviousState,
			time.UnixMilli(a.AsOf).UTC().Format(time.RFC3339Nano), a.Numerator, a.Denominator, cause))
	}
	want, sellers := map[string][]string{}, map[string]bool{}
	enginetest.ReadLines(t, "olist/alerts-2018-03-01.jsonl.gz", func(line []byte) {
		var a struct {
			AlertID       string `json:"alert_id"`
			Kind          string
			SellerID      string `json:"seller_id"`
			Rule, State   string
			PreviousState string    `json:"previous_state"`
			AsOf          time.Time `json:"as_of"`
			Numerator     int64
			Denominator   int64
			Cause         string
		}
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		sellers[a.SellerID] = true
		add(want, a.SellerID, a.Rule, fmt.Sprintf("%s %s %s<-%s %s %d/%d %s", a.AlertID, a.Kind, a.State, a.PreviousState,
			a.AsOf.UTC().Format(time.RFC3339Nano), a.Numerator, a.Denominator, a.Cause))
	})
	if len(sellers) != 40 {
		t.Errorf("%d sellers with known transitions, want 40", len(sellers))
	}
	for key, got := range bySeller {
		if seller, _, _ := strings.Cut(key, " "); sellers[seller] && !slices.Equal(got, want[key]) {
			t.Errorf("%s:\n got %s\nwant %s", key, strings.Join(got, "\n     "), strings.Join(want[key], "\n     "))
		}
		delete(want, key)
	}
	for key := range want {
		t.Errorf("%s: no transitions, want %s", key, want[key])
	}
}

// randomEvents is a random log's events that a producer can send.
func randomEvents(seed uint64, n int) (all []events.Event) {
	for _, e := range enginetest.RandomEvents(rand.New(rand.NewPCG(seed, 1)), n) {
		all = append(all, e)
	}
	return all
}

// Stopped and gone on with, in the middle of anything, with its state directory, without it, or with one that is behind, the service
// publishes what it would have in one go.
func TestStoppingChangesNoOutput(t *testing.T) {
	all := randomEvents(5, 3000)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		whole := newFixture(t, &brokertest.Broker{Kind: broker.Kind, Addresses: broker.Addresses, Prefix: broker.Prefix + "whole-"}, 2)
		whole.produce(all)
		if err := whole.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		want := whole.output()

		s := newFixture(t, &brokertest.Broker{Kind: broker.Kind, Addresses: broker.Addresses, Prefix: broker.Prefix + "pieces-"}, 2)
		s.produce(all)
		r := rand.New(rand.NewPCG(9, 9))
		directory := t.TempDir()
		stops := 0
		for done := false; !done; {
			ctx, cancel := context.WithCancel(t.Context())
			commits := 1 + r.IntN(12)
			err := s.run(ctx, directory, func(o *Options) {
				o.CommitInterval, o.CommitEvents = time.Nanosecond, 1+r.IntN(200)
				o.Hooks.OnCommit = func() error {
					if commits--; commits > 0 {
						return nil
					}
					if r.IntN(2) == 0 {
						cancel() // An orderly stop.
						return nil
					}
					cancel()
					return errCut
				}
			})
			stopped := ctx.Err() != nil
			cancel()
			if err != nil && !errors.Is(err, errCut) {
				t.Fatal(err)
			}
			done = !stopped
			stops++
			if r.IntN(3) == 0 {
				directory = t.TempDir()
			}
		}
		if stops < 3 {
			t.Errorf("only %d stops", stops)
		}
		enginetest.CompareLists(t, "output", s.output(), want)
	})
}

var errCut = errors.New("cut")
