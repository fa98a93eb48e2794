package inspect

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// due is what an instant changes of what orders of a date, a channel and other attributes add up to.
type due struct {
	day  windows.Date // the first at whose start it has
	date windows.Date
	of   windows.Attributes
	more windows.Sums
}

// dues are sorted by date.
type dues []due

// until is what falls due up to the start of a day adds to the orders of some dates that a rule, or a part of it, counts.
func (d dues) until(day, from, to windows.Date, counter *counter, r *stand) (numerator, denominator int64) {
	if !r.Lists(r.part.Value) {
		return 0, 0
	}
	i, _ := slices.BinarySearchFunc(d, from, func(one due, date windows.Date) int { return int(one.date - date) })
	for ; i < len(d) && d[i].date <= to; i++ {
		one := &d[i]
		if one.day > day || !counter.counts(one.of.Channel) || !one.of.Has(r.part) {
			continue
		}
		numerator, denominator = numerator+int64(one.more[counter.numerator]), denominator+int64(one.more[counter.denominator])
	}
	return numerator, denominator
}

// due finds what falls due up to the start of a day of a seller's orders, if nothing else happens to them. It reads the newest orders, as many as may be
// read, and tells whether there are more.
func (p *Partition) due(head *Head, last windows.Date) (all dues, cut bool, err error) {
	c, err := p.reader.ReadOrders(head.everything(), nil, nil)
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	sums := map[string]*due{}
	end := p.calendar.Start(last)
	for rows := 0; ; rows++ {
		there, err := c.Next()
		if err != nil {
			return nil, false, err
		}
		if !there || rows == p.options.MaxRows {
			return sorted(sums), there, nil
		}
		if len(c.Row) == 0 {
			continue
		}
		if err := p.order.Decode(c.Row); err != nil {
			return nil, false, fmt.Errorf("order %q: %w: %w", c.ID, state.ErrMalformed, err)
		}
		p.addDue(sums, c.Date, p.clock.TimeOf(head.SellerID, c.ID), end)
	}
}

// addDue adds what falls due of the order at hand after one instant up to another.
func (p *Partition) addDue(sums map[string]*due, date windows.Date, after, end events.Millis) {
	o, program := &p.order, p.plan.Program
	p.dueAt = program.Due(p.dueAt[:0], o)
	p.attributes.Of(o)
	for _, at := range p.dueAt {
		if at <= after || at > end {
			continue
		}
		p.before, p.after = p.tally.Count(p.before, o, &p.attributes, at-1), p.tally.Count(p.after, o, &p.attributes, at)
		if p.after.Sub(p.before); p.after.Zero() {
			continue
		}
		day := p.calendar.Today(at)
		if p.calendar.Start(day) < at {
			day++
		}
		key := fmt.Sprintf("%d %d %q", day, date, []any{p.attributes})
		if sums[key] == nil {
			of := p.attributes
			of.Lines = slices.Clone(of.Lines)
			for i := range of.Lines {
				of.Lines[i] = strings.Clone(of.Lines[i]) // They are parts of a row.
			}
			of.Marketplace, of.Country = strings.Clone(of.Marketplace), strings.Clone(of.Country)
			sums[key] = &due{day: day, date: date, of: of, more: program.Sums()}
		}
		sums[key].more.Add(p.after)
	}
}

func sorted(sums map[string]*due) dues {
	all := make(dues, 0, len(sums))
	for _, d := range sums {
		all = append(all, *d)
	}
	slices.SortFunc(all, func(a, b due) int { return cmp.Or(cmp.Compare(a.date, b.date), cmp.Compare(a.day, b.day)) })
	return all
}
