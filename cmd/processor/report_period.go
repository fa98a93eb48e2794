package main

import (
	"context"
	"fmt"
	"io"

	"sellerpulse/internal/app/inquire"
	"sellerpulse/internal/display"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// period prints a seller's numbers over some order dates.
func (s *session) period(ctx context.Context, source inquire.Source, seller string, from, to windows.Date, output string) error {
	p, err := inquire.Period(ctx, source, seller, from, to)
	if err != nil {
		return err
	}
	if output == "json" {
		return s.writeJSON(p)
	}
	return writePeriod(s.stdout, p)
}

// writePeriod lists all totals, and the product lines and channels that have orders.
func writePeriod(w io.Writer, p *inspect.Period) error {
	_, err := fmt.Fprintf(w, "Seller %s: order dates from %v to %v, as of %s UTC\n\n", display.Cell(p.SellerID, cellWidth), p.From, p.To, timeText(events.Millis(p.AsOf)))
	if err != nil {
		return err
	}
	t := newTable(w, "METRIC", "CHANNEL", "PRODUCT LINE", "COUNT", "OF", "RATE")
	t.right(4, 5, 6)
	t.narrow(3)
	for i := range p.Metrics {
		m := &p.Metrics[i]
		line := "all"
		if m.ProductLine != nil {
			line = *m.ProductLine
		}
		if m.Denominator > 0 || m.ProductLine == nil && m.Channel == rules.AllChannels.String() {
			t.row(m.Metric, m.Channel, line, grouped(m.Numerator), grouped(m.Denominator), rateText(m.Numerator, m.Denominator))
		}
	}
	if err := t.write(); err != nil {
		return err
	}
	_, err = io.WriteString(w, linesNote(p))
	return err
}

// linesNote says which product lines are not listed.
func linesNote(p *inspect.Period) (text string) {
	if p.ProductLinesOmitted > 0 {
		text = fmt.Sprintf("\n%s not listed: those with the fewest orders.\n", linesText(p.ProductLinesOmitted))
	}
	if p.ProductLinesCut {
		text += "\nThere are more product lines than are compared: ask for fewer dates.\n"
	}
	return text
}
