package whatif

import (
	"slices"
	"testing"
)

// answerOf is an answer about a partition with so many sellers, of whom one changes.
func answerOf(partition int32, sellers int64, changed string) *Answer {
	a := newAnswer()
	a.Sellers, a.AlertsTotal, a.Statuses["ACTIVE"] = sellers, 1, sellers
	a.Partitions = append(a.Partitions, Partition{Partition: partition, Sellers: sellers})
	r := a.rule("gone", true)
	r.Now["OK"]++
	r = a.rule("odr", false)
	r.Now["OK"], r.Then["OK"], r.Then["BREACHED"] = sellers, sellers-1, 1
	c := trial{options: Options{Most: 10}, answer: a}
	c.change(r, Change{SellerID: changed, Rule: "odr", From: "OK"})
	return a
}

// Answers about partitions become one: each partition counts once, what one process could not tell of another may have, and all changes are counted though
// some alone are told.
func TestMerge(t *testing.T) {
	missing := newAnswer()
	missing.Missing = []Missing{{0, "not ready"}, {2, "nobody"}, {2, "process x gave no answer"}}
	a := Merge([]*Answer{missing, answerOf(1, 10, "S3"), answerOf(0, 5, "S1"), answerOf(1, 10, "S3"), answerOf(4, 1, "S2")}, 2)
	if !slices.Equal(a.Missing, []Missing{{2, "process x gave no answer"}}) {
		t.Errorf("missing are %v", a.Missing)
	}
	var partitions []int32
	for _, p := range a.Partitions {
		partitions = append(partitions, p.Partition)
	}
	var changed []string
	for _, c := range a.Changes {
		changed = append(changed, c.SellerID)
	}
	if !slices.Equal(partitions, []int32{0, 1, 4}) || !slices.Equal(changed, []string{"S1", "S2"}) || a.Sellers != 16 || a.ChangesTotal != 3 || a.AlertsTotal != 3 || a.Statuses["ACTIVE"] != 16 {
		t.Errorf("partitions %v, changed %q: %+v", partitions, changed, a)
	}
	if len(a.Rules) != 2 || a.Rules[0].Rule != "odr" || a.Rules[1].Rule != "gone" || !a.Rules[1].Gone || a.Rules[0].Then["BREACHED"] != 3 || a.Rules[0].Then["OK"] != 13 || a.Rules[0].Changes != 3 {
		t.Errorf("rules are %+v", a.Rules)
	}
}
