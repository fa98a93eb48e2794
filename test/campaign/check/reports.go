package check

import (
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/oracle"
)

// report is the latest of a seller, in lines.
type report struct {
	partition int32
	asOf      int64
	lines     []string
}

func (c *Checker) takeReport(r *kgo.Record) {
	f, err := c.decode.report.fields(r.Value)
	if err != nil {
		c.problem("report at offset %d of partition %d: %v", r.Offset, r.Partition, err)
		return
	}
	seller := f.text("seller_id")
	if seller != string(r.Key) {
		c.problem("report of %q has the key %q", seller, r.Key)
	}
	if last := c.reports[seller]; f.millis("as_of") < last.asOf {
		c.problem("report of %q as of %d comes after one as of %d", seller, f.millis("as_of"), last.asOf)
	}
	c.reports[seller] = report{partition: r.Partition, asOf: f.millis("as_of"), lines: reportLines(f)}
}

// compareReports demands for each seller that its latest report says what the reference says now. A report whose numbers stay is not
// published again, so that its windows are those of its day.
func (c *Checker) compareReports() {
	c.result.Reports = 0
	for partition, reference := range c.references {
		for _, seller := range reference.Sellers() {
			want := reference.Report(seller)
			c.result.Reports++
			c.compareReport(seller, partition, c.reports[seller], &want)
		}
	}
	if sellers := c.result.Reports; sellers != len(c.reports) {
		c.problem("%d sellers have a report, %d must", len(c.reports), sellers)
	}
}

func (c *Checker) compareReport(seller string, partition int, got report, r *oracle.Report) {
	want := oracleLines(r)
	slices.Sort(got.lines)
	slices.Sort(want)
	missing, extra := differences(got.lines, want)
	if len(missing)+len(extra) > 0 || got.asOf > r.AsOf {
		c.problem("report of seller %q, partition %d, as of %d, stream time %d: must say %s, says %s",
			seller, partition, got.asOf, r.AsOf, shorten(missing), shorten(extra))
	}
}

const msPerDay = 86_400_000

// reportLines has windows as days before that of the report.
func reportLines(f fields) []string {
	today := int(f.millis("as_of") / msPerDay)
	lines := []string{"status " + f.text("status"), fmt.Sprintf("omitted %d", f.number("product_lines_omitted"))}
	for _, r := range f.records("rules") {
		w := r.record("window")
		lines = append(lines, fmt.Sprintf("rule %s %s %s %d days %d..%d %d/%d = %s %s met %s %s", r.text("rule"), r.text("metric"), r.text("channel"),
			w.number("days"), w.day("from")-today, w.day("to")-today, r.number("numerator"), r.number("denominator"), r.optional("rate"),
			r.text("target"), r.optional("target_met"), r.text("state")))
	}
	for _, m := range f.records("metrics") {
		w := m.record("window")
		lines = append(lines, fmt.Sprintf("metric %s %s %q %d days %d..%d %d/%d = %s", m.text("metric"), m.text("channel"), m.optional("product_line"),
			w.number("days"), w.day("from")-today, w.day("to")-today, m.number("numerator"), m.number("denominator"), m.optional("rate")))
	}
	return lines
}

func oracleLines(r *oracle.Report) []string {
	today := int(r.AsOf / msPerDay)
	lines := []string{"status " + r.Status, fmt.Sprintf("omitted %d", r.ProductLinesOmitted)}
	for _, x := range r.Rules {
		lines = append(lines, fmt.Sprintf("rule %s %s %s %d days %d..%d %d/%d = %s %s met %s %s", x.Rule, x.Metric, x.Channel,
			x.Window.Days, int(x.Window.From)-today, int(x.Window.To)-today, x.Numerator, x.Denominator, optional(x.Rate), x.Target, optional(x.TargetMet), x.State))
	}
	for _, m := range r.Metrics {
		lines = append(lines, fmt.Sprintf("metric %s %s %q %d days %d..%d %d/%d = %s", m.Metric, m.Channel, optional(m.ProductLine),
			m.Window.Days, int(m.Window.From)-today, int(m.Window.To)-today, m.Numerator, m.Denominator, optional(m.Rate)))
	}
	return lines
}
