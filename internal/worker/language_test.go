package worker

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows/tracking"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/oracle"
)

// shopPack has what the built-in rules have not: levels, parts, a list of windows, months and weeks, days of evaluation, versions, a metric of its own, and a
// filter of all of it.
const shopPack = `pack: shop
figures: 2026-11-25
sources: [https://shop.example/policy]
where: {marketplace: ["", DE, FR]}
metrics: [{name: loss_rate, bad: [claim, seller_cancelled, refunded], unless: [buyer_cancelled]}]
rules:
  - name: losses
    metric: loss_rate
    by: ship_country
    window: [{days: 1w, min_total: 3}, {days: 30d}]
    min_misses: 2
    levels:
      - {level: top, target: "<= 0.1", state: ok}
      - {level: fair, target: "<= 0.3", state: at_risk}
      - {level: poor, target: "<= 0.6", state: breached}
      - {level: out, state: breached}
    class: contractual
  - {name: monthly, metric: order_defect_rate, window: 1mo, evaluate: monthly 5, target: "<= 0.2", class: contractual}
  - {name: late, metric: late_shipment_rate, by: product_line, window: 20d, target: "< 0.5", class: advisory, until: 2016-01-15}
  - {name: late, metric: late_shipment_rate, by: product_line, window: 10d, lag: 2d, target: "< 0.2", class: advisory, from: 2016-01-16}
`

// A pack that has the whole language comes to just the alerts and reports of the reference, over a restart in the middle.
func TestAPackAgainstTheReference(t *testing.T) {
	const partitions, retention = 2, 100
	var market []events.Event
	for _, e := range enginetest.RandomSales(rand.New(rand.NewPCG(5, 5)), 3000) {
		market = append(market, e)
	}
	slices.SortStableFunc(market, func(a, b events.Event) int { return int(a.OccurredAt - b.OccurredAt) })
	end := market[len(market)-1].OccurredAt + (20 * 24 * time.Hour).Milliseconds()
	set, err := rules.Parse([]byte(shopPack), retention)
	if err != nil {
		t.Fatal(err)
	}
	want := referenceOf(t, market, partitions, end, oracle.Options{RetentionDays: retention, Rules: packOf(t, shopPack)})
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, partitions)
		directory := t.TempDir()
		for i, part := range [][]events.Event{market[:len(market)/2], market[len(market)/2:]} {
			s.produce(part)
			if err := s.run(t.Context(), directory, func(o *Options) {
				if o.Rules, o.RetentionDays = set, retention; i == 1 {
					o.AsOf = end
				}
			}); err != nil {
				t.Fatal(err)
			}
		}
		if kinds := s.compareWithReference(want); len(kinds) != 5 {
			t.Errorf("alerts of %v: nothing of the pack may go without", kinds)
		}
	})
}

// packOf is the rules of a pack as the reference reads them.
func packOf(t *testing.T, text string) []oracle.Pack {
	t.Helper()
	pack, err := oracle.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return []oracle.Pack{pack}
}

// referenceOf is what the naive reference makes of the events, by partition.
func referenceOf(t *testing.T, all []events.Event, partitions int32, end events.Millis, o oracle.Options) (results []*oracle.Result) {
	t.Helper()
	o.Zone, o.ValidTracking, o.Partitions = time.UTC, tracking.Valid, int(partitions)
	logs := make([][events.NumTopics][]oracle.Record, partitions)
	for _, e := range all {
		p := stream.PartitionFor([]byte(e.SellerID), partitions)
		log := &logs[p][e.Topic]
		*log = append(*log, oracle.Record{Topic: e.Topic, Partition: int(p), Offset: int64(len(*log)), Timestamp: e.OccurredAt, Key: []byte(e.SellerID), Bytes: 100, Event: e})
	}
	for p := range logs {
		r := oracle.Run(oracle.Merge(logs[p], int(partitions)), o)
		r.AsOf(end)
		results = append(results, r)
	}
	return results
}

// compareWithReference compares each field of each alert, and where each seller stands by its latest report. It gives what there were alerts of: rules, and
// parts and levels.
func (s *fixture) compareWithReference(results []*oracle.Result) (kinds map[string]bool) {
	s.t.Helper()
	var alerts [][]byte
	for _, a := range s.alerts() {
		alerts = append(alerts, a.AppendJSON(nil))
	}
	shape := enginetest.ShapeOf(s.t, append(append([]byte{'['}, bytes.Join(alerts, []byte{','})...), ']'))
	var got, want, stands, wanted []string
	kinds = map[string]bool{}
	for _, text := range alerts {
		got = append(got, shape.Line(s.t, text))
		var a struct{ Part, Level *string }
		if err := json.Unmarshal(text, &a); err != nil {
			s.t.Fatal(err)
		}
		kinds["part"], kinds["level"] = kinds["part"] || a.Part != nil, kinds["level"] || a.Level != nil
	}
	reports := s.reports()
	for _, r := range results {
		for i := range r.Alerts {
			want = append(want, shape.Line(s.t, enginetest.JSONOf(s.t, r.Alerts[i].Fields(func(topic events.Topic) string { return s.topics.Inputs[topic] }))))
			kinds[r.Alerts[i].Rule] = true
		}
		for _, id := range r.Sellers() {
			published := reports[id]
			stands = append(stands, standings(s.t, published.AppendJSON(nil))...)
			report := r.Report(id)
			wanted = append(wanted, standings(s.t, enginetest.JSONOf(s.t, report.Fields()))...)
			delete(reports, id)
		}
	}
	enginetest.CompareLists(s.t.(*testing.T), "alerts", got, want)
	enginetest.CompareLists(s.t.(*testing.T), "standings", stands, wanted)
	if len(reports) > 0 {
		s.t.Errorf("reports of nobody: %v", reports)
	}
	return kinds
}

// standings is what a report says of each rule, and of each metric, but for dates: a report is not repeated when only its windows are others.
func standings(t testing.TB, report []byte) (lines []string) {
	t.Helper()
	var r struct {
		Seller   string `json:"seller_id"`
		Status   string
		Statuses map[string]string
		Rules    []struct {
			Rule, State    string
			Part, Level    *string
			Numerator      int64
			Denominator    int64
			ProjectedState string `json:"projected_state"`
			PartsOmitted   int64  `json:"parts_omitted"`
		}
		Metrics []struct {
			Metric, Channel string
			ProductLine     *string `json:"product_line"`
			Numerator       int64
			Denominator     int64
		}
	}
	if err := json.Unmarshal(report, &r); err != nil {
		t.Fatal(err)
	}
	lines = append(lines, string(enginetest.JSONOf(t, []any{r.Seller, r.Status, r.Statuses})))
	for i := range r.Rules {
		lines = append(lines, string(enginetest.JSONOf(t, []any{r.Seller, r.Rules[i]})))
	}
	for i := range r.Metrics {
		lines = append(lines, string(enginetest.JSONOf(t, []any{r.Seller, r.Metrics[i]})))
	}
	return lines
}
