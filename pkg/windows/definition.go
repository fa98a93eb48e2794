package windows

import (
	"fmt"
	"slices"
	"strings"

	"sellerpulse/pkg/events"
)

// Definition is what one measure counts: units of orders that are counted, of which some facts hold.
type Definition struct {
	Unit   Unit
	All    FactSet // all of these hold
	Any    FactSet // and any of these; empty for no condition
	Unless FactSet // and none of these

	// Excused is the bare name of the metric whose misses may be excused; empty for none. Units of an order that is excused for it are not counted.
	// With Base set, Any and Unless are no conditions: they tell what is no miss, and so is counted though its order is excused.
	Excused string
	Base    bool

	Filter Filter

	// Rate is what the measure is counted for alone, though another may count the same; empty where it is shared. Where counts outlive orders a rate's two
	// measures must be known of the same dates.
	Rate string
}

// String is the definition as one line of text: two that count the same have the same.
func (d *Definition) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v: %v", d.Unit, d.All)
	if d.Base {
		b.WriteString(" | not missed")
	}
	if d.Any != 0 {
		fmt.Fprintf(&b, " | any of %v", d.Any)
	}
	if d.Unless != 0 {
		fmt.Fprintf(&b, " | none of %v", d.Unless)
	}
	if d.Excused != "" {
		fmt.Fprintf(&b, " | not excused for %s", d.Excused)
	}
	d.Filter.describe(&b)
	if d.Rate != "" {
		fmt.Fprintf(&b, " | for %s", d.Rate)
	}
	return b.String()
}

// Filter is which orders are counted, and by which claims and returns they are judged. The zero Filter is all. Lists are sorted, each value once; nil
// is any value, an empty list none.
type Filter struct {
	Lines        []string // any of the order's product lines is one of these
	Marketplaces []string
	Countries    []string
	Reasons      ReasonSet
	None         bool // no order passes
}

// Orders is the filter without its reasons: an order passes both or neither.
func (f Filter) Orders() Filter {
	f.Reasons = 0
	return f
}

// Passes is whether orders of these attributes are counted.
func (f *Filter) Passes(a *Attributes) bool {
	return !f.None && (f.Lines == nil || f.passesLines(a)) && holds(f.Marketplaces, a.Marketplace) && holds(f.Countries, a.Country)
}

func (f *Filter) passesLines(a *Attributes) bool {
	if len(a.Lines) == 0 {
		return holds(f.Lines, "")
	}
	return slices.ContainsFunc(a.Lines, func(line string) bool { return holds(f.Lines, line) })
}

// holds is whether a list that may be nil has a value.
func holds(list []string, value string) bool {
	if list == nil {
		return true
	}
	_, found := slices.BinarySearch(list, value)
	return found
}

func (f *Filter) describe(b *strings.Builder) {
	for _, l := range [...]struct {
		field Field
		list  []string
	}{{LineField, f.Lines}, {MarketplaceField, f.Marketplaces}, {CountryField, f.Countries}} {
		if l.list != nil {
			fmt.Fprintf(b, " | %v in %q", l.field, l.list)
		}
	}
	if f.Reasons != 0 {
		b.WriteString(" | reason in")
		for r := events.BuyerReason(1); r <= events.WrongItem; r++ {
			if f.Reasons.Holds(r) {
				fmt.Fprintf(b, " %v", r)
			}
		}
	}
	if f.None {
		b.WriteString(" | of no order")
	}
}
