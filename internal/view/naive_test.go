package view

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// naive is what was published, and answers by going through all of it.
type naive struct {
	reports map[string]outputs.Report
	alerts  []outputs.Alert // in the order of their publication
	newest  events.Millis   // the as_of of any report, also of one that is gone
}

// seller is where a seller stands, from its report and all its alerts.
func (n *naive) seller(id string) Seller {
	r := n.reports[id]
	s := Seller{ID: id, Status: r.Status, AsOf: r.AsOf, Today: r.Metrics[0].To, Rules: r.Rules}
	for _, rule := range r.Rules {
		if nearness, ok := rule.Target.Nearness(rule.Numerator, rule.Denominator); ok && rule.State != rules.NoData {
			at := Nearest{Rule: rule.Rule, Part: rule.Part, Class: rule.Class, Nearness: nearness}
			if s.Nearest == nil || at.Nearness > s.Nearest.Nearness || at.Nearness == s.Nearest.Nearness && at.Class < s.Nearest.Class {
				s.Nearest = &at
			}
		}
		if at, ok := n.left(id, &rule); ok && rule.State != rules.Breached && (s.Recovered == nil || at > s.Recovered.At) {
			s.Recovered = &Recovery{Rule: rule.Rule, Part: rule.Part, At: at}
		}
	}
	return s
}

// left is when a seller left BREACHED last under a rule, or a part of it; false where it is in it, or never was.
func (n *naive) left(id string, rule *outputs.RuleReport) (at events.Millis, ok bool) {
	for _, a := range n.alerts {
		if a.SellerID != id || a.Rule != rule.Rule || partText(a.Part) != partText(rule.Part) {
			continue
		}
		switch {
		case a.State == rules.Breached:
			ok = false
		case a.PreviousState == rules.Breached:
			at, ok = a.AsOf, true
		}
	}
	return at, ok
}

// partText tells parts apart, and none.
func partText(part *string) string {
	if part == nil {
		return ""
	}
	return "part " + *part
}

// sellers answers a query, of all pages.
func (n *naive) sellers(q Query) (found []Seller) {
	for id := range n.reports {
		s := n.seller(id)
		in := slices.ContainsFunc(s.Rules, func(r outputs.RuleReport) bool {
			return (q.Rule == "" || r.Rule == q.Rule) && (len(q.States) == 0 || slices.Contains(q.States, r.State))
		})
		if in && (len(q.Status) == 0 || slices.Contains(q.Status, s.Status)) && strings.Contains(strings.ToLower(id), strings.ToLower(q.Text)) {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b Seller) int {
		switch q.Sort {
		case ByNearness:
			x, y := cmp.Or(a.Nearest, &Nearest{Nearness: -1}), cmp.Or(b.Nearest, &Nearest{Nearness: -1})
			return cmp.Or(cmp.Compare(y.Nearness, x.Nearness), cmp.Compare(x.Class, y.Class), cmp.Compare(b.Status, a.Status), cmp.Compare(a.ID, b.ID))
		case ByAsOf:
			return cmp.Or(cmp.Compare(b.AsOf, a.AsOf), cmp.Compare(a.ID, b.ID))
		case ByRecovery:
			x, y := cmp.Or(a.Recovered, &Recovery{At: events.None}), cmp.Or(b.Recovered, &Recovery{At: events.None})
			return cmp.Or(cmp.Compare(y.At, x.At), cmp.Compare(a.ID, b.ID))
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return found
}

// overview answers it, without AsOf.
func (n *naive) overview(most int) (o Overview) {
	newest := n.newest
	counts := map[string]*RuleCounts{}
	for _, r := range n.reports {
		o.Sellers++
		o.Statuses[r.Status]++
		for _, rule := range r.Rules {
			if counts[rule.Rule] == nil {
				counts[rule.Rule] = &RuleCounts{Rule: rule.Rule}
			}
			counts[rule.Rule].States[rule.State]++
		}
	}
	for _, c := range counts {
		o.Rules = append(o.Rules, *c)
	}
	for _, s := range n.sellers(Query{}) {
		breached := slices.ContainsFunc(s.Rules, func(r outputs.RuleReport) bool { return r.State == rules.Breached })
		if !breached && s.Nearest != nil && len(o.Nearest) < most {
			o.Nearest = append(o.Nearest, s)
		}
	}
	for _, s := range n.sellers(Query{Sort: ByRecovery}) {
		if s.Recovered != nil && len(o.Recovered) < most {
			o.Recovered = append(o.Recovered, s)
		}
	}
	for _, a := range n.alerts {
		newest = max(newest, a.AsOf)
	}
	for _, a := range n.alerts {
		if minutes := newest/60_000 - a.AsOf/60_000; minutes < 24*60 {
			o.LastDay[a.Kind()]++
			if minutes < 60 {
				o.LastHour[a.Kind()]++
			}
		}
	}
	return o
}

// A random sequence of reports, tombstones and alerts is answered about as by going through all that was published.
func TestAgainstAllThatWasPublished(t *testing.T) {
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 2))
		f := newFeed(Options{}, 3, 2)
		if seed%2 == 0 {
			f.settle()
		}
		published := &naive{reports: map[string]outputs.Report{}}
		ids := append(hostileIDs(), "S1", "S2", "S3", "s1", "T1")
		numbers := map[string]int64{}
		for step := range 1500 {
			id, at := ids[random.IntN(len(ids))], int64(1_000_000+step)
			asOf := noon + events.Millis(step)*100_000 - random.Int64N(hour)
			switch random.IntN(10) {
			case 0:
				f.tombstone(id, at)
				delete(published.reports, id)
			case 1, 2, 3, 4:
				a := randomAlert(random, id, asOf, numbers)
				f.alert(a, at)
				published.alerts = append(published.alerts, a)
			default:
				r := reportOf(random, id, asOf)
				addParts(random, &r)
				f.report(r, at)
				published.reports[id], published.newest = r, max(published.newest, asOf)
			}
			if step%50 == 49 {
				published.compare(t, f, random)
			}
		}
		if t.Failed() {
			return
		}
	}
}

