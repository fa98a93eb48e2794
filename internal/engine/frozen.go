package engine

import (
	"math"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// openColumns takes up the columns with which counts are frozen, where they outlive orders. Those of other rules begin with the oldest date that is live:
// older ones have expired without them.
func (e *Engine) openColumns() error {
	others, err := e.planColumns(e.store.Partition)
	if err != nil || !e.life.Lasts() {
		return err
	}
	last := &e.columns[len(e.columns)-1]
	if e.store.UseColumns(last.Number); others {
		e.store.SetColumns(last)
	}
	return nil
}

// planColumns finds the columns that a state has, and behind them those of the rules in force; and tells whether these are others.
func (e *Engine) planColumns(p *state.Partition) (others bool, err error) {
	if !e.life.Lasts() {
		return false, nil
	}
	if e.columns, err = p.Columns(); err != nil {
		return false, err
	}
	now := state.Columns{Number: 1, First: math.MinInt32, Whole: true, Columns: e.plan.Program.Columns()}
	if e.clock.StreamTime != events.None {
		now.First, now.Fixed, now.Whole = e.oldestLive(), e.clock.Instant != nil, false
	}
	if n := len(e.columns); n > 0 {
		last := &e.columns[n-1]
		now.Since = last.Since
		if last.Equal(now.Columns) {
			return false, nil
		}
		now.Number = last.Number + 1
		if !last.Fixed && last.First >= now.First { // Nothing was frozen with them, and nothing will be.
			now.Number, now.First, now.Whole = last.Number, last.First, last.Whole
			e.columns = e.columns[:n-1]
		}
	}
	e.columns = append(e.columns, now)
	return true, nil
}

// BeginLate says of a new state that its inputs began with others than their first records, the latest of which arrived at an instant: orders of that day and
// before may lack events, whatever is read of them. [Engine.Open] is to be done, and nothing else.
func (e *Engine) BeginLate(arrived events.Millis) {
	if len(e.columns) > 0 {
		e.columns[0].Since = e.calendar.Date(arrived) + 1
		e.store.SetColumns(&e.columns[0])
	}
}

// beginColumns has those of a new state begin with the oldest date that can have orders.
func (e *Engine) beginColumns() {
	if len(e.columns) > 0 {
		e.columns[0].First = e.oldestLive()
		e.store.SetColumns(&e.columns[0])
	}
}

// dropColumns drops those of which nothing is left: behind which the next begin with a date whose counts have ended.
func (e *Engine) dropColumns() error {
	for len(e.columns) > 1 && e.columns[1].First+e.life.EndsAfter() <= e.today {
		e.store.DropColumns(e.columns[0].Number)
		e.columns = e.columns[1:]
	}
	return nil
}

// freezes is whether counts of a date outlive its orders: not of one that had expired before any did.
func (e *Engine) freezes(date windows.Date) bool {
	return len(e.columns) > 0 && date >= e.columns[0].First
}

// freeze makes what a seller's orders of a date count base. They have expired, and so it is what they counted at the last moment before.
func (e *Engine) freeze(id string, date windows.Date) error {
	if !e.freezes(date) {
		return nil
	}
	seller, err := e.store.Seller(id, e.today)
	if err != nil {
		return err
	}
	return e.store.Freeze(seller, date)
}

// frozen is whether the counts of a seller and a date are frozen though the date has not expired: the zone's data has set today back since.
func (e *Engine) frozen(id string, date windows.Date) (bool, error) {
	const most = 2 // days between any two zones
	if !e.life.Lasts() || date > e.oldestLive()+most {
		return false, nil
	}
	return e.store.Frozen(id, date)
}

// endCounts drops the counts of a seller that outlived their orders long enough.
func (e *Engine) endCounts(id string, first, last windows.Date) (done bool, err error) {
	seller, err := e.store.Seller(id, e.today)
	if err != nil {
		return false, err
	}
	for date := first; date <= last; date++ {
		if err := e.store.DropFrozen(seller, date); err != nil {
			return false, err
		}
	}
	return true, nil
}

// countsFrom is the first date from which on all is known that a rule counts, where its window begins before that; else nil.
func (e *Engine) countsFrom(r *rule, from windows.Date) *windows.Date {
	return e.countsOf(e.columns, r, from)
}

// countsOf is countsFrom of a state with these columns, of which the last have what the rule counts.
func (e *Engine) countsOf(all []state.Columns, r *rule, from windows.Date) *windows.Date {
	if len(all) == 0 {
		return nil
	}
	counts, last := windows.Date(math.MinInt32), len(all)-1
	if !all[0].Whole {
		counts = all[0].First
	}
	for i := range all[:last] {
		if next := all[i+1].First; next > all[i].First && !e.knows(&all[i], r) {
			counts = next
		}
	}
	if since := all[last].Since; since != 0 {
		counts = max(counts, since)
	}
	if counts <= from {
		return nil
	}
	return &counts
}

// knows is whether columns have what a rule divides. It has both numbers or neither.
func (e *Engine) knows(c *state.Columns, r *rule) bool {
	return c.Has(e.plan.Program.Name(r.Rate.Numerator), windows.PartCells(r.Field))
}

// Shorter is a rule whose counts reach back less far than those of another state.
type Shorter struct {
	Rule string
	From windows.Date  // from which on all is counted
	Was  *windows.Date // likewise there; nil for all of the window
}

// Shorter lists the rules in force whose counts reach back less far than those of a state that has these columns, and keeps counts of what they divide.
func (e *Engine) Shorter(other []state.Columns) (all []Shorter) {
	for _, r := range e.policy.on(e.today) {
		if r == nil || len(other) == 0 || !e.knows(&other[len(other)-1], r) {
			continue
		}
		first := maxDate
		for _, choice := range r.Windows {
			from, _ := choice.Window.Range(e.today)
			first = min(first, from)
		}
		is, was := e.countsFrom(r, first), e.countsOf(other, r, first)
		if is != nil && (was == nil || *was < *is) {
			all = append(all, Shorter{r.Name, *is, was})
		}
	}
	return all
}
