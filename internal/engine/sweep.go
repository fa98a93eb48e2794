package engine

import (
	"errors"
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/windows"
)

// addDate notes that a seller has orders of a date, and when that date next matters.
func (e *Engine) addDate(date windows.Date, seller *state.Seller) {
	e.store.SetDate(date, seller)
	if added := (addedDate{e.today, date}); e.added != added { // Most orders come on the day of the one before.
		e.added = added
		e.expectSlide(date)
	}
}

// addedDate is a date that was added on a day.
type addedDate struct{ today, date windows.Date }

// expectSlide has the next slide be no later than the next day on which a date matters.
func (e *Engine) expectSlide(date windows.Date) {
	for _, edge := range e.policy.edges {
		if day := edge.Passes(date); day > e.today {
			e.nextSlide = min(e.nextSlide, day)
		}
	}
	for _, age := range e.sweptAt() {
		if day := e.life.SweptOn(date + age); day > e.today {
			e.nextSlide = min(e.nextSlide, day)
			break
		}
	}
}

// findSlide finds the next day at whose start a date enters or leaves a window or is swept.
func (e *Engine) findSlide() error {
	e.nextSlide = maxDate
	find := func(from windows.Date, due func(windows.Date) windows.Date) error {
		date, ok, err := e.store.NextDate(from)
		if ok {
			e.nextSlide = min(e.nextSlide, due(date))
		}
		return err
	}
	for _, edge := range e.policy.edges {
		if err := find(edge.Passed(e.today)+1, edge.Passes); err != nil {
			return err
		}
	}
	next := e.life.SweptBy(e.today) + 1 // What is due from this day on was not swept yet.
	for _, age := range e.sweptAt() {
		if err := find(next-age, func(date windows.Date) windows.Date { return e.life.SweptOn(date + age) }); err != nil {
			return err
		}
	}
	return nil
}

// sweptAt are the ages at which a date is swept: as its orders expire, as they are forgotten, and as counts that outlived them end.
func (e *Engine) sweptAt() []windows.Date {
	ages := [...]windows.Date{e.life.ExpiresAfter(), e.life.ForgottenAfter(), e.life.EndsAfter()}
	if e.life.Lasts() {
		return ages[:]
	}
	return ages[:2]
}

// sellersAtOnce is how many sellers are listed at once, of a date.
const sellersAtOnce = 1024

// sweep drops the rows of orders that have expired since the last sweep, and their counts or the possibility that these change; the keys of those that are
// forgotten since; and the counts that outlived their orders long enough. Then it finds out when anything moves next.
func (e *Engine) sweep(i *state.Instant) (done bool, err error) {
	sweeps := e.sweeps()
	if e.dated == nil {
		var dates []windows.Date
		for _, s := range sweeps {
			for date := s.first; date <= s.last; date++ {
				dates = append(dates, date)
			}
		}
		e.dated = e.store.SellersOf(dates, sellersAtOnce)
	}
	for {
		id, ok, err := e.dated.From(i.Next.Seller)
		if err != nil {
			return false, err
		}
		if !ok {
			break
		}
		for _, s := range sweeps {
			if !e.dated.Between(id, s.first, s.last) {
				continue
			}
			if done, err := s.do(id, s.first, s.last); !done || err != nil {
				return false, err
			}
		}
		i.Next = state.AfterSeller(id)
		if e.work++; e.full() {
			return false, nil
		}
	}
	e.store.ForgetDates(e.life.SweptBy(e.today) - e.life.DatedFor() + 1)
	return true, errors.Join(e.dropColumns(), e.findSlide())
}

// sweeping is what is done with a seller's orders of some dates, or with their counts.
type sweeping struct {
	first, last windows.Date
	do          func(id string, first, last windows.Date) (done bool, err error)
}

// sweeps are those of the last day on which anything is swept.
func (e *Engine) sweeps() (all []sweeping) {
	day := e.life.SweptBy(e.today)
	for i, age := range e.sweptAt() {
		last := day - age
		do := [...]func(string, windows.Date, windows.Date) (bool, error){e.expireOrders, e.forgetOrders, e.endCounts}[i]
		all = append(all, sweeping{last - e.datesSwept() + 1, last, do})
	}
	return all
}

// datesSwept is how many dates are swept now.
func (e *Engine) datesSwept() windows.Date {
	first, last := e.daysBegun()
	if !e.life.Lasts() || e.rebuild != nil { // Those before may have been swept together, or by another calendar.
		return state.SweepDays
	}
	return max(1, last-first+1)
}

func (e *Engine) expireOrders(id string, first, last windows.Date) (done bool, err error) {
	for date := first; e.life.Lasts() && date <= last; date++ {
		if err := e.freeze(id, date); err != nil {
			return false, err
		}
	}
	return e.sweepOrders(id, first, last, false, e.expire)
}

func (e *Engine) forgetOrders(id string, first, last windows.Date) (done bool, err error) {
	return e.sweepOrders(id, first, last, true, func(seller *state.Seller, order *state.Order) error {
		e.store.Forget(seller, order) // Nothing is left of it.
		return nil
	})
}

// sweepOrders does with the orders of a seller, of the dates of one sweep, what is to be done. Each that is done is none of them any more.
func (e *Engine) sweepOrders(id string, first, last windows.Date, expired bool, do func(*state.Seller, *state.Order) error) (done bool, err error) {
	seller, err := e.store.Seller(id, e.today)
	if err != nil {
		return false, err
	}
	next := state.DatedOrder{Date: first}
	for more := true; more; {
		var orders []*state.Order
		if orders, next, more, err = e.store.OrdersFrom(seller, next, last, expired, keysAtOnce); err != nil {
			return false, err
		}
		for _, order := range orders {
			if err := do(seller, order); err != nil {
				return false, err
			}
			if e.work++; e.full() {
				return false, nil
			}
		}
	}
	return true, nil
}

// expire drops an order's row, and in the same step its counts from its bucket, which are in no window any more, unless they are frozen.
func (e *Engine) expire(seller *state.Seller, order *state.Order) error {
	if err := e.order.Decode(order.Row); err != nil {
		return unreadable(seller, order, err)
	}
	e.before.Derive(e.tally, &e.order, order.Date, e.life.CountedAt(order.Date, e.clock.StreamTime))
	e.after.Nothing()
	if !e.freezes(order.Date) {
		if _, err := state.Count(seller.Windows, &e.before, &e.after); err != nil {
			return fmt.Errorf("expire order %q of seller %q: %w", order.ID, seller.ID, err)
		}
		e.store.ChangedWindows(seller)
	}
	e.reset(seller, order)
	e.store.Expire(seller, order)
	return nil
}
