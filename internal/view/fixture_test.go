package view

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

const (
	hour = 3_600_000
	day  = 24 * hour
	noon = 20_512*day + day/2 // of the day that most tests are about
)

// hostileIDs are sellers as nobody would name them.
func hostileIDs() []string {
	ids := []string{
		"", "/", "a/b/c", "S1/odr/1", `<script>alert("1")</script>`, "&amp;<b>", "\u202egnirts\u202c", "\u0000\u0007\n\r\t", "s p a c e", "%2F..%2F", "é", "e\u0301",
		"İstanbul", "ẞ", "\xff\xfe", strings.Repeat("x", 300), strings.Repeat("ä", 300), strings.Repeat("y", events.MaxTextBytes),
	}
	for plane := range rune(17) {
		ids = append(ids, fmt.Sprintf("plane %d: %c", plane, plane<<16|0xf00d), string(plane<<16|0x42))
	}
	return ids
}

// reportOf is a report of a seller under the built-in rules, with random counts; each rule's state is what follows from them.
func reportOf(r *rand.Rand, id string, asOf events.Millis) outputs.Report {
	report := outputs.Report{SellerID: id, AsOf: asOf}
	today := windows.Date(asOf / day)
	for _, rule := range rules.BuiltIn().Versions() {
		from, to := rule.Window().Range(today)
		denominator := max(0, r.Int64N(1000)-100)
		numerator := int64(0)
		if denominator > 0 {
			numerator = r.Int64N(min(denominator, 60) + 1)
		}
		if rule.Good() {
			numerator = denominator - numerator
		}
		rr := outputs.RuleReport{
			Rule: rule.Name, Metric: rule.Metric.FullName(), Class: rule.Class, Channel: rule.Channel(), Provisional: rule.Provisional, Window: rule.Window(), From: from, To: to,
			Numerator: numerator, Denominator: denominator, Target: rule.Target, State: rule.Next(numerator, denominator, rules.Standing{State: rules.OK}).State,
		}
		if rr.State != rules.NoData {
			rr.Since = asOf - r.Int64N(100*day)
		}
		report.Rules = append(report.Rules, rr)
		report.Status = max(report.Status, rules.StatusOf(rule.Class, rr.State))
	}
	report.Metrics = []outputs.MetricReport{{Metric: rules.ClaimRate.Name, Window: windows.Window{Count: 60}, From: today - 59, To: today}}
	return report
}

// alertOf is an alert about a seller.
func alertOf(id, rule string, n int64, asOf events.Millis, previous, state rules.State) outputs.Alert {
	of := rules.BuiltIn().Find(rule).Versions[0]
	from, to := of.Window().Range(windows.Date(asOf / day))
	return outputs.Alert{
		SellerID: id, Rule: rule, Transition: n, Metric: of.Metric.FullName(), Class: of.Class, Channel: of.Channel(), Provisional: of.Provisional, State: state, PreviousState: previous,
		AsOf: asOf, Window: windows.Window{Count: of.Window().Count}, From: from, To: to, Numerator: 1, Denominator: 10, Target: of.Target, OrderIDs: []string{"O1"}, Cause: outputs.TimeCause(),
	}
}

// feed gives a view what would be read, without a broker.
type feed struct {
	*View
	alerts, reports []*log
}

func newFeed(options Options, alerts, reports int32) *feed {
	options.Alerts, options.SellerHealth = "alerts", "seller-health"
	f := &feed{View: New(options)}
	for p := range alerts {
		f.alerts = append(f.alerts, &log{TopicPartition: stream.TopicPartition{Topic: "alerts", Partition: p}, alerts: true, goal: math.MaxInt64})
	}
	for p := range reports {
		f.reports = append(f.reports, &log{TopicPartition: stream.TopicPartition{Topic: "seller-health", Partition: p}, goal: math.MaxInt64})
	}
	f.begin(map[string]stream.TopicIdentity{
		"alerts": {ID: "a", Partitions: alerts}, "seller-health": {ID: "h", Partitions: reports},
	}, append(append([]*log(nil), f.alerts...), f.reports...))
	return f
}

// settle ends the first reading.
func (f *feed) settle() *feed {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, l := range f.logs {
		l.goal = 0
	}
	f.complete()
	return f
}

// give gives a partition its next record.
func (f *feed) give(l *log, key string, value []byte, at int64) {
	r := stream.Record{Offset: l.next, Timestamp: at, Key: []byte(key), Value: value}
	f.take(l, &stream.Chunk{Records: []stream.Record{r}, Next: l.next + 1, LastStable: max(l.end, l.next+1)})
}

func (f *feed) report(r outputs.Report, at int64) {
	f.give(f.reports[stream.PartitionFor([]byte(r.SellerID), int32(len(f.reports)))], r.SellerID, r.AppendAvro(nil), at)
}

func (f *feed) tombstone(id string, at int64) {
	f.give(f.reports[stream.PartitionFor([]byte(id), int32(len(f.reports)))], id, nil, at)
}

func (f *feed) alert(a outputs.Alert, at int64) {
	f.give(f.alerts[stream.PartitionFor([]byte(a.SellerID), int32(len(f.alerts)))], a.SellerID, a.AppendAvro(nil), at)
}

// ids lists all sellers of a query, page by page.
func (f *feed) ids(t testing.TB, q Query) (ids []string) {
	t.Helper()
	for {
		page, err := f.Sellers(q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page.Sellers {
			ids = append(ids, page.Sellers[i].ID)
		}
		if q.After = page.Next; q.After == "" {
			return ids
		}
	}
}