func randomAlert(r *rand.Rand, id string, asOf events.Millis, numbers map[string]int64) outputs.Alert {
	rule := rules.BuiltIn().Versions()[r.IntN(3)].Name
	previous := rules.State(r.IntN(int(rules.NumStates)))
	state := (previous + 1 + rules.State(r.IntN(int(rules.NumStates)-1))) % rules.NumStates
	a := alertOf(id, rule, 1, asOf, previous, state)
	if r.IntN(2) == 0 {
		a.Rule, a.Part, a.Level, a.PreviousLevel = "shop/parted", &randomParts[r.IntN(len(randomParts))], "low", "top"
	}
	key := id + "\x00" + a.Rule + "\x00" + partText(a.Part)
	numbers[key]++
	a.Transition = numbers[key]
	return a
}

var randomParts = []string{"", "DE", "a/b:c/1", "\u202e"}

// addParts adds some parts of a rule with levels to a report, before or after its rules.
func addParts(r *rand.Rand, report *outputs.Report) {
	levels := []rules.Level{{Name: "top", Target: report.Rules[0].Target, State: rules.OK}, {Name: "low", State: rules.AtRisk}}
	for i := range randomParts {
		rule := report.Rules[r.IntN(len(report.Rules))]
		rule.Rule, rule.Part, rule.PartsOmitted, rule.ProjectedState = "shop/parted", &randomParts[i], r.Int64N(3), rules.State(r.IntN(int(rules.NumStates)))
		rule.Metric, rule.Class, rule.Channel, rule.Target = "shop/mine", rules.Contractual, rules.AllChannels, report.Rules[0].Target
		if rule.State != rules.NoData {
			rule.Level, rule.Levels = levels[r.IntN(2)].Name, levels
		}
		if from := rule.From; r.IntN(3) == 0 {
			rule.CountsFrom = &from
		}
		if r.IntN(2) == 0 {
			report.Rules = slices.Insert(report.Rules, 0, rule)
		}
	}
}

func randomQuery(r *rand.Rand) Query {
	q := Query{Sort: Sort(r.IntN(int(numSorts))), Limit: 1 + r.IntN(20)}
	if r.IntN(3) == 0 {
		q.Status = []rules.Status{rules.Status(r.IntN(int(rules.NumStatuses)))}
	}
	if r.IntN(3) == 0 {
		q.Rule = []string{"odr", "valid-tracking", "cancellation", "shop/parted", "none"}[r.IntN(5)]
	}
	if r.IntN(3) == 0 {
		q.States = []rules.State{rules.State(r.IntN(int(rules.NumStates))), rules.State(r.IntN(int(rules.NumStates)))}
	}
	if r.IntN(3) == 0 {
		q.Text = []string{"s", "S1", "/", "PLANE 1", "Ä", "\u202e", "<"}[r.IntN(7)]
	}
	return q
}

