package backfill

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sellerpulse/internal/simulate"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

const partitions = 2

// deployment is an application's topics on a broker, and what it takes to run it and its candidates.
type deployment struct {
	t      *testing.T
	broker *brokertest.Broker
	client *stream.Client
	topics task.Topics
	appID  string

	zone      *time.Location
	retention int32
	history   int32 // 0: as the retention
	facts     int   // version of the facts; 0 for the program's
	from      From  // of candidates
}

func newDeployment(t *testing.T, broker *brokertest.Broker) *deployment {
	t.Helper()
	f := &deployment{t: t, broker: broker, appID: broker.Prefix + "app", topics: task.TopicsOf(broker.Prefix, broker.Prefix+"app"), zone: time.UTC, retention: 120}
	f.client = enginetest.Topics(t, broker.Addresses, enginetest.TopicSpecs(f.topics.Inputs, partitions, map[string]int32{
		f.topics.Alerts: 2, f.topics.DeadLetters: 1, f.topics.SellerHealth: 3, f.topics.Changelog: partitions,
	}))
	return f
}

func (f *deployment) produce(all []events.Event) {
	f.t.Helper()
	if err := enginetest.Produce(f.t.Context(), f.client, f.topics.Inputs, partitions, all); err != nil {
		f.t.Fatal(err)
	}
}

// market is a random marketplace's events in the order of their time.
func market(seed uint64, sellers int) []events.Event {
	all := simulate.RandomMarketplace(simulate.RandomOptions{Seed: seed, Events: 40 * sellers, Sellers: sellers, Start: enginetest.Noon.UnixMilli(), Days: 100})
	slices.SortStableFunc(all, func(a, b events.Event) int { return cmp.Compare(a.OccurredAt, b.OccurredAt) })
	return all
}

