package main

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"sellerpulse/internal/backfill/diff"
	"sellerpulse/internal/display"
)

// diffTables prints what differs as tables, each of which is left out where it would be empty.
type diffTables struct {
	to    io.Writer
	flags *diffFlags

	standings, alerts, orders *textTable
	others                    []string // sellers that differ in nothing that a table shows
	rates                     []string // sellers of which rates without a rule differ
	moving                    []string
	listed                    int64
}

func newDiffTables(w io.Writer, flags *diffFlags) *diffTables {
	return &diffTables{to: w, flags: flags}
}

func (t *diffTables) seller(s *diff.Seller) error {
	t.listed++
	if s.Moving {
		t.moving = append(t.moving, s.ID)
		return nil
	}
	if s.Rates {
		t.rates = append(t.rates, s.ID)
	}
	if s.In != diff.Both && len(s.Rules) == 0 {
		t.others = append(t.others, s.ID)
	}
	for _, r := range s.Rules {
		t.rule(s.ID, &r)
	}
	for i := range s.Alerts {
		t.alert(s.ID, &s.Alerts[i])
	}
	for i := range firstOf(s.Orders, int(t.flags.limit)) {
		t.order(&s.Orders[i])
	}
	return nil
}

func (t *diffTables) rule(seller string, r *diff.Rule) {
	if t.standings == nil {
		t.standings = newTable(t.to, "SELLER", "RULE", "LIVE", "COUNT", "OF", "WINDOW", "CANDIDATE", "COUNT", "OF", "WINDOW")
		t.standings.right(4, 5, 8, 9)
		t.standings.narrow(1)
	}
	t.standings.row(append(append([]string{seller, r.Rule}, standingCells(r.Live)...), standingCells(r.Candidate)...)...)
}

func standingCells(s *diff.Standing) []string {
	switch {
	case s == nil:
		return []string{"-", "-", "-", "-"}
	case s.Report == nil:
		return []string{s.State.String(), "-", "-", "-"}
	}
	n := s.Report
	return []string{s.State.String(), grouped(n.Numerator), grouped(n.Denominator), fmt.Sprintf("%v..%v", n.From, n.To)}
}

func (t *diffTables) alert(seller string, a *diff.Alert) {
	if t.alerts == nil {
		t.alerts = newTable(t.to, "ONLY IN", "SELLER", "RULE", "FROM", "TO", "TIME (UTC)", "COUNT", "CAUSE", "ALERT")
		t.alerts.narrow(2)
	}
	in := map[diff.Presence]string{diff.LiveOnly: "live", diff.CandidateOnly: "candidate", diff.Both: "neither"}[a.In()]
	one := cmp.Or(a.Live, a.Candidate)
	count := countOf(one)
	if a.Live != nil && a.Candidate != nil {
		count += " and " + countOf(a.Candidate)
	}
	t.alerts.row(in, seller, a.Rule, a.PreviousState.String(), a.State.String(), timeText(one.AsOf), count, causeText(&a.Cause), one.ID)
}

func countOf(n *diff.AlertNumbers) string { return grouped(n.Numerator) + "/" + grouped(n.Denominator) }

func (t *diffTables) order(o *diff.Order) {
	if t.orders == nil {
		t.orders = newTable(t.to, "ORDER", "DATE", "CHANNEL", "LIVE COUNTS", "CANDIDATE COUNTS", "STORED OTHERWISE")
		t.orders.narrow(1)
	}
	one := cmp.Or(o.Live, o.Candidate)
	date, channel := one.Date.String(), cmp.Or(one.Channel.String(), "-")
	if o.Live != nil && o.Candidate != nil {
		if o.Live.Date != o.Candidate.Date {
			date = fmt.Sprintf("%v and %v", o.Live.Date, o.Candidate.Date)
		}
		if o.Live.Channel != o.Candidate.Channel {
			channel = fmt.Sprintf("%s and %s", cmp.Or(o.Live.Channel.String(), "-"), cmp.Or(o.Candidate.Channel.String(), "-"))
		}
	}
	t.orders.row(o.ID, date, channel, countsOf(o.Live), countsOf(o.Candidate), whyOf(o))
}

func countsOf(o *diff.OrderSide) string {
	switch {
	case o == nil:
		return "no such order"
	case o.Expired:
		return "expired"
	}
	return o.Counts.String()
}

