package windows

import (
	"slices"

	"sellerpulse/pkg/events"
)

// Term is a number that is kept summed for each seller, or for each of its parts by a field: a measure over a window, of the orders of a channel or, for
// 0, of both.
type Term struct {
	Window  Window
	Channel events.Channel
	Measure int
	Field   Field  // of the parts that have it; NoField for the whole
	Watch   uint64 // bits that [Seller.TakeChanged] tells when the sum may have changed
}

// of is the term's number of the sums of a channel.
func (t *Term) of(channel events.Channel, sums Sums) int32 {
	if t.Channel == 0 || t.Channel == channel {
		return sums[t.Measure]
	}
	return 0
}

// Layout is what the sellers of a task share: what is counted, which terms are summed, and memory to work in. It is not for concurrent use.
type Layout struct {
	program  *Program
	fields   [NumFields][]Term
	passes   []pass
	measured [NumFields][]measured  // the measures that terms are of
	ranges   [NumFields][]dateRange // of each term's window on day
	day      Date
	parts    bool  // some terms are of parts
	summed   Cells // of which cells any terms are

	edit   edit
	totals [2]Sums // scratch
	cell   Sums    // scratch
	delta  Sums    // scratch
	keys   []key   // scratch
}

// pass is an edge that a date passes into the windows of some terms and out of those of others.
type pass struct {
	edge  Edge
	terms [NumFields]crossing
}

// crossing is the terms of a field, by their indexes, whose windows a date enters or leaves.
type crossing struct{ enters, leaves []int }

// measured is a measure and the terms of a field that are of it, by their indexes.
type measured struct {
	measure int
	terms   []int
}

// dateRange is the dates from from to to, both inclusive.
type dateRange struct{ from, to Date }

func (r *dateRange) contains(date Date) bool { return r.from <= date && date <= r.to }

// NewLayout counts a program, to which nothing is added any more, and sums the given terms, each of which [Seller.Sum] names by its index among those of
// its field.
func NewLayout(p *Program, terms []Term) *Layout {
	l := &Layout{program: p, totals: [2]Sums{p.Sums(), p.Sums()}, cell: p.Sums(), delta: p.Sums(), edit: edit{program: p, sums: p.Sums()}}
	for _, t := range terms {
		i := len(l.fields[t.Field])
		l.fields[t.Field] = append(l.fields[t.Field], t)
		l.ranges[t.Field] = append(l.ranges[t.Field], dateRange{})
		l.parts, l.summed = l.parts || t.Field != NoField, l.summed|PartCells(t.Field)
		l.count(t.Field, t.Measure, i)
		into, out := t.Window.Edges()
		enters, leaves := l.pass(into), l.pass(out)
		enter, leave := &l.passes[enters].terms[t.Field].enters, &l.passes[leaves].terms[t.Field].leaves
		*enter, *leave = append(*enter, i), append(*leave, i)
	}
	l.see(0)
	return l
}

// Program is what is counted.
func (l *Layout) Program() *Program { return l.program }

// count notes of which measure a term of a field is.
func (l *Layout) count(field Field, measure, term int) {
	i := slices.IndexFunc(l.measured[field], func(c measured) bool { return c.measure == measure })
	if i < 0 {
		i = len(l.measured[field])
		l.measured[field] = append(l.measured[field], measured{measure: measure})
	}
	of := &l.measured[field][i]
	of.terms = append(of.terms, term)
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
	for f := range l.fields {
		for i := range l.fields[f] {
			l.ranges[f][i].from, l.ranges[f][i].to = l.fields[f][i].Window.Range(day)
		}
	}
}

// add adds what came of a channel to a date of a part to the terms whose windows have the date on a day.
func (l *Layout) add(g *group, today, date Date, channel events.Channel, sums Sums) {
	if today != l.day {
		l.see(today)
	}
	terms, ranges := l.fields[g.part.Field], l.ranges[g.part.Field]
	for i := range l.measured[g.part.Field] {
		c := &l.measured[g.part.Field][i]
		n := sums[c.measure]
		if n == 0 {
			continue
		}
		for _, i := range c.terms {
			if t := &terms[i]; (t.Channel == 0 || t.Channel == channel) && ranges[i].contains(date) {
				g.sums[i] += n
				g.changed |= t.Watch
			}
		}
	}
}

// carry carries a date of a part, with its sums of a channel, over an edge.
func (l *Layout) carry(g *group, p *pass, channel events.Channel, sums Sums) {
	terms, crossing := l.fields[g.part.Field], &p.terms[g.part.Field]
	for _, i := range crossing.enters {
		if n := terms[i].of(channel, sums); n != 0 {
			g.sums[i] += n
			g.changed |= terms[i].Watch
		}
	}
	for _, i := range crossing.leaves {
		if n := terms[i].of(channel, sums); n != 0 {
			g.sums[i] -= n
			g.changed |= terms[i].Watch
		}
	}
}

const allBits = ^uint64(0)
