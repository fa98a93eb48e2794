package windows

import (
	"slices"

	"sellerpulse/pkg/events"
)

// Term is a number that is kept summed for each seller: a measure over a window, of the orders of a channel or, for 0, of both.
type Term struct {
	Window  Window
	Channel events.Channel
	Measure Measure
}

// of is the term's number of totals by channel: AFN, MFN.
func (t *Term) of(totals *[2]Counts) int32 {
	if t.Channel == 0 {
		return totals[0][t.Measure] + totals[1][t.Measure]
	}
	return totals[t.Channel-events.AFN][t.Measure]
}

// Layout is what the sellers of a task share: which terms are summed, and memory to work in. It is not for concurrent use.
type Layout struct {
	terms  []Term
	passes []pass
	ranges []dateRange // of each term's window on day
	day    Date
	edit   edit
}

// pass is an edge that a date passes into the windows of some terms and out of those of others.
type pass struct {
	edge           Edge
	enters, leaves []int // terms
}

// dateRange is the dates from from to to, both inclusive.
type dateRange struct{ from, to Date }

func (r *dateRange) contains(date Date) bool { return r.from <= date && date <= r.to }

// NewLayout sums the given terms, each of which a [Seller.Sum] names by its index.
func NewLayout(terms []Term) *Layout {
	l := &Layout{terms: terms, ranges: make([]dateRange, len(terms))}
	for i, t := range terms {
		into, out := t.Window.Edges()
		enters, leaves := l.pass(into), l.pass(out)
		l.passes[enters].enters = append(l.passes[enters].enters, i)
		l.passes[leaves].leaves = append(l.passes[leaves].leaves, i)
	}
	l.see(0)
	return l
}

// pass is the index of the pass at an edge.
func (l *Layout) pass(edge Edge) int {
	i := slices.IndexFunc(l.passes, func(p pass) bool { return p.edge == edge })
	if i < 0 {
		i = len(l.passes)
		l.passes = append(l.passes, pass{edge: edge})
	}
	return i
}

// see has ranges be those of a day.
func (l *Layout) see(day Date) {
	l.day = day
	for i := range l.terms {
		l.ranges[i].from, l.ranges[i].to = l.terms[i].Window.Range(day)
	}
}

// add adds what came to the totals of a date, by channel, to the terms whose windows have the date.
func (l *Layout) add(sums []int32, changed *TermSet, today, date Date, totals *[2]Counts) {
	if today != l.day {
		l.see(today)
	}
	for i := range l.ranges {
		if l.ranges[i].contains(date) {
			if n := l.terms[i].of(totals); n != 0 {
				sums[i] += n
				changed.add(i)
			}
		}
	}
}

// carry carries a date with some totals over an edge.
func (l *Layout) carry(sums []int32, changed *TermSet, p *pass, totals *[2]Counts) {
	for _, i := range p.enters {
		sums[i] += l.terms[i].of(totals)
		changed.add(i)
	}
	for _, i := range p.leaves {
		sums[i] -= l.terms[i].of(totals)
		changed.add(i)
	}
}

// TermSet is a set of terms by their indexes. It does not tell those from 63 on apart.
type TermSet uint64

const lastTerm = 63

func (t *TermSet) add(i int) { *t |= 1 << min(i, lastTerm) }

// Has is whether a term may be in the set.
func (t TermSet) Has(i int) bool { return t&(1<<min(i, lastTerm)) != 0 }

const allTerms = ^TermSet(0)
