package inspect

import (
	"bytes"
	"errors"
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/windows"
)

// Orders is a page of the orders behind a number: by order date, the newest first, then by id.
type Orders struct {
	Head
	Rule        *string      `json:"rule"`
	Metric      *string      `json:"metric"`
	Part        *string      `json:"part" doc:"The value of the field that the rule tells orders apart by; null of a rule that does not."`
	Which       Which        `json:"which"`
	Channel     string       `json:"channel"`
	ProductLine *string      `json:"product_line"`
	From        windows.Date `json:"from"` // order dates, both inclusive
	To          windows.Date `json:"to"`
	Numbers     *Numbers     `json:"numbers"` // of all that is asked for, not of the page; null without a metric

	Total    *int64      `json:"total"`     // orders on all pages; told with the first one alone, else null
	TotalCut bool        `json:"total_cut"` // counting ended before all were read: there may be more than the total
	Orders   []OrderLine `json:"orders"`    // may be fewer than asked for, also none, though there is a next page: so many rows were read
	Next     *string     `json:"next_cursor"`
}

// OrderLine is an order of a page.
type OrderLine struct {
	OrderID             string       `json:"order_id"`
	OrderDate           windows.Date `json:"order_date"`
	Channel             string       `json:"channel"`
	ProductLines        []string     `json:"product_lines"` // sorted
	ProductLinesOmitted int          `json:"product_lines_omitted"`

	Numerator   int64  `json:"numerator"` // what it adds to the number
	Denominator int64  `json:"denominator"`
	Excused     bool   `json:"excused"` // the marketplace takes misses of the metric out
	Counts      Counts `json:"counts"`  // what it adds to each measure, excused or not; zeros where it is not counted

	// MadeBy is what made it count for what is asked for, by measure, then as its parts come: of a defect the kinds of defect, of a miss of a rate that is
	// to be high the shipments that lack something. It is empty where all are asked for.
	MadeBy        []Fact `json:"made_by"`
	MadeByOmitted int    `json:"made_by_omitted"`
}

// Orders lists the orders behind a number, a page at a time. Where the state moves between two pages, orders that did not change are listed once: a cursor
// keeps its dates, and goes on behind the last order, whether that is still there or not.
func (p *Partition) Orders(seller string, q OrdersQuery) (*Orders, error) {
	head, _, err := p.seller(seller)
	if err != nil {
		return nil, err
	}
	s, err := p.resolve(&head, &q)
	if err != nil {
		return nil, err
	}
	q.Which = s.which
	page := &page{partition: p, selection: &s, question: q.question(seller), kept: head.KeptFrom}
	if q.Cursor != "" {
		if err := page.goOn(&head, q.Cursor); err != nil {
			return nil, err
		}
	}
	answer := &Orders{Head: head, Which: s.which, Channel: s.channel.String(), ProductLine: s.line, From: s.span.From, To: s.span.To, Orders: []OrderLine{}}
	if s.rule != nil {
		answer.Rule, answer.Part = &s.rule.Name, optional(s.of.Value, s.of.Field != windows.NoField)
	}
	if s.metric != nil {
		answer.Metric = optional(s.metric.String(), true)
	}
	if err := page.read(answer); err != nil {
		return nil, fmt.Errorf("list orders of seller %q: %w", seller, err)
	}
	return answer, nil
}

// page reads one page.
type page struct {
	*selection
	partition *Partition
	question  uint64
	kept      windows.Date      // from which on there are orders; before there may be counts
	behind    *state.DatedOrder // nil for the first page
	tally     tally             // what the orders that are asked for add up to, by date

	rows  int // read
	found int64
	last  state.DatedOrder // of the page, or behind which the next one begins
	more  bool
}

// goOn takes up where another page ended. Dates that are not kept any more are gone.
func (g *page) goOn(head *Head, text string) error {
	c, err := parseCursor(text)
	if err != nil {
		return &QueryError{"cursor", err.Error() + ": begin again without one"}
	}
	if c.question != g.question {
		return &QueryError{"cursor", "it is of a page of another question: ask the same, or begin again without one"}
	}
	g.span.From, g.span.To = max(c.from, head.CountedFrom), min(c.to, head.keptTo())
	g.behind = &c.behind
	return nil
}

