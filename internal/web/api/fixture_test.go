package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sellerpulse/internal/app/follow"
	"sellerpulse/internal/inspect"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/ask"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/oracle"
)

const partitions = 3

// market is what became of events: a worker has read them all, and its state and what it published are there.
type market struct {
	t         testing.TB
	client    *stream.Client
	topics    task.Topics
	directory string
	appID     string
	prefix    string // of topics
	zone      *time.Location
	events    []events.Event
}

func newMarket(t testing.TB, all []events.Event) *market {
	t.Helper()
	return newMarketOn(t, brokertest.Embedded(t), all)
}

func newMarketOn(t testing.TB, broker *brokertest.Broker, all []events.Event) *market {
	t.Helper()
	m := &market{t: t, topics: task.TopicsOf(broker.Prefix, "app"), directory: t.TempDir(), appID: broker.Prefix + "app", prefix: broker.Prefix, zone: time.UTC, events: all}
	m.client = enginetest.Topics(t, broker.Addresses, enginetest.TopicSpecs(m.topics.Inputs, partitions, map[string]int32{
		m.topics.Alerts: 2, m.topics.DeadLetters: 1, m.topics.SellerHealth: 3, m.topics.Changelog: partitions,
	}))
	m.apply(all)
	return m
}

// apply sends events and has them read.
func (m *market) apply(all []events.Event) {
	m.t.Helper()
	if err := enginetest.Produce(m.t.Context(), m.client, m.topics.Inputs, partitions, all); err != nil {
		m.t.Fatal(err)
	}
	db := enginetest.OpenState(m.t, m.directory, m.topics.Changelog)
	w, err := worker.New(m.t.Context(), worker.Options{Options: task.Options{
		Client: m.client, State: db, Topics: m.topics, AppID: m.appID, Rules: rules.BuiltIn(), Zone: m.zone, RetentionDays: 120,
		UntilEnd: true, AsOf: events.None, Logger: slog.New(slog.NewTextHandler(m.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}})
	if err == nil {
		err = w.Run(m.t.Context())
	}
	if err := errors.Join(err, db.Close()); err != nil {
		m.t.Fatal(err)
	}
}

// references are what the oracle makes of each partition.
func (m *market) references() (all []*oracle.Result) {
	m.t.Helper()
	decoder := events.NewDecoder(events.DecoderOptions{})
	for p := range int32(partitions) {
		var logs [events.NumTopics][]oracle.Record
		for topic := range events.NumTopics {
			for _, r := range enginetest.Records(m.t, m.client, stream.TopicPartition{Topic: m.topics.Inputs[topic], Partition: p}) {
				record := oracle.Record{Topic: topic, Partition: int(p), Offset: r.Offset, Timestamp: r.Timestamp, Key: r.Key, Bytes: len(r.Value)}
				if err := decoder.Decode(topic, r.Value, &record.Event); err != nil {
					m.t.Fatal(err)
				}
				logs[topic] = append(logs[topic], record)
			}
		}
		all = append(all, oracle.Run(oracle.Merge(logs, partitions), oracle.Options{Zone: m.zone, ValidTracking: tracking.Valid, Partitions: partitions}))
	}
	return all
}

// published are the reports, by seller, and the alerts, as the commands read them.
func (m *market) published() (reports map[string]*outputs.Report, alerts []outputs.Alert) {
	m.t.Helper()
	reports = map[string]*outputs.Report{}
	err := errors.Join(
		follow.Reports(m.t.Context(), m.client, m.topics.SellerHealth, func(r *outputs.Report) error { reports[r.SellerID] = r; return nil }),
		follow.Alerts(m.t.Context(), m.client, follow.AlertOptions{Topic: m.topics.Alerts, FromBeginning: true, UntilEnd: true}, func(a *outputs.Alert) error {
			alerts = append(alerts, *a)
			return nil
		}),
	)
	if err != nil {
		m.t.Fatal(err)
	}
	return reports, alerts
}

// follow follows what is published, until stop is called.
func (m *market) follow(o view.Options) (v *view.View, stop func()) {
	m.t.Helper()
	o.Client, o.SellerHealth, o.Alerts = m.client, m.topics.SellerHealth, m.topics.Alerts
	v = view.New(o)
	ctx, cancel := context.WithCancel(m.t.Context())
	done := make(chan error, 1)
	go func() { done <- v.Run(ctx) }()
	stopped := false
	stop = func() {
		if cancel(); !stopped {
			stopped = true
			if err := <-done; err != nil {
				m.t.Error(err)
			}
		}
	}
	m.t.Cleanup(stop)
	enginetest.Eventually(m.t, "all that is published is read", v.Whole)
	return v, stop
}

// states opens the state that the worker left.
func (m *market) states() *ask.States {
	m.t.Helper()
	db := enginetest.OpenState(m.t, m.directory, m.topics.Changelog)
	here := ask.New(ask.Options{
		DB: db, Client: m.client, Inputs: m.topics.Inputs, Inspect: inspect.Options{Rules: rules.BuiltIn(), Zone: m.zone, RetentionDays: 120},
		PartitionOf: func(seller string) int32 { return stream.PartitionFor([]byte(seller), partitions) },
	})
	m.t.Cleanup(func() {
		if err := errors.Join(here.Close(), db.Close()); err != nil {
			m.t.Error(err)
		}
	})
	return here
}

// site is a server of the API, over real connections.
type site struct {
	t   testing.TB
	url string
}

// open serves what became of the events, with the options that change changes.
func (m *market) open(change func(*Options)) (*site, *ask.States) {
	m.t.Helper()
	states := m.states()
	v, _ := m.follow(view.Options{})
	o := Options{View: v, Of: states.Of, Events: states.OrderEvents, Rules: rules.BuiltIn(), Zone: m.zone, Version: "test"}
	if change != nil {
		change(&o)
	}
	return serve(m.t, o), states
}

func serve(t testing.TB, o Options) *site {
	mux := http.NewServeMux()
	Register(mux, o)
	server := httptest.NewServer(Exact(mux))
	t.Cleanup(server.Close)
	return &site{t: t, url: server.URL}
}

// answer is what was answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// segment is an id as a segment of a path: everything is encoded that a path gives a meaning to.
// escaped is a text in a query.
func escaped(text string) string { return url.QueryEscape(text) }

func segment(id string) string {
	switch id {
	case ".", "..":
		return id // As programs send them.
	}
	return url.PathEscape(id)
}

// ask asks at a path below the prefix, with headers in pairs.
func (s *site) ask(path string, headers ...string) answer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	path, query, _ := strings.Cut(Prefix+path, "?")
	request.URL.Opaque, request.URL.RawQuery = "//"+request.URL.Host+path, query // It is sent as it is.
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, body}
}

