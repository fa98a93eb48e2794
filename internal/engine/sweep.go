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
	if day := state.SweptOn(date + e.life.ExpiresAfter()); day > e.today {
		e.nextSlide = min(e.nextSlide, day)
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
	swept := state.SweptOn(e.today+1) - state.SweepDays + 1 // What is due from this day on was not swept yet.
	sweep := func(age windows.Date) error {
		return find(swept-age, func(date windows.Date) windows.Date { return state.SweptOn(date + age) })
	}
	return errors.Join(sweep(e.life.ExpiresAfter()), sweep(e.life.ForgottenAfter()))
}

// sellersAtOnce is how many sellers are listed at once, of a date.
const sellersAtOnce = 1024

// sweep drops the rows and buckets of orders that have expired since the last sweep, and the keys of those that are forgotten since; then it
// finds out when anything moves next.
func (e *Engine) sweep(i *state.Instant) (done bool, err error) {
	day := state.SweptOn(e.today+1) - state.SweepDays
	expired, forgotten := day-e.life.ExpiresAfter(), day-e.life.ForgottenAfter()
	if e.dated == nil {
		var dates []windows.Date
		for n := range windows.Date(state.SweepDays) {
			dates = append(dates, expired-n, forgotten-n)
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
		done, err := e.sweepSeller(id, expired, false, e.expire)
		if done && err == nil {
			done, err = e.sweepSeller(id, forgotten, true, e.forget)
		}
		if !done || err != nil {
			return false, err
		}
		i.Next = state.AfterSeller(id)
		if e.work++; e.full() {
			return false, nil
		}
	}
	e.store.ForgetDates(forgotten + 1)
	return true, e.findSlide()
}

// sweepSeller does with the orders of a seller, of the dates of one sweep, what is to be done. Each that is done is none of them any more.
func (e *Engine) sweepSeller(id string, last windows.Date, expired bool, do func(*state.Seller, *state.Order) error) (done bool, err error) {
	first := last - state.SweepDays + 1
	if !e.dated.Between(id, first, last) {
		return true, nil
	}
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

// expire drops an order's row, and in the same step its counts from its bucket. They are in no window any more.
func (e *Engine) expire(seller *state.Seller, order *state.Order) error {
	if err := e.order.Decode(order.Row); err != nil {
		return unreadable(seller, order, err)
	}
	e.before.Derive(e.tally, &e.order, order.Date, e.life.CountedAt(order.Date, e.clock.StreamTime))
	e.after.Nothing()
	if _, err := state.Count(seller.Windows, &e.before, &e.after); err != nil {
		return fmt.Errorf("expire order %q of seller %q: %w", order.ID, seller.ID, err)
	}
	e.store.ChangedWindows(seller)
	e.reset(seller, order)
	e.store.Expire(seller, order)
	return nil
}

// forget drops what is left of an order.
func (e *Engine) forget(seller *state.Seller, order *state.Order) error {
	e.store.Forget(seller, order)
	return nil
}
