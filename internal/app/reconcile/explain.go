package reconcile

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sellerpulse/internal/app/inquire"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Bounds of what explains one figure.
const (
	maxCandidates = 20
	maxLooked     = 200   // orders of a part that are looked at
	maxScanned    = 2_000 // orders of a window that are looked at for excuses
	pageOrders    = 200
)

// explanation gathers the candidates of a difference.
type explanation struct {
	*comparison
	line     *Line
	question inspect.OrdersQuery
	metric   string          // its bare name, by which orders are excused
	known    map[string]bool // orders that are candidates
}

// explain lists the orders that could explain why a figure is not ours.
func (c *comparison) explain(ctx context.Context, l *Line, question inspect.OrdersQuery, metric string) error {
	bare := metric[strings.LastIndexByte(metric, '/')+1:]
	e := &explanation{comparison: c, line: l, question: question, metric: bare, known: map[string]bool{}}
	more, moreOf := l.Ours.Numerator-l.Counts.Numerator, l.Ours.Denominator-l.Counts.Denominator
	if more > 0 {
		if err := e.late(ctx); err != nil {
			return err
		}
	}
	if err := e.excused(ctx, more, moreOf); err != nil {
		return err
	}
	if err := e.edges(ctx, inspect.Numerator, more); err != nil {
		return err
	}
	return e.edges(ctx, inspect.Denominator, moreOf)
}

// edges lists the orders of a part on the days by which two windows of different zones, or ends, differ: on the first and the last day if we have more
// than the marketplace, on the days next to these if we have fewer.
func (e *explanation) edges(ctx context.Context, which inspect.Which, more int64) error {
	first, last := e.line.From, e.line.To
	days := []windows.Date{first, last}
	why := "on the %s day of the window: for the marketplace it may be on the day %s"
	switch {
	case more == 0:
		return nil
	case more < 0:
		days = []windows.Date{first - 1, last + 1}
		why = "on the day %[2]s the %[1]s of the window: for the marketplace it may be within"
	case first == last:
		days = days[:1]
	}
	words := [][2]string{{"first", "before"}, {"last", "after"}}
	for i, day := range days {
		if day < e.head.KeptFrom || day > e.head.Today {
			continue
		}
		orders, err := e.orders(ctx, which, day, day, maxLooked)
		if err != nil {
			return err
		}
		for j := range orders {
			e.add(&orders[j], which, fmt.Sprintf(why, words[i][0], words[i][1]))
		}
	}
	return nil
}

// late lists the orders of the window that came to count after the marketplace counted.
func (e *explanation) late(ctx context.Context) error {
	if e.line.MadeAt.IsZero() {
		return nil
	}
	orders, err := e.orders(ctx, inspect.Numerator, e.line.From, e.line.To, maxLooked)
	if err != nil {
		return err
	}
	for i := range orders {
		if at := since(&orders[i]); at.After(e.line.MadeAt) {
			e.add(&orders[i], inspect.Numerator, "counts since "+at.UTC().Format(time.DateTime)+" UTC, after the marketplace counted")
		}
	}
	return nil
}

// since is when an order came to count: one thing that makes it so is enough. It is zero where that is not known.
func since(o *inspect.OrderLine) (at time.Time) {
	for i := range o.MadeBy {
		from := o.MadeBy[i].Since.Since
		if from == nil {
			return time.Time{}
		}
		if t := time.UnixMilli(int64(*from)); at.IsZero() || t.Before(at) {
			at = t
		}
	}
	return at
}

// excused lists the orders of the window that do not count as their facts would have it: the marketplace excused them, and may have counted before. Of
// metrics of packs facts do not tell it.
func (e *explanation) excused(ctx context.Context, more, moreOf int64) error {
	metric := rules.FindMetric(e.metric)
	if metric == nil || metric.Good && moreOf >= 0 || !metric.Good && more >= 0 {
		return nil
	}
	orders, err := e.orders(ctx, inspect.All, e.line.From, e.line.To, maxScanned)
	if err != nil {
		return err
	}
	numerator, denominator := metric.Measures()
	part := inspect.Numerator
	if metric.Good {
		part = inspect.Denominator
	}
	for i := range orders {
		o := &orders[i]
		if int64(o.Counts[numerator]) == o.Numerator && int64(o.Counts[denominator]) == o.Denominator {
			continue
		}
		why := "excused, without which it would count"
		if len(e.line.Candidates) < maxCandidates {
			if why, err = e.excuse(ctx, o, why); err != nil {
				return err
			}
		}
		e.add(o, part, why)
	}
	return nil
}

// excuse says since when an order is excused.
func (e *explanation) excuse(ctx context.Context, o *inspect.OrderLine, why string) (string, error) {
	order, err := inquire.Order(ctx, e.source, e.seller, o.OrderID)
	if err != nil || order.Row == nil {
		return why, err
	}
	if last := e.lastExcuse(order.Row.Excuses); last != nil {
		why = fmt.Sprintf("excused at %s UTC, without which it would count", time.UnixMilli(int64(last.At)).UTC().Format(time.DateTime))
	}
	return why, nil
}

// lastExcuse is what was said last of the metric or of all; said at once, that the order is excused.
func (e *explanation) lastExcuse(all []inspect.Excuse) (last *inspect.Excuse) {
	for i := range all {
		x := &all[i]
		if x.Metric != nil && *x.Metric != e.metric {
			continue
		}
		if last == nil || x.At > last.At || x.At == last.At && x.Excused {
			last = x
		}
	}
	return last
}

// orders is those of a part of some dates, the newest first, so many at most.
func (e *explanation) orders(ctx context.Context, which inspect.Which, from, to windows.Date, most int) (all []inspect.OrderLine, err error) {
	q := e.question
	q.Which, q.From, q.To, q.Limit = which, &from, &to, pageOrders
	for len(all) < most {
		page, err := inquire.Orders(ctx, e.source, e.seller, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Orders...)
		if page.Next == nil || *page.Next == q.Cursor {
			break
		}
		q.Cursor = *page.Next
	}
	return all[:min(len(all), most)], nil
}

// add adds a candidate, an order once.
func (e *explanation) add(o *inspect.OrderLine, which inspect.Which, why string) {
	if e.known[o.OrderID] {
		return
	}
	e.known[o.OrderID] = true
	if len(e.line.Candidates) == maxCandidates {
		e.line.CandidatesOmitted++
		return
	}
	e.line.Candidates = append(e.line.Candidates, Candidate{o.OrderID, o.OrderDate, which, why})
}
