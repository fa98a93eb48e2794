package view

import (
	"fmt"

	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// maxDefinitions bounds how many rules are told apart: 64 of each of 256 rule files.
const maxDefinitions = 64 * 256

// definitions are what rules say, each once, however many sellers have it. A rule that was changed is another one, as long as reports have it as it was.
//
// Invariant: they are only added to, so that whoever has a copy of the list may read it without the lock.
type definitions struct {
	list  []outputs.RuleReport
	index map[definition]uint16
}

// definition tells what rules say apart.
type definition struct {
	rule, metric string
	class        rules.Class
	channel      rules.Channel
	provisional  bool
	target       rules.Target
	levels       string
}

// intern is the index of what a rule of a report says, without what is of the seller or of the day: the window, the counts, the part and where the seller
// stands. It is false where there are too many.
func (d *definitions) intern(r *outputs.RuleReport) (uint16, bool) {
	said := definition{rule: r.Rule, metric: r.Metric, class: r.Class, channel: r.Channel, provisional: r.Provisional, target: r.Target}
	if r.Levels != nil {
		said.levels = fmt.Sprintf("%q", r.Levels)
	}
	if i, ok := d.index[said]; ok {
		return i, true
	}
	if len(d.list) == maxDefinitions {
		return 0, false
	}
	if d.index == nil {
		d.index = map[definition]uint16{}
	}
	i := uint16(len(d.list))
	d.index[said] = i
	d.list = append(d.list, outputs.RuleReport{
		Rule: r.Rule, Metric: r.Metric, Class: r.Class, Channel: r.Channel, Provisional: r.Provisional, Target: r.Target, Levels: r.Levels,
	})
	return i, true
}