// options are those of an application's processes, which look at no clock.
func (f *deployment) options(appID string, topics task.Topics, set *rules.Set, db *state.DB) worker.Options {
	long := func() time.Time { return time.Now().AddDate(-20, 0, 0) }
	return worker.Options{SessionTimeout: 6 * time.Second, Options: task.Options{
		Client: f.client, State: db, Topics: topics, AppID: appID, Rules: set, Zone: f.zone, RetentionDays: f.retention, HistoryDays: f.history, AsOf: events.None,
		HealthInterval: time.Millisecond, Clock: long, Hooks: task.Hooks{OwnClock: true, FactsVersion: f.facts}, Registerer: prometheus.NewRegistry(),
		Logger: slog.New(slog.NewTextHandler(f.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}}
}

// process is a process of an application.
type process struct {
	f      *deployment
	client *stream.Client
	id     string // of the client
	stop   context.CancelFunc
	done   chan error
	owns   func() int          // partitions; of a candidate
	made   chan *worker.Worker // once it is made
	ended  chan struct{}
}

func (p *process) end() {
	p.f.t.Helper()
	p.stop()
	if err := <-p.done; err != nil {
		p.f.t.Error(err)
	}
}

// process makes one with a client of its own.
func (f *deployment) process() (context.Context, *process) {
	f.t.Helper()
	id := rand.Text()
	client, err := stream.Dial(f.t.Context(), stream.Options{Brokers: f.broker.Addresses, ClientID: id})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(client.Close)
	ctx, stop := context.WithCancel(f.t.Context())
	p := &process{f: f, client: client, id: id, stop: stop, done: make(chan error, 1), made: make(chan *worker.Worker, 1), ended: make(chan struct{})}
	return ctx, p
}

// begin runs what a process does, which ends before the process's directory goes, however the test ends.
func (p *process) begin(work func() error) {
	p.f.t.Cleanup(func() {
		p.stop()
		<-p.ended
	})
	go func() {
		defer close(p.ended)
		p.done <- work()
	}()
}

// leave ends a process that may have been refused, its rules being others than the group's.
func (p *process) leave() {
	p.f.t.Helper()
	p.stop()
	if err := <-p.done; err != nil {
		p.f.t.Logf("it had ended: %v", err)
	}
}

// run runs a process of the live application.
func (f *deployment) run(set *rules.Set, directory string, change func(*worker.Options)) *process {
	f.t.Helper()
	ctx, p := f.process()
	p.begin(func() error {
		db := enginetest.OpenState(f.t, directory, f.topics.Changelog)
		o := f.options(f.appID, f.topics, set, db)
		o.Client = p.client
		if change != nil {
			change(&o)
		}
		w, err := worker.New(ctx, o)
		if err == nil {
			p.made <- w
			err = w.Run(ctx)
		}
		return errors.Join(err, db.Close())
	})
	return p
}

func (f *deployment) application() *Application {
	return &Application{Topics: f.topics, Prefix: f.broker.Prefix, ID: f.appID}
}

func (f *deployment) candidate(name string) *Candidate {
	f.t.Helper()
	c, err := f.application().Candidate(name)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// start runs a process of a candidate, which becomes one of the live application.
func (f *deployment) start(name string, set *rules.Set, directory string) *process {
	f.t.Helper()
	_, p := f.startWith(name, set, directory, func(*process, *SuccessorOptions) {})
	return p
}

func (f *deployment) startWith(name string, set *rules.Set, directory string, change func(*process, *SuccessorOptions)) (*Candidate, *process) {
	f.t.Helper()
	c := f.candidate(name)
	d, err := Start(f.t.Context(), f.client, c, &Plan{From: f.from, Zone: f.zone, RetentionDays: f.retention, HistoryDays: f.history, Rules: set})
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, p := f.process()
	started := make(chan struct{})
	p.begin(func() error {
		db := enginetest.OpenState(f.t, directory, f.topics.Changelog)
		own, live := f.options(c.AppID, c.Topics, set, db), f.options(f.appID, f.topics, set, db)
		own.Client, live.Client, own.From = p.client, p.client, d.Begins()
		w, err := worker.New(ctx, own)
		p.owns = func() int { return len(w.Owned()) }
		close(started)
		if err == nil {
			o := SuccessorOptions{Client: p.client, Candidate: c, Control: OpenControl(p.client, c), Worker: w, Live: live, Directory: directory, Logger: own.Logger}
			change(p, &o)
			err = Run(ctx, o, func(*worker.Worker) {})
		}
		return errors.Join(err, db.Close())
	})
	<-started
	return c, p
}

func (f *deployment) eventually(what string, is func() bool) {
	f.t.Helper()
	enginetest.Eventually(f.t, what, is)
}

// awaitRead waits until a group has committed all there is.
func (f *deployment) awaitRead(group string) {
	f.t.Helper()
	var all []stream.TopicPartition
	for p := range int32(partitions) {
		all = append(all, f.topics.InputPartitions(p)...)
	}
	ends, err := f.client.Ends(f.t.Context(), all)
	if err != nil {
		f.t.Fatal(err)
	}
	f.eventually(group+" has read all", func() bool {
		committed, err := f.client.Offsets(f.t.Context(), group, all)
		return err == nil && !slices.ContainsFunc(all, func(tp stream.TopicPartition) bool { return max(committed[tp].Offset, 0) < ends[tp].LastStable })
	})
}

// records reads all committed records of a topic, partition by partition.
func (f *deployment) records(topic string, partitions int32) (all []stream.Record) {
	f.t.Helper()
	for p := range partitions {
		all = append(all, enginetest.Records(f.t, f.client, stream.TopicPartition{Topic: topic, Partition: p})...)
	}
	return all
}

func (f *deployment) alerts(topic string) (all []outputs.Alert) {
	f.t.Helper()
	for _, r := range f.records(topic, 2) {
		a, err := outputs.DecodeAlert(r.Value)
		if err != nil {
			f.t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

// reports is the latest report of each seller, without the time it was made at.
func (f *deployment) reports(topic string, partitions int32) map[string]string {
	f.t.Helper()
	latest := map[string]string{}
	for _, record := range f.records(topic, partitions) {
		r, err := outputs.DecodeReport(record.Value)
		if err != nil {
			f.t.Fatal(err)
		}
		latest[r.SellerID] = reportText(&r)
	}
	return latest
}

func reportText(r *outputs.Report) string {
	text := fmt.Sprint(r.Status)
	for _, rule := range r.Rules {
		text += fmt.Sprintf(" %s %v %d/%d", rule.Rule, rule.State, rule.Numerator, rule.Denominator)
	}
	return text
}

// whole are the alerts and reports of an application that reads the whole log by some rules, under another name.
func (f *deployment) whole(name string, set *rules.Set) ([]outputs.Alert, map[string]string) {
	f.t.Helper()
	c := f.candidate(name)
	specs := enginetest.TopicSpecs([events.NumTopics]string{}, partitions, map[string]int32{
		c.Topics.Alerts: 2, c.Topics.DeadLetters: 1, c.Topics.SellerHealth: 3, c.Topics.Changelog: partitions,
	})
	if err := f.client.CreateTopics(f.t.Context(), specs[:4]); err != nil {
		f.t.Fatal(err)
	}
	db := enginetest.OpenState(f.t, f.t.TempDir(), c.Topics.Changelog)
	o := f.options(c.AppID, c.Topics, set, db)
	o.UntilEnd = true
	w, err := worker.New(f.t.Context(), o)
	if err == nil {
		err = w.Run(f.t.Context())
	}
	if err := errors.Join(err, db.Close()); err != nil {
		f.t.Fatal(err)
	}
	return f.alerts(c.Topics.Alerts), f.reports(c.Topics.SellerHealth, 3)
}

func stricter(t *testing.T) *rules.Set {
	t.Helper()
	set, err := rules.Parse([]byte(`rules:
  - {name: odr, metric: order_defect_rate, window: 60d, lag: 30d, target: "< 0.3", class: contractual}
  - {name: late-shipment-10d, metric: late_shipment_rate, window: 10d, target: "< 0.5", class: contractual}
  - {name: late-shipment-30d, metric: late_shipment_rate, window: 30d, target: "< 0.01", class: contractual}
  - {name: cancellation, metric: cancellation_rate, window: 30d, target: "< 0.2", class: contractual}
`), 120)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// checkChains holds what a subscriber relies on: each alert of a seller and rule goes on from the one before, with the next number, each once.
func checkChains(t *testing.T, alerts []outputs.Alert) map[string]outputs.Alert {
	t.Helper()
	last := map[string]outputs.Alert{}
	for _, a := range alerts {
		key := a.SellerID + " " + a.Rule
		before := last[key]
		if a.Transition != before.Transition+1 {
			t.Errorf("alert %s follows number %d", a.ID(), before.Transition)
		}
		if was := before.State; told(was) != told(a.PreviousState) || told(was) && was != a.PreviousState {
			t.Errorf("alert %s comes from %v, and the one before had led to %v", a.ID(), a.PreviousState, was)
		}
		last[key] = a
	}
	return last
}

func (f *deployment) cutOver(name string, change func(*Coordinator)) (*Outcome, error) {
	return f.cutOverBy(f.t.Context(), name, change)
}

// Cut over to a candidate with the same rules, nothing is told; the live processes go on with the candidate's state.
func TestCutOverToTheSameTellsNothing(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f, all := newDeployment(t, broker), market(1, 75)
		f.produce(all[:2000])
		live := f.run(rules.BuiltIn(), t.TempDir(), nil)
		candidate := f.start("same", rules.BuiltIn(), t.TempDir())
		f.awaitRead(f.appID)
		f.awaitRead(f.candidate("same").AppID)
		dry, err := f.cutOver("same", func(c *Coordinator) { c.DryRun = true })
		if err != nil || dry.Differences != (task.Difference{}) || dry.Former != "" {
			t.Fatalf("dry run: %+v, error %v", dry, err)
		}
		done, err := f.cutOver("same", func(c *Coordinator) { c.MaxDifferences = 0 })
		if err != nil || done.Differences != (task.Difference{}) {
			t.Fatalf("cut-over: %+v, error %v", done, err)
		}
		want, _ := f.whole("whole-before", rules.BuiltIn())
		enginetest.CompareLists(t, "alerts", sorted(enginetest.AlertTexts(f.alerts(f.topics.Alerts))), sorted(enginetest.AlertTexts(want)))
		f.produce(all[2000:])
		f.awaitRead(f.appID)
		former := <-live.made
		f.eventually("the former process has a partition again", func() bool { return len(former.Owned()) == 1 })
		candidate.end()
		live.end()
		_, reports := f.whole("whole", rules.BuiltIn())
		alerts := f.alerts(f.topics.Alerts)
		if len(alerts) <= len(want) {
			t.Errorf("%d alerts, and %d before there was more to read", len(alerts), len(want))
		}
		checkChains(t, alerts)
		if got := f.reports(f.topics.SellerHealth, 3); !maps.Equal(got, reports) {
			t.Errorf("reports are %v, want %v", got, reports)
		}
	})
}

func sorted(texts []string) []string {
	slices.Sort(texts)
	return texts
}

// Cut over to a candidate with other rules, a subscriber is told just what that changes; and cut back, that it is no more.
func TestCutOverToOtherRulesAndBack(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f, all := newDeployment(t, broker), market(2, 75)
		other := stricter(t)
		f.produce(all[:2000])
		before := t.TempDir()
		live := f.run(rules.BuiltIn(), before, nil)
		candidate := f.start("stricter", other, t.TempDir())
		f.awaitRead(f.appID)
		f.awaitRead(f.candidate("stricter").AppID)
		var tooMany *TooManyError
		if _, err := f.cutOver("stricter", func(c *Coordinator) { c.MaxDifferences = 1 }); !errors.As(err, &tooMany) {
			t.Fatalf("cut-over with at most one difference: %v", err)
		}
		f.produce(all[2000:2300])
		f.awaitRead(f.appID)
		for _, a := range f.alerts(f.topics.Alerts) {
			if a.Cause.Kind == "BACKFILL" {
				t.Errorf("alert %s, though nothing was cut over", a.ID())
			}
		}
		f.awaitRead(f.candidate("stricter").AppID)
		done, err := f.cutOver("stricter", nil)
		if err != nil || done.Differences.Alerts == 0 || done.Former == "" {
			t.Fatalf("cut-over: %+v, error %v", done, err)
		}
		f.produce(all[2300:])
		f.awaitRead(f.appID)
		_, wantReports := f.whole("whole", other)
		f.eventually("reports are those of the other rules", func() bool { return maps.Equal(f.reports(f.topics.SellerHealth, 3), wantReports) })
		alerts := f.alerts(f.topics.Alerts)
		checkChains(t, alerts)
		backfilled := 0
		for _, a := range alerts {
			if a.Cause.Kind == "BACKFILL" {
				backfilled++
			}
		}
		if int64(backfilled) != done.Differences.Alerts {
			t.Errorf("%d alerts of the cut-over, want %d", backfilled, done.Differences.Alerts)
		}
		var refused *worker.RefusedError
		if err := <-live.done; !errors.As(err, &refused) || !strings.Contains(err.Error(), "rules (--rules)") {
			t.Errorf("a former process, of other rules than the group now, ended with %v", err)
		}
		back := f.start(done.Former, rules.BuiltIn(), filepath.Join(t.TempDir(), "back"))
		f.awaitRead(f.candidate(done.Former).AppID)
		_, err = f.cutOver(done.Former, nil)
		if err != nil {
			t.Fatal(err)
		}
		candidate.stop()
		if err := <-candidate.done; err != nil {
			t.Logf("the process of what was cut back from ended with %v", err)
		}
		_, wantReports = f.whole("whole-back", rules.BuiltIn())
		f.eventually("reports are those of the first rules", func() bool { return maps.Equal(f.reports(f.topics.SellerHealth, 3), wantReports) })
		checkChains(t, f.alerts(f.topics.Alerts))
		back.end()
	})
}

// A cut-over may follow at once on one that was refused, though the live processes have not taken their partitions up again, and events have come that the
// candidate has read.
func TestCutOverRightAfterOneThatWasRefused(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f, all := newDeployment(t, broker), market(2, 75)
		other := stricter(t)
		f.produce(all[:2000])
		live := f.run(rules.BuiltIn(), t.TempDir(), nil)
		candidate := f.start("stricter", other, t.TempDir())
		f.awaitRead(f.appID)
		own := f.candidate("stricter").AppID
		f.awaitRead(own)
		for n := range 3 {
			if _, err := f.cutOver("stricter", func(c *Coordinator) { c.MaxDifferences = 0 }); !errors.As(err, new(*TooManyError)) {
				t.Fatalf("cut-over with no difference allowed: %v", err)
			}
			f.produce(all[2000+100*n : 2100+100*n])
			f.awaitRead(own)
		}
		if _, err := f.cutOver("stricter", nil); err != nil {
			t.Fatal(err)
		}
		checkChains(t, f.alerts(f.topics.Alerts))
		live.leave()
		candidate.end()
	})
}
