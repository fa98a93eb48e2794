package oracle

import (
	"math"
	"slices"
	"time"

	"sellerpulse/pkg/events"
)

const never events.Millis = math.MaxInt64

// AsOf moves stream time to an instant, stopping wherever something falls due on the way. It never goes back.
func (r *Result) AsOf(now events.Millis) {
	if r.StreamTime == events.None {
		r.StreamTime = now
		return
	}
	for r.StreamTime < now {
		next, midnight := r.nextDue()
		if next > now {
			r.StreamTime = now
			return
		}
		r.fallDue(next, midnight)
	}
}

// nextDue is the first instant after stream time at which anything falls due, and whether a day begins then.
func (r *Result) nextDue() (at events.Millis, midnight bool) {
	tomorrow := r.calendar.start(r.calendar.today(r.StreamTime) + 1)
	at = tomorrow
	for _, s := range r.sellers {
		at = min(at, r.nextOf(s))
	}
	for _, p := range r.parked {
		at = min(at, p.arrived+parkedFor+1)
	}
	return at, at == tomorrow
}

// nextOf is the first instant after stream time at which a promise or an answer of a seller's falls due.
func (r *Result) nextOf(s *seller) events.Millis {
	if s.due == nil {
		s.due = []events.Millis{never}
		for _, o := range s.orders {
			s.due = append(s.due, r.at(o, 0).due...)
		}
		slices.Sort(s.due)
	}
	i, _ := slices.BinarySearch(s.due, r.StreamTime+1)
	return s.due[i]
}

// fallDue moves stream time to an instant, lets all take effect that is due then, and evaluates whom it touches.
func (r *Result) fallDue(at events.Millis, midnight bool) {
	var touched []*seller
	for _, name := range r.Sellers() {
		if s := r.sellers[name]; midnight || r.nextOf(s) == at {
			touched = append(touched, s)
		}
	}
	yesterday := r.calendar.today(r.StreamTime)
	r.StreamTime = at
	r.freeze(yesterday)
	r.parked = slices.DeleteFunc(r.parked, func(p parked) bool {
		orphan := at > p.arrived+parkedFor
		if orphan {
			r.bury(&p.record, Orphan)
		}
		return orphan
	})
	for _, s := range touched {
		if midnight {
			r.end(s, yesterday)
		}
		r.evaluate(s, Cause{Kind: CauseTime}, midnight)
	}
}

// Sellers are those with a placed order, sorted.
func (r *Result) Sellers() []string {
	var names []string
	for name := range r.sellers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// SetRules puts other rules in force: all are evaluated at once, which changes nothing of those that are as before; those that are gone fall
// silent.
func (r *Result) SetRules(rules []Pack) {
	r.options.Rules, r.policy = rules, compile(rules)
	if r.StreamTime != events.None {
		r.evaluateAll()
	}
}

func (r *Result) evaluateAll() {
	for _, name := range r.Sellers() {
		r.evaluate(r.sellers[name], Cause{Kind: CauseRules}, false)
	}
}

// SetZone goes on with other data of the zone: days begin at other instants, and all is evaluated at once. Orders keep their dates.
func (r *Result) SetZone(zone *time.Location) {
	yesterday := r.calendar.today(r.StreamTime)
	r.calendar = &calendar{zone: zone, lastAt: events.None}
	r.freeze(yesterday)
	r.evaluateAll()
}
