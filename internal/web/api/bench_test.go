package api

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/view"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

const manySellers = 100_000

// BenchmarkSellers asks over a real connection for pages of 50 of 100,000 sellers, and for those of one that did not change.
func BenchmarkSellers(b *testing.B) {
	broker := brokertest.Embedded(b)
	topics := [2]string{broker.Prefix + "alerts", broker.Prefix + "seller-health"}
	m := &market{t: b}
	m.topics.Alerts, m.topics.SellerHealth = topics[0], topics[1]
	m.client = enginetest.Topics(b, broker.Addresses, []stream.TopicSpec{
		{Name: topics[0], Partitions: 1, ReplicationFactor: 1}, {Name: topics[1], Partitions: 1, ReplicationFactor: 1},
	})
	publishReports(b, m, manySellers)
	v, _ := m.follow(view.Options{})
	s := serve(b, Options{View: v})
	middle := get200[struct {
		Next string `json:"next_cursor"`
	}](s, "/sellers?limit=500", "Sellers").Next
	tag := s.ask("/sellers", "Accept-Encoding", "gzip").header.Get("ETag")
	for _, c := range []struct{ name, path, tag string }{
		{"first", "/sellers", ""},
		{"unchanged", "/sellers", tag},
		{"further", "/sellers?cursor=" + middle, ""},
		{"of 500", "/sellers?limit=500", ""},
		{"of a status", "/sellers?status=AT_RISK", ""},
		{"of a text", "/sellers?text=77&sort=id", ""},
		{"overview", "/overview", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			bytes := int64(0)
			for b.Loop() {
				bytes += askMany(b, s.url+Prefix+c.path, c.tag)
			}
			b.ReportMetric(float64(bytes)/float64(b.N), "sent-B/op")
		})
	}
}

// publishReports publishes reports of so many sellers, with random numbers under the built-in rules.
func publishReports(b *testing.B, m *market, n int) {
	b.Helper()
	producer, err := m.client.OpenIdempotent(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	to := stream.Output{TopicPartition: stream.TopicPartition{Topic: m.topics.SellerHealth}}
	for i := range n {
		report := outputs.Report{SellerID: fmt.Sprintf("A%013dSELLER", r.Int64N(1e13)), AsOf: enginetest.Noon.UnixMilli()}
		for _, rule := range rules.BuiltIn().Versions() {
			denominator := r.Int64N(1000)
			numerator := r.Int64N(denominator/20 + 1)
			if rule.Good() {
				numerator = denominator - numerator
			}
			from, until := rule.Window().Range(windows.Date(report.AsOf / enginetest.Day))
			state := rule.Next(numerator, denominator, rules.Standing{State: rules.OK}).State
			report.Rules = append(report.Rules, outputs.RuleReport{
				Rule: rule.Name, Metric: rule.Metric.FullName(), Class: rule.Class, Channel: rule.Channel(), Provisional: rule.Provisional, Window: rule.Window(), From: from, To: until,
				Numerator: numerator, Denominator: denominator, Target: rule.Target, State: state, Since: report.AsOf - r.Int64N(enginetest.Day),
			})
			report.Status = max(report.Status, rules.StatusOf(rule.Class, state))
		}
		to.Messages = append(to.Messages, stream.Message{Key: []byte(report.SellerID), Value: report.AppendAvro(nil), Timestamp: report.AsOf})
		if len(to.Messages) == 1000 || i == n-1 {
			if _, err := producer.Produce(b.Context(), []stream.Output{to}); err != nil {
				b.Fatal(err)
			}
			to.Messages = nil
		}
	}
}

func askMany(b *testing.B, url, tag string) int64 {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip")
	want := http.StatusOK
	if tag != "" {
		request.Header.Set("If-None-Match", tag)
		want = http.StatusNotModified
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if err != nil || response.StatusCode != want {
		b.Fatalf("%s: %d, error %v", url, response.StatusCode, err)
	}
	return n
}
