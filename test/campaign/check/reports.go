package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/test/oracle"
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
// published again, so that its windows are those of its day. While processors run, reports are waited for.
func (c *Checker) compareReports(ctx context.Context) error {
	if c.moment.Refused {
		return nil
	}
	wrong := c.wrongReports()
	wait := backoff.NewConstantBackOff(200 * time.Millisecond)
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		if len(wrong) == 0 || !c.moment.Live {
			return struct{}{}, nil
		}
		if err := errors.Join(c.settle(ctx), c.read(ctx, []string{c.options.App.SellerHealth()})); err != nil {
			return struct{}{}, backoff.Permanent(err)
		}
		wrong = c.wrongReports()
		return struct{}{}, errors.New("reports are still to come")
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(c.options.SettleTimeout))
	for _, text := range wrong {
		c.problem("%s", text)
		err = nil
	}
	return err
}

// wrongReports says what is wrong. Reports of a partition that is held up may come later.
func (c *Checker) wrongReports() (wrong []string) {
	c.result.Reports = 0
	are, must := len(c.reports), 0
	for partition, reference := range c.references {
		held := c.moment.Held != nil && c.moment.Held.Partition == partition
		for _, seller := range reference.Sellers() {
			must++
			if held {
				are += missing(c.reports, seller)
				continue
			}
			want := reference.Report(seller)
			c.result.Reports++
			if text := wrongReport(seller, partition, c.reports[seller], &want); text != "" {
				wrong = append(wrong, text)
			}
		}
	}
	if are != must {
		wrong = append(wrong, fmt.Sprintf("%d sellers have a report, %d must", are, must))
	}
	return wrong
}

// missing is 1 for a seller without a report, and 0 for any other.
func missing(reports map[string]report, seller string) int {
	if _, there := reports[seller]; there {
		return 0
	}
	return 1
}

func wrongReport(seller string, partition int, got report, r *oracle.Report) string {
	want := oracleLines(r)
	slices.Sort(got.lines)
	slices.Sort(want)
	missing, extra := differences(got.lines, want)
	if len(missing)+len(extra) == 0 && got.asOf <= r.AsOf {
		return ""
	}
	return fmt.Sprintf("report of seller %q, partition %d, as of %d, stream time %d: must say %s, says %s",
		seller, partition, got.asOf, r.AsOf, shorten(missing), shorten(extra))
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
			r.optional("target"), r.optional("target_met"), r.text("state")))
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
