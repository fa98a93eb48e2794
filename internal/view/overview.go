package view

import (
	"slices"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// Overview is all sellers at a glance.
type Overview struct {
	AsOf
	Sellers   int
	Statuses  [rules.NumStatuses]int // sellers of each
	Rules     []RuleCounts           // in the order in which reports have them
	Nearest   []Seller               // to a breach, of those in none
	Recovered []Seller               // last

	// Alerts by their as_of, to the minute, against AsOf.StreamTime, however many were published.
	LastHour, LastDay AlertCounts
}

// RuleCounts is how many sellers are in each state under a rule, by whatever definition of it their reports have. Of a rule with parts each part counts.
type RuleCounts struct {
	Rule   string
	States [rules.NumStates]int
}

// Rules are those that sellers are reported under, by each definition of one that a report has, without numbers and states.
func (v *View) Rules() (all []outputs.RuleReport) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	for i, count := range v.table.states {
		if count != [rules.NumStates]int{} {
			all = append(all, v.table.definitions.list[i])
		}
	}
	return all
}

// Overview is all sellers at a glance, with so many of the nearest and of the recovered, up to MaxLimit each.
func (v *View) Overview(most int) Overview {
	most = min(max(most, 0), MaxLimit)
	v.mutex.Lock()
	o := Overview{AsOf: v.asOf(), Sellers: v.table.orders[ByID].Len(), Statuses: v.table.statuses}
	definitions, states := v.table.definitions.list, slices.Clone(v.table.states)
	nearest, recovered := v.table.calm.Copy(), v.table.orders[ByRecovery].Copy()
	o.LastHour, o.LastDay = v.recent.minutes.last(o.StreamTime, hourMinutes), v.recent.minutes.last(o.StreamTime, dayMinutes)
	v.mutex.Unlock()

	o.Rules = countRules(definitions, states)
	o.Nearest = first(nearest, definitions, most, func(*seller) bool { return true })
	o.Recovered = first(recovered, definitions, most, func(s *seller) bool { return s.recovered != events.None })
	return o
}

// first is the first of an order, up to one that is not in.
func first(sellers *order, definitions []outputs.RuleReport, most int, in func(*seller) bool) (found []Seller) {
	if most == 0 {
		return nil
	}
	sellers.Scan(func(s *seller) bool {
		if !in(s) {
			return false
		}
		found = append(found, s.full(definitions))
		return len(found) < most
	})
	return found
}

// countRules adds up the definitions of each rule, without those that no seller has any more.
func countRules(definitions []outputs.RuleReport, states [][rules.NumStates]int) (counts []RuleCounts) {
	for i, count := range states {
		if count == [rules.NumStates]int{} {
			continue
		}
		name := definitions[i].Rule
		at := slices.IndexFunc(counts, func(c RuleCounts) bool { return c.Rule == name })
		if at < 0 {
			at = len(counts)
			counts = append(counts, RuleCounts{Rule: name})
		}
		for state, sellers := range count {
			counts[at].States[state] += sellers
		}
	}
	return counts
}
