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
	counts := windows.Date(math.MinInt32)
	if len(e.columns) > 0 && !e.columns[0].Whole {
		counts = e.columns[0].First
	}
	for i := range e.columns[:max(len(e.columns)-1, 0)] {
		if next := e.columns[i+1].First; next > e.columns[i].First && !r.known(e, i) {
			counts = next
		}
	}
	if n := len(e.columns); n > 0 && e.columns[n-1].Since != 0 {
		counts = max(counts, e.columns[n-1].Since)
	}
	if counts <= from {
		return nil
	}
	return &counts
}

// known is whether columns have what a rule divides. It has both numbers or neither.
func (r *rule) known(e *Engine, columns int) bool {
	return e.columns[columns].Has(e.plan.Program.Name(r.Rate.Numerator), windows.PartCells(r.Field))
}
