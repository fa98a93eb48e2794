package diff

import (
	"math"
	"slices"
	"strings"

	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows"
)

// Shorter is a rule whose counts reach back less far in the candidate than in the live state, by what reports say.
type Shorter struct {
	Rule      string
	Live      *windows.Date // the first date from which on all is counted; nil for all of the window
	Candidate windows.Date
}

// wholeWindow is that all of a rule's window is counted.
const wholeWindow windows.Date = math.MinInt32

// reaches notes from which dates on a side's report counts. Of a rule the latest date of all reports is kept.
func (t *table) reaches(side int, r *outputs.Report) {
	for i := range r.Rules {
		rule, from := t.number(r.Rules[i].Rule), wholeWindow
		if r.Rules[i].CountsFrom != nil {
			from = *r.Rules[i].CountsFrom
		}
		t.mutex.Lock()
		was, known := t.reach[side][rule]
		if !known || was < from {
			t.reach[side][rule] = from
		}
		t.mutex.Unlock()
	}
}

// shorter lists the rules of both sides whose counts reach back less far in the candidate, by name.
func (t *table) shorter() (list []Shorter) {
	for rule, is := range t.reach[candidate] {
		was, known := t.reach[live][rule]
		if !known || is <= was {
			continue
		}
		s := Shorter{Rule: t.rules[rule], Candidate: is}
		if was != wholeWindow {
			s.Live = &was
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b Shorter) int { return strings.Compare(a.Rule, b.Rule) })
	return list
}
