package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"sellerpulse/internal/display"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
)

// ordersLines prints orders for programs, a line each.
type ordersLines struct{ s *session }

func (l ordersLines) page(page *inspect.Orders) error {
	for i := range page.Orders {
		if err := l.s.writeJSON(&page.Orders[i]); err != nil {
			return err
		}
	}
	return nil
}

func (ordersLines) end(int64, bool) error { return nil }

// ordersTable prints orders for eyes: what they are, then a row each.
type ordersTable struct {
	to    io.Writer
	first *inspect.Orders // page
	table *pagedTable
}

func (t *ordersTable) page(page *inspect.Orders) error {
	if t.first == nil {
		t.first = page
		if _, err := fmt.Fprintf(t.to, "%s\n\n", ordersHead(page)); err != nil {
			return err
		}
		t.table = newPagedTable(t.to, pagedColumn{heading: "ORDER", id: true}, pagedColumn{heading: "DATE"}, pagedColumn{heading: "CHANNEL"},
			pagedColumn{heading: "PRODUCT LINES", id: true}, pagedColumn{heading: "COUNT", right: true}, pagedColumn{heading: "OF", right: true}, pagedColumn{heading: "WHY"})
	}
	for i := range page.Orders {
		t.row(page, &page.Orders[i])
	}
	return t.table.write()
}

func (t *ordersTable) row(page *inspect.Orders, o *inspect.OrderLine) {
	lines := strings.Join(o.ProductLines, ", ")
	if o.ProductLinesOmitted > 0 {
		lines += fmt.Sprintf(" and %s more", grouped(int64(o.ProductLinesOmitted)))
	}
	count, of, why := grouped(o.Numerator), grouped(o.Denominator), madeByText(o)
	if page.Metric == nil {
		count, of = "-", "-"
	}
	if page.Which == inspect.All {
		why = countsWords(&o.Counts)
	}
	if o.Excused {
		why = strings.TrimPrefix(why+"; excused", "; ")
	}
	t.table.row(o.OrderID, o.OrderDate.String(), o.Channel, lines, count, of, why)
}

// end says what is not in the table.
func (t *ordersTable) end(printed int64, more bool) error {
	text := ""
	switch left := *cmp.Or(t.first.Total, &printed) - printed; {
	case printed == 0 && !more:
		text = "No such orders.\n"
	case more && left > 0 && t.first.TotalCut:
		text = fmt.Sprintf("\n%s at least not listed: see --limit.\n", plural(left, "more order"))
	case more && left > 0:
		text = fmt.Sprintf("\n%s not listed: see --limit.\n", plural(left, "more order"))
	case more:
		text = "\nThere may be more orders: see --limit.\n"
	}
	_, err := io.WriteString(t.to, text)
	return err
}

// madeByText is what makes an order count, in words.
func madeByText(o *inspect.OrderLine) string {
	var parts []string
	for i := range o.MadeBy {
		parts = append(parts, factText(&o.MadeBy[i])+sinceClause(&o.MadeBy[i].Since))
	}
	if o.MadeByOmitted > 0 {
		parts = append(parts, plural(int64(o.MadeByOmitted), "more reason"))
	}
	return strings.Join(parts, "; ")
}

// ordersHead says what is listed.
func ordersHead(o *inspect.Orders) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Seller %s: ", display.Cell(o.SellerID, idWidth))
	number := numberText(o.Rule, o.Part, o.Metric)
	switch {
	case o.Which == inspect.All:
		b.WriteString("all orders")
	case o.Which == inspect.Miss:
		b.WriteString("orders with a miss of " + number)
	default:
		fmt.Fprintf(&b, "orders in the %s of %s", o.Which, number)
	}
	fmt.Fprintf(&b, " from %v to %v, %s", o.From, o.To, channelText(o.Channel))
	b.WriteString(lineText(o.ProductLine))
	if n := o.Numbers; n != nil {
		fmt.Fprintf(&b, ": %s", numbersText(n))
	}
	fmt.Fprintf(&b, ", as of %s UTC", timeText(events.Millis(o.AsOf)))
	return b.String()
}

// numberText names what a number is of: a rule, a part of one, or a metric; nothing of neither.
func numberText(rule, part, metric *string) string {
	switch {
	case rule != nil:
		return fmt.Sprintf("%s (%s)", display.Cell(ruleText(*rule, part), idWidth), textOf(metric))
	case metric != nil:
		return *metric
	}
	return ""
}

// lineText is the product line that is asked for, which may be one without a name; empty for all.
func lineText(line *string) string {
	switch {
	case line == nil:
		return ""
	case *line == "":
		return `, product line ""`
	}
	return ", product line " + display.Cell(*line, idWidth)
}

func channelText(name string) string {
	if name == "ALL" {
		return "all channels"
	}
	return "channel " + name
}

// numbersText is "2 of 120, 1.67%".
func numbersText(n *inspect.Numbers) string {
	text := grouped(n.Numerator) + " of " + grouped(n.Denominator)
	if n.Denominator > 0 {
		text += ", " + rateText(n.Numerator, n.Denominator)
	}
	return text
}