func (n *naive) compare(t *testing.T, f *feed, random *rand.Rand) {
	t.Helper()
	for range 8 {
		n.compareSellers(t, f, randomQuery(random))
	}
	got, want := f.Overview(5), n.overview(5)
	got.AsOf = AsOf{}
	slices.SortFunc(got.Rules, func(a, b RuleCounts) int { return cmp.Compare(a.Rule, b.Rule) })
	slices.SortFunc(want.Rules, func(a, b RuleCounts) int { return cmp.Compare(a.Rule, b.Rule) })
	equal(t, "overview", []Overview{got}, []Overview{want})
	n.compareAlerts(t, f, random)
	if f.Whole() && len(n.alerts) > 0 {
		n.compareFound(t, f, random.IntN(len(n.alerts)))
	}
}

// compareFound compares what is found by the id of an alert: it, and the one before of its seller, rule and part.
func (n *naive) compareFound(t *testing.T, f *feed, at int) {
	t.Helper()
	a, before := n.alerts[at], []outputs.Alert(nil)
	for _, b := range n.alerts[:at] {
		if b.SellerID == a.SellerID && b.Rule == a.Rule && partText(b.Part) == partText(a.Part) {
			before = []outputs.Alert{b}
		}
	}
	found, previous, err := f.Alert(t.Context(), a.ID())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "alert "+a.ID(), []outputs.Alert{*found}, []outputs.Alert{a})
	if previous != nil || before != nil {
		equal(t, "the one before "+a.ID(), []outputs.Alert{*previous}, before)
	}
}

// compareSellers compares all pages of a list of sellers, and tells how many they are.
func (n *naive) compareSellers(t *testing.T, f *feed, q Query) int {
	t.Helper()
	want := n.sellers(q)
	got, pages := []Seller(nil), 0
	for at := q; ; pages++ {
		page, err := f.Sellers(at)
		if err != nil || page.Total != len(want) || len(page.Sellers) > q.Limit {
			t.Fatalf("%+v: page of %d, total %d, error %v, want %d", q, len(page.Sellers), page.Total, err, len(want))
		}
		got = append(got, page.Sellers...)
		if at.After = page.Next; at.After == "" {
			break
		}
	}
	equal(t, fmt.Sprintf("%+v", q), got, want)
	if most := len(want) / q.Limit; pages > most {
		t.Errorf("%+v: %d pages before the last, want up to %d", q, pages, most)
	}
	return len(want)
}

// compareAlerts compares all pages of a list of alerts. They were published one after the other.
func (n *naive) compareAlerts(t *testing.T, f *feed, random *rand.Rand) {
	t.Helper()
	q := AlertQuery{Limit: 1 + random.IntN(30)}
	if random.IntN(2) == 0 {
		q.Rule, q.States = "odr", []rules.State{rules.Breached, rules.OK}
	}
	if random.IntN(2) == 0 {
		q.Kinds, q.Class = []outputs.AlertKind{outputs.KindResolved, outputs.KindAtRisk}, []rules.Class{rules.Contractual}
	}
	if random.IntN(2) == 0 {
		q.From, q.To = noon+day/2, noon+day
	}
	if random.IntN(4) == 0 {
		q.Seller = "S1"
	}
	if random.IntN(4) == 0 {
		q.Part = &randomParts[random.IntN(len(randomParts))]
	}
	var got, want []outputs.Alert
	for at := q; ; {
		page, err := f.Alerts(at)
		if err != nil || page.Older {
			t.Fatalf("%+v: error %v, older %v", q, err, page.Older)
		}
		got = append(got, page.Alerts...)
		if at.After = page.Next; at.After == "" {
			break
		}
	}
	for _, a := range slices.Backward(n.alerts) {
		if (q.Rule == "" || a.Rule == q.Rule) && (q.Seller == "" || a.SellerID == q.Seller) && (q.Part == nil || partText(a.Part) == partText(q.Part)) && (len(q.States) == 0 || slices.Contains(q.States, a.State)) &&
			(len(q.Kinds) == 0 || slices.Contains(q.Kinds, a.Kind())) && (len(q.Class) == 0 || slices.Contains(q.Class, a.Class)) &&
			(q.From == 0 || a.AsOf >= q.From) && (q.To == 0 || a.AsOf < q.To) {
			want = append(want, a)
		}
	}
	equal(t, fmt.Sprintf("%+v", q), got, want)
}

// equal compares lists.
func equal[T any](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Fatalf("%s: %d, want %d, then %+v", what, len(got), len(want), want[i])
		case i >= len(want):
			t.Fatalf("%s: %d, want %d: beyond that %+v", what, len(got), len(want), got[i])
		case !reflect.DeepEqual(got[i], want[i]):
			t.Fatalf("%s: number %d:\n got %+v\nwant %+v", what, i, got[i], want[i])
		}
	}
}