func (g *page) read(answer *Orders) (err error) {
	if g.span.From > g.span.To {
		return nil // All of it has expired since the page before.
	}
	if g.metric != nil {
		if g.tally, err = g.partition.tallyOf(g.span, &g.counter, g.wants()); err != nil {
			return err
		}
	}
	numerator, denominator := g.tally.between(g.span.From, g.span.To)
	if g.metric != nil {
		answer.Numbers = optional(numbersOf(numerator, denominator), true)
	}
	total, known := g.total(g.tally.between(max(g.span.From, g.kept), g.span.To))
	if err := g.scan(answer, g.behind == nil && !known); err != nil {
		return err
	}
	if g.more {
		c := cursor{from: g.span.From, to: g.span.To, behind: g.last, question: g.question}
		answer.Next = optional(c.String(), true)
	}
	if g.behind != nil {
		return nil
	}
	if !known {
		total, answer.TotalCut = g.found, g.rows > g.partition.options.MaxRows
	}
	answer.Total = &total
	return nil
}

// scan reads orders until the page is full and another one follows, or, to count them, to the end; and no more than may be read.
func (g *page) scan(answer *Orders, counting bool) (err error) {
	span := g.span
	span.From = max(span.From, g.kept)
	c, err := g.partition.reader.ReadOrders(span, g.behind, g.without())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for {
		there, err := c.Next()
		if err != nil || !there {
			return err
		}
		if g.rows++; g.rows > g.partition.options.MaxRows {
			g.more = true // This row was not looked at.
			return nil
		}
		matches, err := g.matches(c)
		if err != nil {
			return fmt.Errorf("order %q: %w", c.ID, err)
		}
		if len(answer.Orders) < g.limit {
			g.last = c.DatedOrder
		}
		if !matches {
			continue
		}
		g.found++
		if len(answer.Orders) == g.limit {
			if g.more = true; !counting {
				return nil
			}
			continue
		}
		line, err := g.listed(g.partition, c.DatedOrder, c.Row)
		if err != nil {
			return err
		}
		answer.Orders = append(answer.Orders, line)
	}
}

// without tells the dates that have no order that is asked for, so that they need not be read; nil where only the orders tell.
func (g *page) without() func(windows.Date) bool {
	if g.which == All {
		return nil
	}
	return func(date windows.Date) bool { return !g.has(g.tally.between(date, date)) }
}

// matches is whether the order at hand is asked for. It leaves it decoded.
func (g *page) matches(c *state.OrderCursor) (bool, error) {
	if len(c.Row) == 0 {
		return false, nil // The zone's data has set today back since it expired.
	}
	o := &g.partition.order
	if err := o.Decode(c.Row); err != nil {
		return false, fmt.Errorf("%w: %w", state.ErrMalformed, err)
	}
	return g.isOf(g.partition, o) && g.has(g.ofOrder(g.partition.count(g.partition.clock.TimeOf(g.span.Seller, c.ID)))), nil
}

// listed is an order as a page has it.
func (s *selection) listed(p *Partition, order state.DatedOrder, row []byte) (line OrderLine, err error) {
	o, options := &p.order, &p.options
	if err := o.Decode(bytes.Clone(row)); err != nil { // What is listed outlives the row.
		return line, fmt.Errorf("%w: %w", state.ErrMalformed, err)
	}
	at := p.clock.TimeOf(s.span.Seller, order.ID)
	counts := o.Facts(at)
	line = OrderLine{OrderID: order.ID, OrderDate: order.Date, Channel: o.Channel.String(), Counts: Counts(counts), MadeBy: []Fact{}}
	line.ProductLines, line.ProductLinesOmitted = cut(o.Lines([]string{}), options.MaxParts)
	if s.isOf(p, o) {
		line.Numerator, line.Denominator = s.ofOrder(p.count(at))
	}
	line.Excused = s.metric != nil && o.Excused(s.metric.Name)
	f := finding{at: at, reasons: s.reasons()}
	switch {
	case s.which == All || !s.has(line.Numerator, line.Denominator):
	case s.which == Miss && s.metric.Good:
		line.MadeBy, line.MadeByOmitted = f.lacking(o, s.metric, options.MaxFacts)
	case s.which == Denominator:
		line.MadeBy, line.MadeByOmitted = f.of(o, kinds(totalOf(s.metric)), options.MaxFacts)
	default:
		line.MadeBy, line.MadeByOmitted = f.of(o, kinds(s.metric.Facts), options.MaxFacts)
	}
	return line, nil
}

// cut is a list without what is beyond a number, and how many that is.
func cut[T any](list []T, most int) (kept []T, omitted int) {
	kept = list[:min(len(list), most)]
	return kept, len(list) - len(kept)
}
