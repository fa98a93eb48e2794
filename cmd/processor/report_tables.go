package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"sellerpulse/internal/display"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// writeReportTables writes a report for eyes: the status, a table of the rules, and one of the rates that have orders behind them.
func writeReportTables(w io.Writer, r *outputs.Report) error {
	_, err := fmt.Fprintf(w, "Seller %s: %s as of %s UTC\n%s\n", display.Cell(r.SellerID, cellWidth), r.Status, timeText(r.AsOf), statusesText(r.Statuses))
	if err != nil {
		return err
	}
	t := newTable(w, "RULE", "WINDOW", "ORDERS FROM", "TO", "COUNT", "OF", "RATE", "TARGET", "STATE", "SINCE (UTC)")
	t.right(5, 6, 7)
	for i := range r.Rules {
		rule := &r.Rules[i]
		since := "-"
		if rule.Since != 0 {
			since = timeText(rule.Since)
		}
		t.row(ruleText(rule.Rule, rule.Part), strconv.Itoa(int(rule.Window.Count))+" days", rule.From.String(), rule.To.String(), grouped(rule.Numerator), grouped(rule.Denominator),
			rateText(rule.Numerator, rule.Denominator), targetText(rule.Target), reportedState(rule), since)
	}
	if err := t.write(); err != nil {
		return err
	}
	if err := writeSilences(w, r.Rules); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, omittedParts(r.Rules)); err != nil {
		return err
	}
	if err := writeMetrics(w, r.Metrics); err != nil || r.ProductLinesOmitted == 0 {
		return err
	}
	_, err = fmt.Fprintf(w, "\n%s not listed: those with the fewest orders over %d days.\n", linesText(r.ProductLinesOmitted), outputs.LineWindow.Count)
	return err
}

// writeSilences tells of the rules of which nobody is told, and why.
func writeSilences(w io.Writer, all []outputs.RuleReport) error {
	for i := range all {
		rule := &all[i]
		if rule.SilencedUntil == nil {
			continue
		}
		name := rule.Rule
		if rule.Part != nil {
			name += ", " + display.Cell(*rule.Part, cellWidth)
		}
		if _, err := fmt.Fprintf(w, "%s is silenced until %v: %s\n", name, *rule.SilencedUntil, display.Cell(rule.SilenceReason, rules.MaxReasonBytes)); err != nil {
			return err
		}
	}
	return nil
}

// statusesText is the status of each pack, a line each; nothing where there is but one.
func statusesText(statuses []rules.PackStatus) string {
	var b strings.Builder
	for _, s := range statuses {
		if len(statuses) > 1 {
			fmt.Fprintf(&b, "%s: %s\n", packText(s.Pack), s.Status)
		}
	}
	return b.String()
}

// packText names a pack.
func packText(name string) string {
	if name == "" {
		return "Rules without a pack"
	}
	return "Pack " + name
}

// ruleText names a rule, or a part of it, as ids of alerts do: a part without a name is a pair of quotes.
func ruleText(rule string, part *string) string {
	switch {
	case part == nil:
		return rule
	case *part == "":
		return rule + `:""`
	}
	return rule + ":" + *part
}

// reportedState is the state, with the level of a rule that has levels, and what it would be if it were evaluated now.
func reportedState(r *outputs.RuleReport) string {
	text := r.State.String()
	if r.Level != "" {
		text += ", " + r.Level
	}
	if r.ProjectedState != r.State {
		text += ", projected " + r.ProjectedState.String()
	}
	return text
}

// omittedParts says of each rule how many parts have no state of their own.
func omittedParts(all []outputs.RuleReport) string {
	var b strings.Builder
	for i := range all {
		if r := &all[i]; r.PartsOmitted > 0 && (i == 0 || all[i-1].Rule != r.Rule) {
			fmt.Fprintf(&b, "%s: %s not listed.\n", r.Rule, plural(r.PartsOmitted, "more part"))
		}
	}
	return b.String()
}

func linesText(n int64) string {
	if n == 1 {
		return "1 more product line is"
	}
	return grouped(n) + " more product lines are"
}

// writeMetrics lists all totals, and the product lines and channels that have orders.
func writeMetrics(w io.Writer, metrics []outputs.MetricReport) error {
	t := newTable(w, "METRIC", "WINDOW", "CHANNEL", "PRODUCT LINE", "COUNT", "OF", "RATE")
	t.right(5, 6, 7)
	t.narrow(4)
	for i := range metrics {
		m := &metrics[i]
		line := "all"
		if m.ProductLine != nil {
			line = *m.ProductLine
		}
		if m.Denominator == 0 && (m.ProductLine != nil || m.Channel != rules.AllChannels) {
			continue
		}
		t.row(m.Metric, strconv.Itoa(int(m.Window.Count))+" days", m.Channel.String(), line, grouped(m.Numerator), grouped(m.Denominator),
			rateText(m.Numerator, m.Denominator))
	}
	return t.write()
}
