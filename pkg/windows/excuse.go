package windows

import "sellerpulse/pkg/events"

// Excuse is the register of whether the marketplace excuses an order: for one metric, or for all.
type Excuse struct {
	Metric  string // its bare name, of whatever pack; empty for all
	At      events.Millis
	Excused bool
	Source  Source
}

// Excused is whether the marketplace takes a miss of the order out of a metric, given by its bare name: what was said last says so, of this metric or
// of all; said at once, that it does.
func (o *Order) Excused(metric string) bool {
	at, excused := events.None, false
	for i := range o.Excuses {
		e := &o.Excuses[i]
		if (e.Metric == "" || e.Metric == metric) && later(e.At, at, compareBool(e.Excused, excused)) {
			at, excused = e.At, e.Excused
		}
	}
	return excused
}
