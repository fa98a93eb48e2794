package windows

import "sellerpulse/pkg/events"

// ReasonSet is a set of reasons of claims and returns, a bit each. The zero ReasonSet is no restriction: it holds all, and those without a reason.
type ReasonSet uint16

// ReasonsOf is the set of these reasons.
func ReasonsOf(reasons ...events.BuyerReason) ReasonSet {
	var s ReasonSet
	for _, r := range reasons {
		s |= 1 << r
	}
	return s
}

// Holds is whether a claim or return of a reason, 0 for none, is in the set.
func (s ReasonSet) Holds(r events.BuyerReason) bool { return s == 0 || r != 0 && s>>r&1 == 1 }
