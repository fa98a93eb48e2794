package windows

import (
	"slices"

	"sellerpulse/pkg/events"
)

// Window is a number of days of order dates that ends a lag before the day it is looked at.
type Window struct {
	Days, Lag int32
}

// Range is the first and the last order date in the window on a day, both inclusive.
func (w Window) Range(today Date) (from, to Date) {
	to = today - Date(w.Lag)
	return to - Date(w.Days) + 1, to
}

func (w Window) contains(today, date Date) bool {
	from, to := w.Range(today)
	return from <= date && date <= to
}

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
	terms []Term
	edges []edge
	edit  edit
}

// edge is an age in days at which a date enters the windows of some terms and leaves those of others.
type edge struct {
	age            Date
	enters, leaves []int // terms
}

// NewLayout sums the given terms, each of which a [Seller.Sum] names by its index.
func NewLayout(terms []Term) *Layout {
	l := &Layout{terms: terms}
	for i, t := range terms {
		enters, leaves := l.edge(Date(t.Window.Lag)), l.edge(Date(t.Window.Lag+t.Window.Days))
		l.edges[enters].enters = append(l.edges[enters].enters, i)
		l.edges[leaves].leaves = append(l.edges[leaves].leaves, i)
	}
	return l
}

// edge is the index of the edge at an age.
func (l *Layout) edge(age Date) int {
	i := slices.IndexFunc(l.edges, func(e edge) bool { return e.age == age })
	if i < 0 {
		i = len(l.edges)
		l.edges = append(l.edges, edge{age: age})
	}
	return i
}

// add adds what came to the totals of a date, by channel, to the terms whose windows have the date.
func (l *Layout) add(sums []int32, changed *TermSet, today, date Date, totals *[2]Counts) {
	for i := range l.terms {
		if t := &l.terms[i]; t.Window.contains(today, date) {
			if n := t.of(totals); n != 0 {
				sums[i] += n
				changed.add(i)
			}
		}
	}
}

// pass carries a date with some totals over an edge.
func (l *Layout) pass(sums []int32, changed *TermSet, e *edge, totals *[2]Counts) {
	for _, i := range e.enters {
		sums[i] += l.terms[i].of(totals)
		changed.add(i)
	}
	for _, i := range e.leaves {
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
