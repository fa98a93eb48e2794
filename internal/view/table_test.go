package view

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// Of more sellers than there is room for the first are kept, and the others counted; a tombstone makes room.
func TestMoreSellersThanThereIsRoomFor(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	f := newFeed(Options{Sellers: 10}, 1, 2).settle()
	put := func(i int) { f.report(reportOf(random, fmt.Sprintf("S%02d", i), noon), 1) }
	for range 2 {
		for i := range 15 {
			put(i)
		}
	}
	check := func(when string, sellers, omitted int) {
		t.Helper()
		page, err := f.Sellers(Query{})
		if o := f.Overview(1); err != nil || page.Total != sellers || page.Omitted != omitted || o.Sellers != sellers || o.Omitted != omitted {
			t.Errorf("%s: %d sellers, %d omitted, error %v; want %d and %d", when, page.Total, page.Omitted, err, sellers, omitted)
		}
	}
	check("full", 10, 5)
	f.tombstone("S14", 1)
	check("one of the others is gone", 10, 4)
	f.tombstone("S03", 1)
	check("one is gone", 9, 4)
	put(12)
	check("one has come in", 10, 3)
	for i := range 100 {
		put(100 + i)
	}
	check("far more", 10, 10)
}

// Sellers with many parts of rules take the room of several.
func TestSellersWithManyPartsTakeMoreRoom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	f := newFeed(Options{Sellers: 15}, 1, 1).settle()
	many := reportOf(random, "many", noon)
	for i := range 32 {
		rule, part := many.Rules[0], strings.Repeat("p", 100+i)
		rule.Part = &part
		many.Rules = append(many.Rules, rule)
	}
	f.report(many, 1)
	for i := range 14 {
		f.report(reportOf(random, fmt.Sprint("S", i), noon), 1)
	}
	page, err := f.Sellers(Query{})
	if _, has := f.Seller("many"); err != nil || !has || page.Total < 2 || page.Total > 10 || page.Total+page.Omitted != 15 {
		t.Errorf("%d sellers, %d omitted, %v: want few of 15, and the one with many parts", page.Total, page.Omitted, err)
	}
	if told := f.Bytes(); told > 15*SellerBytes {
		t.Errorf("they take %d bytes, more than 15 sellers", told)
	}
}

// Rules that were changed are told apart, up to a bound; a seller beyond it is left out, and comes back with rules that are known.
func TestMoreRulesThanThereIsRoomFor(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	f := newFeed(Options{}, 1, 1).settle()
	known := reportOf(random, "S", noon)
	f.report(known, 1)
	other := reportOf(random, "S", noon+1)
	for i := range maxDefinitions + 1 {
		d := other.Rules[0]
		d.Target.Limit = rules.Decimal{Number: int64(i + 1), Scale: 1_000_000_000}
		f.table.definitions.intern(&d)
	}
	other.Rules[0].Rule = "another"
	f.report(other, 1)
	if page, _ := f.Sellers(Query{}); page.Total != 0 || page.Omitted != 1 {
		t.Errorf("%d sellers, %d omitted, want it omitted", page.Total, page.Omitted)
	}
	f.report(known, 1)
	if page, _ := f.Sellers(Query{}); page.Total != 1 || page.Omitted != 0 || len(f.table.definitions.list) != maxDefinitions {
		t.Errorf("%d sellers, %d omitted, want it back", page.Total, page.Omitted)
	}
}

// Where a topic has got more partitions, an earlier report in a former one does not take the place of a later one, nor does its tombstone.
func TestReportsInSeveralPartitions(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	f := newFeed(Options{}, 1, 2).settle()
	early, late := reportOf(random, "S", noon), reportOf(random, "S", noon+1)
	for _, at := range []int{0, 1} {
		f.give(f.reports[at], "S", late.AppendAvro(nil), 1)
		f.give(f.reports[1-at], "S", early.AppendAvro(nil), 1)
		f.give(f.reports[1-at], "S", nil, 1)
		if page, _ := f.Sellers(Query{}); page.Total != 1 || page.Sellers[0].AsOf != late.AsOf {
			t.Errorf("sellers %+v, want the later report", page.Sellers)
		}
		f.give(f.reports[at], "S", nil, 1)
		if page, _ := f.Sellers(Query{}); page.Total != 0 {
			t.Errorf("sellers %+v, want none", page.Sellers)
		}
	}
}

// Records that are not what they should be are counted and left out.
func TestUnreadableRecords(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	f := newFeed(Options{}, 1, 1).settle()
	r, a := reportOf(random, "S", noon), alertOf("S", "odr", 1, noon, rules.OK, rules.Breached)
	for _, bad := range []struct {
		log   *log
		key   string
		value []byte
	}{
		{f.reports[0], "S", []byte{}},
		{f.reports[0], "S", a.AppendAvro(nil)},
		{f.reports[0], "T", r.AppendAvro(nil)},
		{f.alerts[0], "S", nil},
		{f.alerts[0], "S", r.AppendAvro(nil)},
		{f.alerts[0], "T", a.AppendAvro(nil)},
	} {
		f.give(bad.log, bad.key, bad.value, 1)
	}
	page, _ := f.Sellers(Query{})
	if alerts, _ := f.Alerts(AlertQuery{}); page.Total != 0 || len(alerts.Alerts) != 0 || page.Unreadable != 6 {
		t.Errorf("%d sellers, %d alerts, %d unreadable, want the six unreadable", page.Total, len(alerts.Alerts), page.Unreadable)
	}
}

