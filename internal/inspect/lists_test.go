package inspect_test

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/enginetest"
)

// checkOrders compares all pages of some orders with all rows.
func (a *asked) checkOrders(r *rand.Rand, seller string, rows []row, seen *tally) {
	a.Helper()
	var q inspect.OrdersQuery
	metric := rules.Metrics()[r.IntN(len(rules.Metrics()))]
	parts := []inspect.Which{inspect.Numerator, inspect.Denominator, inspect.Miss, inspect.All}
	q.Which, q.Limit = parts[r.IntN(4)], 1+r.IntN(5)
	good := metric.Good
	var f filter
	if r.IntN(2) == 0 {
		rule := a.options.Rules.Versions()[r.IntN(len(a.options.Rules.Versions()))]
		q.Rule, metric, good = rule.Name, rule.Metric, rule.Good()
		q.Channel, q.ProductLine, f = anyFilter(r, metric)
		standings, err := a.Rules(seller)
		a.must(err)
		f.from, f.to = rule.Window().Range(standings.Today)
	} else {
		q.Metric = metric.FullName()
		q.Channel, q.ProductLine, f = anyFilter(r, metric)
	}
	if q.Metric != "" || r.IntN(2) == 0 {
		f.from, f.to = a.anyDates(r)
		q.From, q.To = &f.from, &f.to
	}
	var want []string
	for i := range rows {
		n, d := rows[i].numbers(metric)
		in := q.Which == inspect.All || q.Which == inspect.Numerator && n > 0 || q.Which == inspect.Denominator && d > 0 ||
			q.Which == inspect.Miss && (good && d > n || !good && n > 0)
		if in && f.has(&rows[i]) {
			want = append(want, fmt.Sprintf("%v %q %d/%d %v", rows[i].date, rows[i].id, n, d, rows[i].facts))
		}
	}
	var got []string
	for first := true; ; first = false {
		page, err := a.Orders(seller, q)
		a.must(err)
		seen.pages++
		a.checkPage(page, &q, metric, good)
		if first && (page.Total == nil || *page.Total != int64(len(want)) || page.TotalCut || page.From != f.from || page.To != f.to) {
			a.Errorf("%q %+v: %s orders from %v to %v in all, want %d from %v to %v", seller, q, enginetest.Number(page.Total), page.From, page.To, len(want), f.from, f.to)
		}
		if got, want := text(*page.Numbers), naive(f.count(rows, metric)); got != want {
			a.Errorf("%q %+v: numbers %s, want %s", seller, q, got, want)
		}
		for i := range page.Orders {
			o := &page.Orders[i]
			got = append(got, fmt.Sprintf("%v %q %d/%d %v", o.OrderDate, o.OrderID, o.Numerator, o.Denominator, windows.Counts(o.Counts)))
		}
		if page.Next == nil {
			break
		}
		q.Cursor = *page.Next
	}
	seen.orders += len(got)
	if !slices.Equal(got, want) {
		a.Errorf("%q %+v: orders\n%q, want\n%q", seller, q, got, want)
	}
}

// checkPage checks that a page is no longer than asked for, and what made its orders count.
func (a *asked) checkPage(page *inspect.Orders, q *inspect.OrdersQuery, metric *rules.Metric, good bool) {
	a.Helper()
	if len(page.Orders) > q.Limit {
		a.Errorf("a page of %d orders, asked for %d", len(page.Orders), q.Limit)
	}
	of, among := metric.Measures()
	for i := range page.Orders {
		o := &page.Orders[i]
		least, most := int64(1), int64(20) // Several feedbacks make one order negative.
		switch {
		case q.Which == inspect.All:
			least, most = 0, 0
		case q.Which == inspect.Miss && good:
			least, most = o.Denominator-o.Numerator, o.Denominator-o.Numerator
		case q.Which == inspect.Denominator && !among.OfOrders():
			least, most = o.Denominator, o.Denominator
		case q.Which != inspect.Denominator && !of.OfOrders():
			least, most = o.Numerator, o.Numerator
		}
		if n := int64(len(o.MadeBy) + o.MadeByOmitted); n < least || n > most {
			a.Errorf("%+v of %v: %d reasons for %+v, want %d to %d", q, metric, n, o, least, most)
		}
		for _, f := range o.MadeBy {
			if (f.Without != nil) != (q.Which == inspect.Miss && good) || f.Since.Since == nil && f.NotBefore == nil {
				a.Errorf("%+v: %q is made so by %+v", q, o.OrderID, f)
			}
		}
	}
}