// get200 asks for what there is, and reads it.
func get200[T any](s *site, path, schema string) (content T) {
	s.t.Helper()
	a := s.ask(path)
	if a.status != http.StatusOK || a.header.Get("Content-Type") != jsonType {
		s.t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	conforms(s.t, path, schema, a.body)
	if err := json.Unmarshal(a.body, &content); err != nil {
		s.t.Fatalf("%s: %v: %s", path, err, a.body)
	}
	return content
}

// conforms holds an answer against its schema in the committed document.
func conforms(t testing.TB, path, schema string, body []byte) {
	t.Helper()
	all, err := compiledSchemas()
	if err != nil {
		t.Fatal(err)
	}
	content, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v: %s", path, err, body)
	}
	if err := all[schema].Validate(content); err != nil {
		t.Errorf("%s is not of the schema: %v", path, err)
	}
}

var compiledSchemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	text, err := os.ReadFile("openapi.json")
	if err != nil {
		return nil, err
	}
	content, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("openapi.json", content); err != nil {
		return nil, err
	}
	all := map[string]*jsonschema.Schema{}
	for name := range content.(map[string]any)["components"].(map[string]any)["schemas"].(map[string]any) {
		if all[name], err = compiler.Compile("openapi.json" + schemas + name); err != nil {
			return nil, err
		}
	}
	return all, nil
})

// problem asks for what there is not.
func (s *site) problem(path string, status int, headers ...string) (p struct {
	Status int
	Detail string
	Errors []struct{ Message, Location string }
},
) {
	s.t.Helper()
	a := s.ask(path, headers...)
	if err := json.Unmarshal(a.body, &p); err != nil || a.status != status || p.Status != status || a.header.Get("Content-Type") != "application/problem+json" || a.header.Get("Cache-Control") != "no-store" {
		s.t.Errorf("%s: %d %v %s, want a problem of %d", path, a.status, a.header, a.body, status)
	}
	return p
}

func random(seed uint64, n int) (all []events.Event) {
	for _, e := range enginetest.RandomEvents(rand.New(rand.NewPCG(seed, 77)), n) {
		all = append(all, e)
	}
	return all
}
