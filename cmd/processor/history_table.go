package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"sellerpulse/internal/display"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
)

// writeHistory prints a metric by order date, with a chart where a terminal of so many columns has room for it.
func writeHistory(w io.Writer, h *inspect.History, columns int) error {
	if _, err := fmt.Fprintf(w, "%s\n\n", historyHead(h)); err != nil {
		return err
	}
	headings := []pagedColumn{{heading: "DATE"}, {heading: "COUNT", right: true}, {heading: "OF", right: true}, {heading: "RATE", right: true}}
	for _, r := range h.Rules {
		headings = append(headings, pagedColumn{heading: r.Rule, right: true})
	}
	t := newPagedTable(w, headings...)
	cut := false
	for i, d := range h.Dates {
		cells := []string{d.Date.String(), grouped(d.Numerator), grouped(d.Denominator), rateText(d.Numerator, d.Denominator)}
		for j := range h.Rules {
			text, whole := slidText(&h.Rules[j], i)
			cells, cut = append(cells, text), cut || !whole
		}
		t.row(cells...)
	}
	addChart(t, h, columns)
	if err := t.write(); err != nil {
		return err
	}
	_, err := io.WriteString(w, historyNotes(h, cut))
	return err
}

func historyHead(h *inspect.History) string {
	return fmt.Sprintf("Seller %s: %s by order date, %s%s, as of %s UTC", display.Cell(h.SellerID, idWidth), numberText(h.Rule, h.Part, &h.Metric), channelText(h.Channel),
		lineText(h.ProductLine), timeText(events.Millis(h.AsOf)))
}

// slidText is the rate of a rule's window, with a mark where not all of its dates are kept.
func slidText(r *inspect.RuleHistory, i int) (text string, whole bool) {
	if i >= len(r.Windows) {
		return "-", true
	}
	w := &r.Windows[i]
	text = rateText(w.Numerator, w.Denominator)
	if !w.Whole {
		text += "*"
	}
	return text, w.Whole
}

// historyNotes says what the rules' columns are.
func historyNotes(h *inspect.History, cut bool) string {
	var b strings.Builder
	for _, r := range h.Rules {
		name := display.Cell(r.Rule, idWidth)
		fmt.Fprintf(&b, "%s: %s%s", name, limitClause(r.Target), slidWords(&r))
		if r.Lag > 0 {
			fmt.Fprintf(&b, ", which the rule looks at %s later", plural(int64(r.Lag), "day"))
		}
		b.WriteString(".\n")
	}
	if cut {
		b.WriteString("* not all orders of the window are kept any more.\n")
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n" + b.String()
}

// limitClause is a target, in front of what else there is to say; nothing where there is none.
func limitClause(target *string) string {
	if target == nil {
		return ""
	}
	return limitText(*target) + " "
}

// slidWords say which window a rule has on a date.
func slidWords(r *inspect.RuleHistory) string {
	if r.Window == fmt.Sprintf("%dd", r.Days) {
		return fmt.Sprintf("over the %s that end on the date", plural(int64(r.Days), "day"))
	}
	return "over the window that the rule has on the date, of " + r.Window
}

// A chart's bars are so many of a terminal's cells long.
const (
	leastBar = 10
	mostBar  = 40
)

// addChart adds a column of bars: of the first rule's window, or else of the date.
func addChart(t *pagedTable, h *inspect.History, columns int) {
	longest := min(columns-t.width()-len(columnGap), mostBar)
	if longest < leastBar {
		return
	}
	rates, most, of := make([]float64, len(h.Dates)), 0.0, "RATE"
	if len(h.Rules) > 0 {
		of = display.Cell(h.Rules[0].Rule, idWidth)
	}
	for i := range h.Dates {
		n := &h.Dates[i].Numbers
		if len(h.Rules) > 0 && i < len(h.Rules[0].Windows) {
			n = &h.Rules[0].Windows[i].Numbers
		}
		if n.Rate != nil {
			rates[i] = *n.Rate
			most = max(most, *n.Rate)
		}
	}
	if most == 0 {
		return
	}
	bars := make([]string, len(rates))
	for i, rate := range rates {
		bars[i] = bar(rate/most, longest)
	}
	t.addColumn(fmt.Sprintf("%s, 0 TO %.2f%%", of, 100*most), bars)
}

// bar is a share of so many cells, to the eighth of one.
func bar(share float64, cells int) string {
	eighths := int(math.Round(share * float64(8*cells)))
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += "▏▎▍▌▋▊▉"[3*(rest-1) : 3*rest] // Each takes three bytes.
	}
	return text
}
