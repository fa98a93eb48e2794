package inspect

import (
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// counter counts a numerator and a denominator, which are measures, among the orders of a channel.
type counter struct {
	numerator, denominator int
	channel                rules.Channel
	components             *plan.Components // that are counted beside them; nil for none
}

// counterOf counts a metric among all orders; false for one that is of no pack here.
func (p *Partition) counterOf(m *rules.Metric) (counter, bool) {
	for i := range p.plan.Metrics {
		if r := &p.plan.Metrics[i]; r.Metric == m {
			return counter{numerator: r.Rate.Numerator, denominator: r.Rate.Denominator, channel: m.Channel}, true
		}
	}
	return counter{}, false
}

// counterOfRule counts what a rule does.
func counterOfRule(v *plan.Version) counter {
	channel := rules.AllChannels
	for c := range rules.NumChannels {
		if v.Rate.Channel != 0 && c.Of() == v.Rate.Channel {
			channel = c
		}
	}
	return counter{v.Rate.Numerator, v.Rate.Denominator, channel, v.Components}
}

// counts is whether orders of a channel are counted.
func (c *counter) counts(channel events.Channel) bool {
	return c.channel.Of() == 0 || c.channel.Of() == channel
}

// tallied is what is counted of the orders of a date.
type tallied struct {
	date                   windows.Date
	numerator, denominator int64
	components             [3]int64 // as a plan has them
}

// tally is what is counted of each date that has anything, the oldest first.
type tally []tallied

// find is the index of the first date from one on.
func (t tally) find(from windows.Date) int {
	i, _ := slices.BinarySearchFunc(t, from, func(one tallied, date windows.Date) int { return int(one.date - date) })
	return i
}

// all is what the dates from one to another, both inclusive, add up to.
func (t tally) all(from, to windows.Date) (sum tallied) {
	for i := t.find(from); i < len(t) && t[i].date <= to; i++ {
		sum.numerator, sum.denominator = sum.numerator+t[i].numerator, sum.denominator+t[i].denominator
		for j, n := range t[i].components {
			sum.components[j] += n
		}
	}
	return sum
}

// between adds up the dates from one to another, both inclusive.
func (t tally) between(from, to windows.Date) (numerator, denominator int64) {
	sum := t.all(from, to)
	return sum.numerator, sum.denominator
}

// listed lists the dates from one to another that have a denominator.
func (t tally) listed(from, to windows.Date) []DateNumbers {
	list := []DateNumbers{}
	for i := t.find(from); i < len(t) && t[i].date <= to; i++ {
		if t[i].denominator > 0 {
			list = append(list, DateNumbers{t[i].date, numbersOf(t[i].numerator, t[i].denominator)})
		}
	}
	return list
}

// with adds a cell of a date that is not before the last.
func (t tally) with(date windows.Date, c *counter, cell *windows.Cell) tally {
	if !c.counts(cell.Channel) {
		return t
	}
	more := tallied{date: date, numerator: int64(cell.Sums[c.numerator]), denominator: int64(cell.Sums[c.denominator])}
	if c.components != nil {
		for j, measure := range c.components {
			more.components[j] = int64(cell.Sums[measure])
		}
	}
	if more == (tallied{date: date}) {
		return t
	}
	if n := len(t); n == 0 || t[n-1].date != date {
		return append(t, more)
	}
	last := &t[len(t)-1]
	last.numerator, last.denominator = last.numerator+more.numerator, last.denominator+more.denominator
	for j, n := range more.components {
		last.components[j] += n
	}
	return t
}

// tallyOf counts the orders of each date of a span whose cells are wanted.
func (p *Partition) tallyOf(span state.Span, c *counter, wanted func(*windows.Cell) bool) (t tally, err error) {
	err = p.eachCell(span, func(date windows.Date, cell *windows.Cell) {
		if wanted(cell) {
			t = t.with(date, c, cell)
		}
	})
	return t, err
}

// ofLine is whether a cell is of the orders that have an item of a product line; nil stands for all orders.
func ofLine(line *string) func(*windows.Cell) bool {
	return func(c *windows.Cell) bool {
		if line == nil {
			return c.Total
		}
		return c.Field == windows.LineField && !c.NoItems && c.Value == *line
	}
}

// valueOf is of which value of a field the orders of a cell are; false where it is not by that field that they are told apart.
func valueOf(c *windows.Cell, f windows.Field) (string, bool) {
	switch f {
	case windows.NoField:
		return "", c.Total
	case windows.ChannelField:
		return c.Channel.String(), c.Total
	default:
		return c.Value, !c.Total && c.Field == f
	}
}
