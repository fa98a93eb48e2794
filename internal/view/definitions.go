package view

import "sellerpulse/pkg/outputs"

// maxDefinitions bounds how many rules are told apart: 64 of each of 256 rule files.
const maxDefinitions = 64 * 256

// definitions are what rules say, each once, however many sellers have it. A rule that was changed is another one, as long as reports have it as it was.
//
// Invariant: they are only added to, so that whoever has a copy of the list may read it without the lock.
type definitions struct {
	list  []outputs.RuleReport
	index map[outputs.RuleReport]uint16
}

// intern is the index of what a rule of a report says, without the counts and the state of the seller. It is false where there are too many.
func (d *definitions) intern(r *outputs.RuleReport) (uint16, bool) {
	said := outputs.RuleReport{
		Rule: r.Rule, Metric: r.Metric, Class: r.Class, Channel: r.Channel, Provisional: r.Provisional, Window: r.Window, Target: r.Target,
	}
	if i, ok := d.index[said]; ok {
		return i, true
	}
	if len(d.list) == maxDefinitions {
		return 0, false
	}
	if d.index == nil {
		d.index = map[outputs.RuleReport]uint16{}
	}
	i := uint16(len(d.list))
	d.index[said], d.list = i, append(d.list, said)
	return i, true
}