// checkOrder compares what is told of an order with its row.
func (a *asked) checkOrder(seller string, r *row) {
	a.Helper()
	o, err := a.Order(seller, r.id)
	a.must(err)
	if o.Status != inspect.Live || *o.OrderDate != r.date || o.Row == nil || o.Parked != nil {
		a.Fatalf("%q %q is %+v", seller, r.id, o)
	}
	w, in := o.Row, r.order
	got := fmt.Sprintln(w.Counts, w.Channel, w.Counted, w.PlacedAt, w.OrderedAt, w.Pending, w.Confirmed, w.Refunded, len(w.Items), w.ShipBy != nil,
		w.DeliverBy != nil, w.Cancelled != nil, len(w.Shipments), len(w.Feedback), len(w.Claims), len(w.Chargebacks), len(w.Returns), w.PartsOmitted, w.FactsOmitted)
	want := fmt.Sprintln(inspect.Counts(r.facts), in.Channel, r.facts[windows.Orders] > 0, inspect.Instant(in.PlacedAt), inspect.Instant(in.OrderDate), in.Pending, in.Confirmed, in.Refunded,
		len(in.Items), in.ShipBy.At != events.None, in.DeliverBy.At != events.None, in.Cancelled.At != events.None,
		len(in.Shipments), len(in.Feedbacks), len(in.Claims), len(in.Chargebacks), len(in.Returns), 0, 0)
	if got != want {
		a.Errorf("%q %q is\n%s, want\n%s", seller, r.id, got, want)
	}
	a.checkFacts(r, o)
	for _, rule := range o.Row.Rules {
		from, to := a.options.Rules.Find(rule.Rule).Versions[0].Window().Range(o.Today)
		if rule.InWindow != (from <= r.date && r.date <= to) || rule.InWindow != (rule.CountsFrom <= o.Today && o.Today <= rule.CountsUntil) {
			a.Errorf("%q of %v is in %+v today, %v", r.id, r.date, rule, o.Today)
		}
	}
}

// checkFacts compares facts of an order with its counts, and those that its parts have.
func (a *asked) checkFacts(r *row, o *inspect.Order) {
	a.Helper()
	number := map[string]int32{}
	for _, f := range o.Row.Facts {
		number[f.Fact]++
		for _, at := range []*inspect.Instant{f.Since.Since, f.NotBefore, f.NotAfter} {
			if at != nil && *at > o.AsOf {
				a.Errorf("%q: %+v is so since after stream time", r.id, f)
			}
		}
	}
	for m := range windows.NumMeasures {
		n := number[m.String()]
		if m.OfOrders() && (n > 0) != (r.facts[m] > 0) || !m.OfOrders() && n != r.facts[m] {
			a.Errorf("%q: %d facts %v, want %d: %+v", r.id, n, m, r.facts[m], o.Row.Facts)
		}
	}
	var valid, settled, onTime, negative int32
	for _, s := range o.Row.Shipments {
		if s.ValidTracking == (s.Invalid != nil) {
			a.Errorf("%q: tracking of %+v", r.id, s)
		}
		valid, settled, onTime = valid+one(s.ValidTracking), settled+one(s.Settled), onTime+one(s.OnTime)
	}
	for _, t := range o.Row.Returns {
		if t.Negative != (len(t.Reasons) > 0) {
			a.Errorf("%q: reasons of %+v", r.id, t)
		}
		negative += one(t.Negative)
	}
	if got, want := [...]int32{valid, settled, onTime, negative}, [...]int32{
		r.facts[windows.ShipmentsValidTracking], r.facts[windows.ShipmentsSettled], r.facts[windows.ShipmentsOnTime], r.facts[windows.ReturnsNegative],
	}; o.Row.Counted && got != want {
		a.Errorf("%q: %v of its parts count, want %v", r.id, got, want)
	}
}

func one(b bool) int32 {
	if b {
		return 1
	}
	return 0
}
