package engine

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// recordOf is an event as a producer puts it into its topic.
func recordOf(e events.Event) Record {
	return Record{Message: state.Message{Topic: e.Topic, Timestamp: e.OccurredAt, Key: []byte(e.SellerID), Value: events.Encoder{}.AppendAvro(nil, &e)}, Event: e}
}

// linesOf are the product lines that a report lists with a metric over a window, with their numbers.
func linesOf(r *outputs.Report, metric *rules.Metric, days int32, channel rules.Channel) (lines []string) {
	for i := range r.Metrics {
		if m := &r.Metrics[i]; m.Metric == metric.Name && m.Window.Count == days && m.Channel == channel && m.ProductLine != nil {
			lines = append(lines, fmt.Sprintf("%s %d/%d", *m.ProductLine, m.Numerator, m.Denominator))
		}
	}
	return lines
}

// Of more product lines than a report lists those are listed that have the most orders, of equal ones the first by name.
func TestReportListsSoManyLines(t *testing.T) {
	titles := make([]string, 200)
	short := make([]string, 200)
	for i := range titles {
		short[i] = fmt.Sprintf("line-%05d 0/1", i)
		titles[i] = fmt.Sprintf("%05d %s 0/1", i, strings.Repeat("title ", 32))
	}
	for _, c := range []struct {
		file            string
		orders, omitted int64
		lines           []string
	}{
		{"many-lines.jsonl.gz", 1, 3100, short},
		{"titles.jsonl.gz", 600, 400, titles},
	} {
		t.Run(c.file, func(t *testing.T) {
			m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames})
			enginetest.ReadLines(t, "cases/"+c.file, func(line []byte) {
				var e events.Event
				m.must(events.ParseLine(line, &e))
				r := recordOf(e)
				m.apply(&r)
			})
			m.commit()
			r, _, err := m.engine.ReportOf("BIG")
			m.must(err)
			if r.ProductLinesOmitted != c.omitted || len(m.output.DeadLetters) > 0 {
				t.Errorf("%d lines omitted, want %d; %d dead letters", r.ProductLinesOmitted, c.omitted, len(m.output.DeadLetters))
			}
			if first := r.Metrics[0]; first.ProductLine != nil || first.Denominator != c.orders {
				t.Errorf("the total of all lines is %+v, want %d orders", first, c.orders)
			}
			for _, metric := range rules.Metrics() {
				for _, w := range outputs.ReportWindows(metric) {
					if metric == rules.OrderDefectRate || metric == rules.LateShipmentRate {
						enginetest.CompareLists(t, metric.String(), linesOf(&r, metric, w.Count, rules.MFN), c.lines)
					} else if n := len(linesOf(&r, metric, w.Count, rules.MFN)); n != 200 {
						t.Errorf("%v over %d days lists %d lines", metric, w.Count, n)
					}
				}
			}
		})
	}
}

// A line that is omitted is so in each window, also in one whose lines alone would all be listed; and one that comes up pushes out another.
func TestReportOmitsByOrdersOf60Days(t *testing.T) {
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames})
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).UnixMilli()
	order := 0
	place := func(after int64, lines ...string) {
		e := events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, EventID: "e", SellerID: "S", OrderID: fmt.Sprint(order), OccurredAt: start + after*day,
			OrderDate: start + after*day, Channel: events.MFN, ShipBy: events.None, DeliverBy: events.None,
		}
		order++
		for _, line := range lines {
			e.Items = append(e.Items, events.Item{ItemID: "1", ProductLine: line, Quantity: 1})
		}
		r := recordOf(e)
		m.apply(&r)
	}
	check := func(omitted int64, days int32, want ...string) {
		t.Helper()
		r, _, err := m.engine.ReportOf("S")
		m.must(err)
		if r.ProductLinesOmitted != omitted {
			t.Errorf("%d lines omitted, want %d", r.ProductLinesOmitted, omitted)
		}
		metric := rules.CancellationRate
		if days == 60 {
			metric = rules.ClaimRate
		}
		enginetest.CompareLists(t, fmt.Sprintf("lines over %d days", days), linesOf(&r, metric, days, rules.AllChannels), want)
	}
	var old []string
	for i := range 200 {
		old = append(old, fmt.Sprintf("old-%03d", i))
	}
	place(0, old...)
	place(20, "new", "old-007")
	check(1, 7, "new 0/1", "old-007 0/1") // "old-199" is one too many.
	place(21, "zoo")
	place(22, "zoo")
	check(2, 7, "new 0/1", "old-007 0/1", "zoo 0/2")
	m.advance(start + 60*day) // What was sold on the first day leaves the 60 days.
	check(0, 60, "new 0/1", "old-007 0/1", "zoo 0/2")
	check(0, 7)
}

// With more product lines than a report lists the engine lists and omits what a naive recomputation does.
func TestReportOfManyLinesEqualsNaiveRecomputation(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 13))
			log := randomLog(r, 120)
			for i := range log {
				if e := &log[i].Event; e.Kind == events.OrderPlaced && log[i].Err == nil {
					e.Items = randomItems(r)
					log[i].Value = events.Encoder{}.AppendAvro(nil, e)
				}
			}
			m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames})
			for i := range log {
				m.apply(&log[i])
			}
			end := log[len(log)-1].Event.OccurredAt + r.Int64N(20*day)
			m.advance(end)
			m.commit()
			compareWithOracle(t, m, log, time.UTC, end)
			omitted := int64(0)
			for seller := range 3 {
				report, _, err := m.engine.ReportOf(fmt.Sprintf("S%d", seller))
				m.must(err)
				omitted += report.ProductLinesOmitted
			}
			if omitted == 0 {
				t.Error("nothing was omitted: the test tests nothing")
			}
		})
	}
}

// randomItems are of some of 400 product lines, of some more often than of others.
func randomItems(r *rand.Rand) (items []events.Item) {
	for line := range 400 {
		if r.IntN(4+line%7) == 0 {
			items = append(items, events.Item{ItemID: "1", ProductLine: fmt.Sprintf("line-%d", line), Quantity: 1})
		}
	}
	return items
}
