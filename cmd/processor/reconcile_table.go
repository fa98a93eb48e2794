package main

import (
	"fmt"
	"io"
	"strconv"

	"sellerpulse/internal/app/reconcile"
	"sellerpulse/internal/display"
	"sellerpulse/internal/inspect"
)

// writeReconciled lists all figures, and below them the orders that could explain what differs.
func writeReconciled(w io.Writer, lines []reconcile.Line) error {
	t := newTable(w, "FIGURE", "OURS", "CHANNEL", "FROM", "TO", "MARKETPLACE", "SELLERPULSE", "DIFFERENCE")
	t.right(6, 7)
	for i := range lines {
		l := &lines[i]
		if l.Ours == nil {
			t.row(l.Name, orDash(l.Rule), orDash(l.Channel), "-", "-", theirsText(l), "-", "not compared: "+l.Why)
			continue
		}
		t.row(l.Name, l.Rule, l.Channel, l.From.String(), l.To.String(), theirsText(l), oursText(l), differenceText(l))
	}
	if err := t.write(); err != nil {
		return err
	}
	for i := range lines {
		if err := writeCandidates(w, &lines[i]); err != nil {
			return err
		}
	}
	return nil
}

func theirsText(l *reconcile.Line) string {
	switch {
	case l.Counts != nil:
		return grouped(l.Counts.Numerator) + "/" + grouped(l.Counts.Denominator)
	case l.Rate != "":
		return l.Rate + "%"
	}
	return "-"
}

func oursText(l *reconcile.Line) string {
	text := grouped(l.Ours.Numerator) + "/" + grouped(l.Ours.Denominator)
	if l.Counts == nil {
		text += " " + rateText(l.Ours.Numerator, l.Ours.Denominator)
	}
	return text
}

// differenceText is how much more we have.
func differenceText(l *reconcile.Line) string {
	switch {
	case *l.Equal:
		return "equal"
	case l.Counts == nil:
		return "another rate"
	}
	signed := func(n int64) string {
		if n > 0 {
			return "+" + grouped(n)
		}
		return strconv.FormatInt(n, 10)
	}
	return signed(l.Ours.Numerator-l.Counts.Numerator) + "/" + signed(l.Ours.Denominator-l.Counts.Denominator)
}

func writeCandidates(w io.Writer, l *reconcile.Line) error {
	if len(l.Candidates) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\nOrders that could explain the difference of %s:\n\n", display.Cell(l.Name, cellWidth))
	t := newTable(w, "ORDER", "DATE", "COUNTS IN", "WHY")
	t.narrow(1)
	for i := range l.Candidates {
		c := &l.Candidates[i]
		t.row(c.OrderID, c.OrderDate.String(), partText(c.Part), c.Why)
	}
	if err := t.write(); err != nil {
		return err
	}
	if l.CandidatesOmitted > 0 {
		_, err := fmt.Fprintf(w, "and %s\n", plural(int64(l.CandidatesOmitted), "more order"))
		return err
	}
	return nil
}

func partText(p inspect.Which) string { return "the " + string(p) }
