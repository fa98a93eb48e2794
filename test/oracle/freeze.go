package oracle

import "sellerpulse/pkg/events"

// frozen is how an order counts once it has expired: by its facts of the last moment before, in what was counted then.
type frozen struct {
	at     events.Millis
	policy *policy
}

// expiry is a date that has expired, and what was counted of it then.
type expiry struct {
	date   Day
	policy *policy
}

// live is whether an order can still change.
func (r *Result) live(o *order) bool { return o.frozen == nil && !r.expired(r.dateOf(o), r.StreamTime) }

// freeze keeps what the dates that expired after a day count for.
func (r *Result) freeze(yesterday Day) {
	if r.options.HistoryDays == r.options.RetentionDays {
		return
	}
	retention := Day(r.options.RetentionDays)
	today := r.calendar.today(r.StreamTime)
	for date := yesterday - retention; date < today-retention; date++ {
		r.expiries = append(r.expiries, expiry{date, r.policy})
	}
	for _, s := range r.sellers {
		for _, o := range s.orders {
			if o.frozen == nil && r.expired(r.dateOf(o), r.StreamTime) {
				o.frozen = &frozen{r.calendar.start(r.dateOf(o)+retention+1) - 1, r.policy}
				s.frozen = append(s.frozen, o)
			}
		}
	}
}

// countsFrom is the first date from which on a rule's measure is counted, where its window begins before that; else nil.
func (r *Result) countsFrom(of *rule, window Window) *Day {
	var from *Day
	for _, e := range r.expiries {
		if e.date >= window.From && !e.policy.known[of.measure] {
			next := e.date + 1
			from = &next
		}
	}
	return from
}
