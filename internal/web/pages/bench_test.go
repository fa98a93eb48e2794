package pages

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/view"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// benchNow is the newest stream time of the reports.
var benchNow = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).UnixMilli()

// randomReport is a report of a seller; most sellers meet all their targets.
func randomReport(r *rand.Rand, id string) outputs.Report {
	today := windows.Date(benchNow / (24 * 60 * 60 * 1000))
	report := outputs.Report{SellerID: id, AsOf: benchNow - r.Int64N(3_600_000)}
	for _, rule := range rules.BuiltIn().Versions() {
		from, to := rule.Window().Range(today)
		denominator := r.Int64N(1000)
		numerator := r.Int64N(denominator/50 + 1)
		if rule.Good() {
			numerator = denominator - numerator
		}
		rr := outputs.RuleReport{
			Rule: rule.Name, Metric: rule.Metric.FullName(), Class: rule.Class, Channel: rule.Channel(), Provisional: rule.Provisional, Window: rule.Window(), From: from, To: to,
			Numerator: numerator, Denominator: denominator, Target: rule.Target, State: rule.Next(numerator, denominator, rules.Standing{State: rules.OK}).State, Since: report.AsOf - 1000,
		}
		report.Rules = append(report.Rules, rr)
		report.Status = max(report.Status, rules.StatusOf(rule.Class, rr.State))
	}
	return report
}

// pagesOf are the pages of a view that has read reports of so many sellers, and 10,000 alerts.
func pagesOf(b *testing.B, sellers int) http.Handler {
	b.Helper()
	broker := brokertest.Embedded(b)
	health, alerts := broker.Prefix+"health", broker.Prefix+"alerts"
	client := enginetest.Topics(b, broker.Addresses, []stream.TopicSpec{{Name: health, Partitions: 1, ReplicationFactor: 1}, {Name: alerts, Partitions: 1, ReplicationFactor: 1}})
	producer, err := client.OpenIdempotent(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	var reports, changes []stream.Message
	for i := range sellers {
		report := randomReport(r, fmt.Sprintf("A%06dSELLER", i))
		reports = append(reports, stream.Message{Key: []byte(report.SellerID), Value: report.AppendAvro(nil), Timestamp: report.AsOf})
		if i < 10_000 {
			rule := &report.Rules[i%len(report.Rules)]
			a := outputs.Alert{
				SellerID: report.SellerID, Rule: rule.Rule, Transition: 1, Metric: rule.Metric, Class: rule.Class, Channel: rule.Channel, State: rules.Breached, PreviousState: rules.OK,
				AsOf: report.AsOf, Window: rule.Window, From: rule.From, To: rule.To, Numerator: rule.Numerator, Denominator: rule.Denominator, Target: rule.Target, Cause: outputs.TimeCause(),
			}
			changes = append(changes, stream.Message{Key: []byte(a.SellerID), Value: a.AppendAvro(nil), Timestamp: a.AsOf})
		}
	}
	for topic, all := range map[string][]stream.Message{health: reports, alerts: changes} {
		for chunk := range slices.Chunk(all, 1000) {
			if _, err := producer.Produce(b.Context(), []stream.Output{{TopicPartition: stream.TopicPartition{Topic: topic}, Messages: chunk}}); err != nil {
				b.Fatal(err)
			}
		}
	}
	v := view.New(view.Options{Client: client, SellerHealth: health, Alerts: alerts})
	go func() { _ = v.Run(b.Context()) }() // It ends without an error.
	enginetest.Eventually(b, "all reports are read", v.Whole)
	if n := v.Overview(0).Sellers; n != sellers {
		b.Fatalf("%d sellers are read, want %d", n, sellers)
	}
	mux := http.NewServeMux()
	New(Options{View: v, Zone: time.UTC, Logger: slog.New(slog.DiscardHandler), Clock: time.Now, Rules: rules.BuiltIn()}).Register(mux)
	return mux
}

// BenchmarkPages answers with pages of 100,000 sellers, and tells the slowest answer of each.
func BenchmarkPages(b *testing.B) {
	pages := pagesOf(b, 100_000)
	for _, c := range []struct{ name, path string }{
		{"overview", "/"},
		{"sellers", "/sellers"},
		{"sellers by text", "/sellers?text=99s&sort=id"},
		{"sellers by all filters", "/sellers?text=9&status=AT_RISK&rule=odr&state=AT_RISK&sort=as_of"},
		{"sellers: none", "/sellers?text=nobody"},
		{"seller", "/sellers/A000001SELLER"},
		{"alerts", "/alerts"},
		{"alerts of a filter", "/alerts?rule=odr&state=BREACHED&seller=A000008SELLER"},
		{"alert", "/alerts/A000008SELLER%2Fodr%2F1"},
		{"system", "/system"},
	} {
		b.Run(c.name, func(b *testing.B) {
			var slowest time.Duration
			for b.Loop() {
				begun, w := time.Now(), httptest.NewRecorder()
				pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, c.path, http.NoBody))
				if slowest = max(slowest, time.Since(begun)); w.Code != http.StatusOK {
					b.Fatalf("status %d: %s", w.Code, w.Body)
				}
			}
			b.ReportMetric(float64(slowest.Microseconds())/1000, "slowest-ms")
		})
	}
}
