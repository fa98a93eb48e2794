package engine

import (
	"errors"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/windows"
)

// addDate notes that a seller has orders of a date, and when that date next matters.
func (e *Engine) addDate(date windows.Date, seller *state.Seller) {
	e.store.SetDate(date, seller)
	for _, age := range e.ages {
		if date+age > e.today {
			e.nextSlide = min(e.nextSlide, date+age)
			return
		}
	}
	e.nextSlide = min(e.nextSlide, state.SweptOn(date+e.life.ExpiresAfter()))
}

// findSlide finds the next day at whose start a date enters or leaves a window or is swept.
func (e *Engine) findSlide() error {
	e.nextSlide = maxDate
	find := func(from, age windows.Date, due func(windows.Date) windows.Date) error {
		date, ok, err := e.store.NextDate(from - age)
		if ok {
			e.nextSlide = min(e.nextSlide, due(date+age))
		}
		return err
	}
	for _, age := range e.ages {
		if err := find(e.today+1, age, func(day windows.Date) windows.Date { return day }); err != nil {
			return err
		}
	}
	swept := state.SweptOn(e.today+1) - state.SweepDays + 1 // What is due from this day on was not swept yet.
	return errors.Join(find(swept, e.life.ExpiresAfter(), state.SweptOn), find(swept, e.life.ForgottenAfter(), state.SweptOn))
}

// sweep drops the rows and buckets of orders that have expired since the last sweep, and the keys of those that are forgotten since, on each
// day of sweeping that begins at this instant; then it finds out when anything moves next.
func (e *Engine) sweep(i *state.Instant) (done bool, err error) {
	for i.Day <= e.today {
		if i.Phase == state.Expiring {
			if done, err := e.sweepSellers(i, i.Day-e.life.ExpiresAfter(), e.expireOrder, e.expireDate); !done || err != nil {
				return false, err
			}
			*i, e.listed = state.Instant{Phase: state.Forgetting, Day: i.Day}, listed{}
		}
		if done, err := e.sweepSellers(i, i.Day-e.life.ForgottenAfter(), e.forgetOrder, e.store.DeleteDate); !done || err != nil {
			return false, err
		}
		*i, e.listed = state.Instant{Phase: state.Expiring, Day: i.Day + state.SweepDays}, listed{}
	}
	return true, e.findSlide()
}

// sweepSellers does what is to be done with the orders of the dates of one sweep, up to the last, and then with the dates, seller by seller.
func (e *Engine) sweepSellers(i *state.Instant, last windows.Date, order func(*state.Seller, *state.Order) error, date func(windows.Date, *state.Seller)) (done bool, err error) {
	first := last - state.SweepDays + 1
	dates := make([]windows.Date, state.SweepDays)
	for n := range dates {
		dates[n] = first + windows.Date(n)
	}
	swept := func() []windows.Date { return dates }
	for {
		next, ok, err := e.nextOn(i.After, swept)
		if err != nil || !ok {
			return err == nil, err
		}
		seller, err := e.store.Seller(next.id, e.today)
		if err != nil {
			return false, err
		}
		if done, err := e.sweepOrders(seller, first, last, i.Phase == state.Forgetting, order); !done || err != nil {
			return false, err
		}
		for n, d := range dates {
			if next.dates&(1<<n) != 0 {
				date(d, seller)
			}
		}
		i.After = next.id
		if e.work++; e.full() {
			return false, nil
		}
	}
}

// sweepOrders does what is to be done with the orders of a seller. Each that is done is none of them any more.
func (e *Engine) sweepOrders(seller *state.Seller, first, last windows.Date, expired bool, do func(*state.Seller, *state.Order) error) (done bool, err error) {
	orders, err := e.store.AllBetween(seller, first, last, expired)
	if err != nil {
		return false, err
	}
	for _, order := range orders {
		if err := do(seller, order); err != nil {
			return false, err
		}
		if e.full() {
			return false, nil
		}
	}
	return true, nil
}

func (e *Engine) expireOrder(seller *state.Seller, order *state.Order) error {
	if err := e.order.Decode(order.Row); err != nil {
		return unreadable(seller, order, err)
	}
	e.before.Of(&e.order, order.Date, e.clock.StreamTime)
	e.after.Nothing()
	e.reset(seller, order)
	e.store.Expire(seller, order)
	return nil
}

// expireDate drops the buckets of a date.
func (e *Engine) expireDate(date windows.Date, seller *state.Seller) {
	seller.Windows.Expire(date)
	e.store.ChangedWindows(seller)
}

func (e *Engine) forgetOrder(seller *state.Seller, order *state.Order) error {
	e.store.Forget(seller, order)
	return nil
}
