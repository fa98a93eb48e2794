package whatif

import (
	"cmp"
	"slices"
	"strings"
)

// Answer is what rules would bring.
type Answer struct {
	Partitions   []Partition      `json:"partitions"` // of which it tells, by number
	Missing      []Missing        `json:"missing"`    // of which it does not
	Sellers      int64            `json:"sellers"`
	Statuses     map[string]int64 `json:"statuses"` // sellers by the account status that the rules recommend
	Rules        []Rule           `json:"rules"`    // in the order of the files, then those that fall silent
	ChangesTotal int64            `json:"changes_total"`
	AlertsTotal  int64            `json:"alerts_total"` // that would be published
	Changes      []Change         `json:"changes"`      // the first of them, by seller
}

// Partition is a partition whose sellers were tried.
type Partition struct {
	Partition int32  `json:"partition"`
	AsOf      string `json:"as_of"` // stream time, as RFC 3339
	Sellers   int64  `json:"sellers"`
	Recounted bool   `json:"recounted"` // orders were counted anew, since the rules count what was not counted yet
}

// Missing is a partition whose sellers were not tried.
type Missing struct {
	Partition int32  `json:"partition"`
	Why       string `json:"why"`
}

// Rule is how many sellers, or parts of them, are in which state of a rule, and how many would be.
type Rule struct {
	Rule    string           `json:"rule"`
	Gone    bool             `json:"gone"` // it is not among the rules, or not in force on the day, and falls silent
	Now     map[string]int64 `json:"now"`  // by state
	Then    map[string]int64 `json:"then"`
	Changes int64            `json:"changes"`
	Alerts  int64            `json:"alerts"`
}

// Change is a seller, or a part, that would stand otherwise with a rule, where people are told of the one or the other.
type Change struct {
	SellerID    string   `json:"seller_id"`
	Rule        string   `json:"rule"`
	Part        *string  `json:"part"`
	From        string   `json:"from"`
	FromLevel   *string  `json:"from_level"`
	To          *string  `json:"to"` // null where the rule falls silent
	ToLevel     *string  `json:"to_level"`
	Numerator   *int64   `json:"numerator"` // null where the rule falls silent, as what follows
	Denominator *int64   `json:"denominator"`
	Rate        *float64 `json:"rate"` // null without a denominator
	Target      *string  `json:"target"`
	Window      *Window  `json:"window"`
	Alert       bool     `json:"alert"` // one would be published
}

// Window is the order dates that the numbers are of, both inclusive, as YYYY-MM-DD.
type Window struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func newAnswer() *Answer {
	return &Answer{Partitions: []Partition{}, Missing: []Missing{}, Statuses: map[string]int64{}, Rules: []Rule{}, Changes: []Change{}}
}

// Merge makes one answer of those about partitions, with the first changes by seller, no more than most. A partition that is in several counts once.
func Merge(answers []*Answer, most int) *Answer {
	merged, seen := newAnswer(), map[int32]bool{}
	for _, a := range answers {
		if len(a.Partitions) == 1 && seen[a.Partitions[0].Partition] {
			continue
		}
		for _, p := range a.Partitions {
			seen[p.Partition] = true
		}
		merged.add(a)
	}
	merged.missing(seen)
	merged.sort()
	merged.Changes = merged.Changes[:min(len(merged.Changes), most)]
	return merged
}

// missing keeps of each partition of which nothing is told the last reason alone, and none of the others.
func (a *Answer) missing(told map[int32]bool) {
	why := map[int32]string{}
	for _, m := range a.Missing {
		why[m.Partition] = m.Why
	}
	a.Missing = []Missing{}
	for partition, why := range why {
		if !told[partition] {
			a.Missing = append(a.Missing, Missing{partition, why})
		}
	}
}

func (a *Answer) add(b *Answer) {
	a.Partitions = append(a.Partitions, b.Partitions...)
	a.Missing = append(a.Missing, b.Missing...)
	a.Sellers, a.ChangesTotal, a.AlertsTotal = a.Sellers+b.Sellers, a.ChangesTotal+b.ChangesTotal, a.AlertsTotal+b.AlertsTotal
	a.Changes = append(a.Changes, b.Changes...)
	addCounts(a.Statuses, b.Statuses)
	for i := range b.Rules {
		of := &b.Rules[i]
		r := a.rule(of.Rule, of.Gone)
		addCounts(r.Now, of.Now)
		addCounts(r.Then, of.Then)
		r.Changes, r.Alerts = r.Changes+of.Changes, r.Alerts+of.Alerts
	}
}

func addCounts(to, counts map[string]int64) {
	for name, n := range counts {
		to[name] += n
	}
}

// rule is the row of a rule, which is made where there is none.
func (a *Answer) rule(name string, gone bool) *Rule {
	i := slices.IndexFunc(a.Rules, func(r Rule) bool { return r.Rule == name && r.Gone == gone })
	if i < 0 {
		i = len(a.Rules)
		a.Rules = append(a.Rules, Rule{Rule: name, Gone: gone, Now: states(), Then: states()})
	}
	return &a.Rules[i]
}

// sort puts partitions in their order, changes in that of sellers, and rules that fall silent behind the others.
func (a *Answer) sort() {
	slices.SortFunc(a.Partitions, func(x, y Partition) int { return cmp.Compare(x.Partition, y.Partition) })
	slices.SortFunc(a.Missing, func(x, y Missing) int { return cmp.Compare(x.Partition, y.Partition) })
	slices.SortStableFunc(a.Changes, func(x, y Change) int { return strings.Compare(x.SellerID, y.SellerID) })
	slices.SortStableFunc(a.Rules, func(x, y Rule) int {
		switch {
		case x.Gone == y.Gone && x.Gone:
			return strings.Compare(x.Rule, y.Rule)
		case x.Gone == y.Gone:
			return 0
		case x.Gone:
			return 1
		}
		return -1
	})
}
