package windows

import (
	"crypto/sha256"
	"encoding/hex"
	"math/bits"
	"slices"

	"sellerpulse/pkg/events"
)

// Cells says which cells of a bucket have a measure.
type Cells uint8

// The cells, of each channel, a bit each.
const (
	TotalCells       Cells = 1 << iota
	LineCells              // of each product line that an item of the order has
	LinelessCells          // of orders without items
	MarketplaceCells       // of each marketplace
	CountryCells           // of each country
)

// PartCells are those that the parts by a field are summed from.
func PartCells(f Field) Cells { return partCells[f] }

var partCells = [NumFields]Cells{TotalCells, TotalCells, LineCells | LinelessCells, MarketplaceCells, CountryCells}

// Program is the measures that are counted of each order, by their indexes, and where. It does not change once it is used, and then is for any goroutine.
type Program struct {
	measures    []compiled
	definitions []Definition
	names       []string       // the texts of their definitions
	in          []Cells        // that have each measure
	cells       Cells          // that have any
	filters     []Filter       // without reasons, each once
	reasons     []ReasonSet    // each once
	excuses     []string       // each once
	asked       FactSet        // by any measure
	index       map[string]int // by name
}

// compiled is what of a definition is looked at for each order: its filter, reasons and excuse are indexes.
type compiled struct {
	all, any, unless       FactSet
	filter, reason, excuse uint16
	unit                   Unit
	base                   bool
}

// Add counts a measure, in some cells, and tells its index. One that is counted already is not counted twice.
func (p *Program) Add(d Definition, in Cells) int {
	name := d.String()
	i, known := p.index[name]
	if !known {
		if i = len(p.measures); i == MaxMeasures {
			panic("more measures than MaxMeasures: limits of rule sets keep them fewer")
		}
		if p.index == nil {
			p.index = map[string]int{}
		}
		p.index[name] = i
		p.names = append(p.names, name)
		p.definitions = append(p.definitions, d)
		p.measures = append(p.measures, p.compile(d))
		p.in = append(p.in, 0)
		p.asked |= d.All | d.Any | d.Unless
	}
	p.cells |= in
	p.in[i] |= in
	return i
}

func (p *Program) compile(d Definition) compiled {
	orders := d.Filter.Orders()
	var filter, reason, excuse int
	p.filters, filter = indexed(p.filters, orders, func(f Filter) bool { return sameFilter(&f, &orders) })
	p.reasons, reason = indexed(p.reasons, d.Filter.Reasons, func(r ReasonSet) bool { return r == d.Filter.Reasons })
	p.excuses, excuse = indexed(p.excuses, d.Excused, func(e string) bool { return e == d.Excused })
	return compiled{d.All, d.Any, d.Unless, uint16(filter), uint16(reason), uint16(excuse), d.Unit, d.Base}
}

// indexed is the index of what is in a list, or of what is added to it.
func indexed[T any](list []T, value T, same func(T) bool) ([]T, int) {
	if i := slices.IndexFunc(list, same); i >= 0 {
		return list, i
	}
	return append(list, value), len(list)
}

func sameFilter(a, b *Filter) bool {
	same := func(a, b []string) bool { return (a == nil) == (b == nil) && slices.Equal(a, b) }
	return a.None == b.None && a.Reasons == b.Reasons && same(a.Lines, b.Lines) && same(a.Marketplaces, b.Marketplaces) && same(a.Countries, b.Countries)
}

// Len is how many measures there are.
func (p *Program) Len() int { return len(p.measures) }

// Name is the text of a measure's definition.
func (p *Program) Name(measure int) string { return p.names[measure] }

// Find is the index of the measure with a name.
func (p *Program) Find(name string) (measure int, ok bool) {
	measure, ok = p.index[name]
	return measure, ok
}

// Filter is which orders a measure counts.
func (p *Program) Filter(measure int) *Filter { return &p.definitions[measure].Filter }

// Digest tells programs apart: by what they count, where, and under which indexes.
func (p *Program) Digest() string {
	h := sha256.New()
	for i, name := range p.names {
		_, _ = h.Write(append([]byte(name), 0, byte(p.in[i]))) // It never fails.
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// keeps is whether cells of a kind have a measure.
func (p *Program) keeps(kind kind, measure int) bool {
	return p.in[measure]>>kind&1 == 1
}

// Kept is what cells of some kind have of sums.
func (p *Program) Kept(in Cells, s Sums) Sums {
	kept := p.Sums()
	kind := kind(bits.TrailingZeros8(uint8(in)))
	for i, n := range s {
		if p.keeps(kind, i) {
			kept[i] = n
		}
	}
	return kept
}

// Sums makes sums of 0.
func (p *Program) Sums() Sums { return make(Sums, len(p.measures)) }

// Due appends the instants at which time alone can change what an order counts, sorted, each once.
func (p *Program) Due(dst []events.Millis, o *Order) []events.Millis { return o.DueOf(dst, p.asked) }

// Tally counts orders by a program. It is not for concurrent use.
type Tally struct {
	program *Program
	facts   []UnitFacts // by reasons
	passes  []bool      // by filter
	excused []bool      // by excuse
}

// NewTally makes a tally of a program to which nothing is added any more.
func NewTally(p *Program) *Tally {
	return &Tally{program: p, facts: make([]UnitFacts, len(p.reasons)), passes: make([]bool, len(p.filters)), excused: make([]bool, len(p.excuses))}
}

// Program is what the tally counts by.
func (t *Tally) Program() *Program { return t.program }

// Count sets dst, in its memory, to what an order of some attributes counts at a stream time: zeros unless it is placed and counted.
func (t *Tally) Count(dst Sums, o *Order, a *Attributes, at events.Millis) Sums {
	p := t.program
	if dst == nil {
		dst = p.Sums()
	}
	clear(dst)
	if !t.judge(o, a, at) {
		return dst
	}
	for i := range p.measures {
		d := &p.measures[i]
		if !t.passes[d.filter] {
			continue
		}
		facts, excused := &t.facts[d.reason], t.excused[d.excuse]
		switch d.unit {
		case ShipmentUnit:
			dst[i] = d.number(facts.Shipments, excused)
		case ReturnUnit:
			dst[i] = d.number(facts.Returns, excused)
		default:
			if d.counts(facts.Order, excused) {
				dst[i] = 1
			}
		}
	}
	return dst
}

// judge finds out what the measures ask of an order, and tells whether it is counted.
func (t *Tally) judge(o *Order, a *Attributes, at events.Millis) bool {
	p := t.program
	for i, reasons := range p.reasons {
		o.FactsAt(&t.facts[i], at, reasons)
		if !t.facts[i].Order.Has(OrderCounted) {
			return false
		}
	}
	for i := range p.filters {
		t.passes[i] = p.filters[i].Passes(a)
	}
	for i, metric := range p.excuses {
		t.excused[i] = metric != "" && len(o.Excuses) > 0 && o.Excused(metric)
	}
	return true
}

// counts is whether a unit with facts is counted.
func (d *compiled) counts(facts FactSet, excused bool) bool {
	if facts&d.all != d.all || facts == 0 {
		return false
	}
	match := (d.any == 0 || facts&d.any != 0) && facts&d.unless == 0
	if d.base {
		return match || !excused
	}
	return match && !excused
}

// number is how many units are counted.
func (d *compiled) number(units []FactSet, excused bool) (n int32) {
	for _, facts := range units {
		if d.counts(facts, excused) {
			n++
		}
	}
	return n
}
