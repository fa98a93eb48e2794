package rules

import (
	"slices"

	"sellerpulse/pkg/windows"
)

// Override is what holds of rules of a pack for some sellers alone: they are other rules on some days, or the sellers are exempt from them, and for a time
// nobody is told of them.
type Override struct {
	Pack    string
	Rules   []string // full names; nil for all of the pack
	Sellers []string // ids, sorted, each once
	File    string   // that lists them, as the rule file names it; empty where that lists them itself
	Reason  string

	Exempt      bool
	From, Until *windows.Date // the first and the last day on which the sellers are exempt, or the rules others; nil for no such bound
	Silence     *Silence      // nil for none

	changed mapping         // the keys of a rule that have other values
	held    map[*Rule]*Rule // of each version concerned what it is for the sellers
	at      place
}

// Silence is a time in which states go on and nobody is told.
type Silence struct {
	From   *windows.Date // the first day; nil for none
	Until  windows.Date  // the last day
	Reason string
}

// Overrides are those that concern a seller. Sellers whom the same ones concern share one. A nil one is of a seller who has none.
type Overrides struct{ all []*Override }

// Overrides lists them in the order of the files. The slice is shared and must not be changed.
func (s *Set) Overrides() []*Override { return s.overrides }

// OverridesOf are those that concern a seller; nil for none.
func (s *Set) OverridesOf(seller string) *Overrides { return s.overridden[seller] }

// Held is what a version of a rule is for the seller on a day. Exempt is whether it is not in force, as the seller is exempt.
func (o *Overrides) Held(r *Rule, day windows.Date) (held *Rule, exempt bool) {
	if by := o.By(r, day); by != nil {
		return by.held[r], by.Exempt
	}
	return r, false
}

// Silence is the silence of a version of a rule on a day; nil for none.
func (o *Overrides) Silence(r *Rule, day windows.Date) *Silence {
	if o == nil {
		return nil
	}
	for _, one := range o.all {
		if s := one.Silence; s != nil && one.held[r] != nil && within(s.From, &s.Until, day) {
			return s
		}
	}
	return nil
}

// By is the override by which a version of a rule is another for the seller, or the seller is exempt from it, on a day; nil for none.
func (o *Overrides) By(r *Rule, day windows.Date) *Override {
	if o == nil {
		return nil
	}
	for _, one := range o.all {
		if one.held[r] != nil && one.says() && within(one.From, one.Until, day) {
			return one
		}
	}
	return nil
}

// says is whether it does more than silence.
func (o *Override) says() bool { return o.Exempt || len(o.changed) > 0 }

// within is whether a day is one of those from a first to a last one, each nil for no bound.
func within(from, until *windows.Date, day windows.Date) bool {
	return (from == nil || *from <= day) && (until == nil || day <= *until)
}

// Turns are the days at whose start something is otherwise for the sellers than on the day before, sorted.
func (o *Override) Turns() (days []windows.Date) {
	add := func(from, until *windows.Date) {
		if from != nil {
			days = append(days, *from)
		}
		if until != nil {
			days = append(days, *until+1)
		}
	}
	if o.says() {
		add(o.From, o.Until)
	}
	if o.Silence != nil {
		add(o.Silence.From, &o.Silence.Until)
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// Over lists the overrides that say nothing any more on a day, nor on a later one.
func (s *Set) Over(day windows.Date) (all []*Override) {
	for _, o := range s.overrides {
		changes, silences := o.says() && (o.Until == nil || day <= *o.Until), o.Silence != nil && day <= o.Silence.Until
		if !changes && !silences {
			all = append(all, o)
		}
	}
	return all
}

// concerns is whether a rule is one of those that the override is about.
func (o *Override) concerns(r *Rule) bool {
	return r.Pack == o.Pack && (o.Rules == nil || slices.Contains(o.Rules, r.Name))
}

// Place is where it stands: the file, empty where that has no name, and the line.
func (o *Override) Place() (file string, line int) { return o.at.file, o.at.line }
