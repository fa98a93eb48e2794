package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"sellerpulse/internal/display"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// alertLines writes alerts for eyes, a line each as they come, under one heading.
type alertLines struct {
	to      io.Writer
	colours bool
	seller  int // width of the sellers' column: that of the first, and of the widest since that is no wider than sellerWidth
	rule    int // likewise of the rules' column, and ruleWidth
}

// How wide a seller's id and a rule's name may be to widen their columns for all that follow.
const (
	sellerWidth = 24
	ruleWidth   = 40

	leastRuleWidth = 22
)

// alertColumns are the columns of a line. All but the sellers' and the rules' stay as wide as they are here; what is wider pushes its own line alone.
var alertColumns = []struct {
	heading string
	width   int
	right   bool
}{
	{heading: "TIME (UTC)", width: 19},
	{heading: "KIND", width: 8},
	{heading: "SELLER"},
	{heading: "RULE"},
	{heading: "RATE", width: 8, right: true},
	{heading: "COUNT", width: 11},
	{heading: "TARGET", width: 7},
	{heading: "TO BREACH", width: 9, right: true},
	{heading: "TO RECOVER", width: 10, right: true},
	{heading: "RECOVERS", width: 10},
	{heading: "CAUSE"},
}

func (l *alertLines) write(a *outputs.Alert) error {
	seller, rule, lines := display.Cell(a.SellerID, idWidth), ruleText(a.Rule, a.Part), ""
	width, first := display.Width(seller), l.seller == 0
	if first {
		l.rule = leastRuleWidth
	}
	if first || width <= sellerWidth {
		l.seller = max(l.seller, len("SELLER"), width)
	}
	if width := display.Width(rule); width <= ruleWidth {
		l.rule = max(l.rule, width)
	}
	if first {
		lines = l.line("", headings())
	}
	lines += l.line(kindColours[a.Kind()], []string{
		timeText(a.AsOf), a.Kind().String(), seller, rule, rateText(a.Numerator, a.Denominator), fmt.Sprintf("%d/%d", a.Numerator, a.Denominator),
		targetText(a.Target), toBreachText(a), countText(a.OrdersToRecover), recoversText(a), causeText(&a.Cause),
	})
	_, err := io.WriteString(l.to, lines)
	return err
}

func headings() (cells []string) {
	for _, column := range alertColumns {
		cells = append(cells, column.heading)
	}
	return cells
}

// line puts cells into their columns, and the kind into a colour.
func (l *alertLines) line(colour string, cells []string) string {
	for i, column := range alertColumns {
		cell, width := display.Cell(cells[i], cellWidth), column.width
		switch column.heading {
		case "SELLER":
			width = l.seller
		case "RULE":
			width = l.rule
		}
		if column.right {
			cell = text.AlignRight.Apply(cell, width)
		} else {
			cell = text.Pad(cell, width, ' ')
		}
		if column.heading == "KIND" && l.colours && colour != "" {
			cell = colour + cell + noColour
		}
		cells[i] = cell
	}
	return strings.Join(cells, "  ") + "\n"
}

// toBreachText is how many more defects breach the rule.
func toBreachText(a *outputs.Alert) string {
	if a.State == rules.Breached {
		return "-"
	}
	return countText(a.DefectsToBreach)
}

func recoversText(a *outputs.Alert) string {
	if a.RecoversOn == nil {
		return "-"
	}
	return a.RecoversOn.String()
}

func causeText(c *outputs.Cause) string {
	if c.Topic == "" {
		return c.Kind
	}
	return fmt.Sprintf("%s %s of order %s", c.Topic, c.Kind, display.Cell(c.OrderID, idWidth))
}

// Colours of a terminal, by the kind of alert.
var kindColours = map[outputs.AlertKind]string{outputs.KindBreached: "\x1b[31;1m", outputs.KindAtRisk: "\x1b[33m", outputs.KindResolved: "\x1b[32m"}

const noColour = "\x1b[0m"