// whyOf is what is stored otherwise: "ship_by 2026-05-03T… and 2026-05-04T…".
func whyOf(o *diff.Order) string {
	if o.Live == nil || o.Candidate == nil {
		return "-"
	}
	var parts []string
	for _, r := range o.Why {
		parts = append(parts, fmt.Sprintf("%s %s and %s", r.Name, cmp.Or(r.Live, "none"), cmp.Or(r.Candidate, "none")))
	}
	if parts == nil {
		return "nothing: what was due at one side's stream time is yet to come at the other's"
	}
	return strings.Join(parts, "; ")
}

// summary prints the tables, and below them what there is in a line.
func (t *diffTables) summary(s *diff.Summary) error {
	for _, table := range []*textTable{t.standings, t.alerts, t.orders} {
		if table == nil {
			continue
		}
		if err := table.write(); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(t.to); err != nil {
			return err
		}
	}
	if err := t.definitions(s); err != nil {
		return err
	}
	_, err := io.WriteString(t.to, t.notes(s))
	return err
}

// definitions prints the rules that are not defined alike, each in two lines.
func (t *diffTables) definitions(s *diff.Summary) error {
	if len(s.Definitions) == 0 {
		return nil
	}
	table := newTable(t.to, "RULE", "IN", "DEFINITION")
	for _, d := range s.Definitions {
		table.row(d.Rule, "live", cmp.Or(d.Live, "-"))
		table.row("", "candidate", cmp.Or(d.Candidate, "-"))
	}
	if err := table.write(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(t.to)
	return err
}

// notes is what the tables do not say, and then all in a line.
func (t *diffTables) notes(s *diff.Summary) string {
	var b strings.Builder
	list := func(what string, ids []string) {
		if len(ids) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", what, listOf(ids))
		}
	}
	list("Known on one side alone, without a number", t.others)
	list("Rates without a rule differ", t.rates)
	list("Moved while they were looked at", t.moving)
	if t.flags.seller != "" && s.Different > 0 && s.Orders == 0 {
		b.WriteString(ordersText(s))
	}
	if left := s.Different + s.Moving - t.listed; left > 0 {
		fmt.Fprintf(&b, "%s not listed: see --limit.\n", plural(left, "more seller"))
	}
	if n := int64(t.flags.limit); n > 0 && s.Orders > n {
		fmt.Fprintf(&b, "%s not listed: see --limit.\n", plural(s.Orders-n, "more order"))
	}
	for _, shorter := range s.Shorter {
		b.WriteString(shorterText(shorter.Rule, shorter.Candidate, shorter.Live))
	}
	b.WriteString(diffSummary(s))
	return b.String()
}

func ordersText(s *diff.Summary) string {
	if len(s.Definitions) > 0 {
		return "The orders are the same; the rules differ.\n"
	}
	return "The orders are the same.\n"
}

// diffSummary is all that was found in a line.
func diffSummary(s *diff.Summary) string {
	if s.Different == 0 && s.Moving == 0 {
		return fmt.Sprintf("No difference: %s, %s.\n", plural(s.Sellers, "seller"), plural(s.Alerts, "alert"))
	}
	text := differText(s.Different, s.Sellers)
	for _, part := range []struct {
		n    int64
		what string
	}{
		{s.Rules, "in %s"}, {s.AlertsLive, "%s only in live"}, {s.AlertsCandidate, "%s only in the candidate"}, {s.AlertsBoth, "%s with other numbers"},
	} {
		if part.n > 0 {
			what := "alert"
			if strings.HasPrefix(part.what, "in") {
				what = "rule"
			}
			text += ", " + fmt.Sprintf(part.what, plural(part.n, what))
		}
	}
	if s.Renumbered > 0 {
		text += ", " + plural(s.Renumbered, "alert") + " with another number"
	}
	if s.Moving > 0 {
		text += "; " + plural(s.Moving, "seller") + " moved"
	}
	return text + ".\n"
}

// listOf is texts of producers, so many that a line of them can be read.
func listOf(ids []string) string {
	const most = 20
	var cells []string
	for _, id := range firstOf(ids, most) {
		cells = append(cells, display.Cell(id, idWidth))
	}
	text := strings.Join(cells, ", ")
	if left := len(ids) - most; left > 0 {
		text += " and " + strconv.Itoa(left) + " more"
	}
	return text
}