// While sellers change, each that does not is on one page exactly, and pages end.
func TestPagesWhileSellersChange(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for by := range numSorts {
		f := newFeed(Options{}, 1, 2).settle()
		for i := range 300 {
			f.report(reportOf(random, fmt.Sprintf("still-%03d", i), noon+random.Int64N(1000)), 1)
		}
		seen := map[string]int{}
		for q := (Query{Sort: by, Limit: 7}); ; {
			page, err := f.Sellers(q)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range page.Sellers {
				seen[s.ID]++
			}
			if q.After = page.Next; q.After == "" {
				break
			}
			for range 5 { // The last of the page may be one that changes, or goes.
				id := fmt.Sprintf("moving-%02d", random.IntN(30))
				if random.IntN(3) == 0 {
					f.tombstone(id, 1)
				} else {
					f.report(reportOf(random, id, noon+random.Int64N(1000)), 1)
				}
			}
		}
		for i := range 300 {
			if id := fmt.Sprintf("still-%03d", i); seen[id] != 1 {
				t.Errorf("order %d: seller %s is on %d pages", by, id, seen[id])
			}
		}
	}
}

func TestNearestFirst(t *testing.T) {
	rule := func(name string, class rules.Class, limit, numerator, denominator int64, state rules.State) outputs.RuleReport {
		return outputs.RuleReport{Rule: name, Class: class, Target: rules.Target{Comparator: rules.Less, Limit: rules.Decimal{Number: limit, Scale: 100}}, Numerator: numerator, Denominator: denominator, State: state}
	}
	f := newFeed(Options{}, 1, 1).settle()
	for _, r := range []outputs.Report{
		{SellerID: "a no rules"},
		{SellerID: "b no data", Rules: []outputs.RuleReport{rule("x", rules.Contractual, 1, 0, 0, rules.NoData)}},
		{SellerID: "c too few", Rules: []outputs.RuleReport{rule("x", rules.Contractual, 1, 1, 1, rules.NoData)}},
		{SellerID: "d nothing used", Rules: []outputs.RuleReport{rule("x", rules.Advisory, 1, 0, 9, rules.OK)}},
		{SellerID: "e half", Rules: []outputs.RuleReport{rule("x", rules.Advisory, 10, 5, 100, rules.OK), rule("y", rules.Contractual, 10, 1, 100, rules.OK)}},
		{SellerID: "f half", Rules: []outputs.RuleReport{rule("x", rules.Advisory, 10, 5, 100, rules.OK), rule("y", rules.Contractual, 2, 1, 100, rules.OK)}},
		{SellerID: "g half", Status: rules.StatusAtRisk, Rules: []outputs.RuleReport{rule("x", rules.Contractual, 10, 5, 100, rules.OK)}},
		{SellerID: "h breached", Rules: []outputs.RuleReport{rule("x", rules.Advisory, 10, 10, 100, rules.Breached)}},
		{SellerID: "i far", Rules: []outputs.RuleReport{rule("y", rules.Contractual, 10, 20, 100, rules.Breached), rule("x", rules.Advisory, 10, 30, 100, rules.Breached)}},
	} {
		f.report(r, 1)
	}
	want := []string{"i far", "h breached", "g half", "f half", "e half", "d nothing used", "a no rules", "b no data", "c too few"}
	if got := f.ids(t, Query{Limit: 2}); !slices.Equal(got, want) {
		t.Errorf("sellers %q, want %q", got, want)
	}
	page, err := f.Sellers(Query{Text: "F HALF"})
	if err != nil || len(page.Sellers) != 1 || *page.Sellers[0].Nearest != (Nearest{Rule: "y", Class: rules.Contractual, Nearness: rules.AtLimit / 2}) {
		t.Errorf("nearest of %+v, error %v", page.Sellers, err)
	}
}

// A seller is found by a part of its id, in capitals or not.
func TestText(t *testing.T) {
	for _, c := range []struct {
		text, whole string
		want        bool
	}{
		{"", "", true},
		{"a", "", false},
		{"ab", "xABx", true},
		{"AB", "xabx", true},
		{"[", "{", false},
		{"@", "`", false},
		{"ä", "Ä", true},
		{"Ä", "xä", true},
		{"x", "ÄX", true},
		{"\u202e", "a\u202eb", true},
		{"\xff", "a\xffb", true},
		{"a", "b", false},
		{strings.Repeat("x", 2000), strings.Repeat("X", 1024), false},
	} {
		f := newFeed(Options{}, 1, 1)
		f.report(outputs.Report{SellerID: c.whole}, 1)
		if got := len(f.ids(t, Query{Text: c.text})) == 1; got != c.want {
			t.Errorf("%q in %q: %v", c.text, c.whole, got)
		}
	}
}
