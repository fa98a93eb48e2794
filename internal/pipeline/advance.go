package pipeline

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Advance moves stream time to an instant, unless it is there already. What falls due on the way takes effect and is evaluated instant
// by instant.
func (e *Engine) Advance(to events.Millis) error {
	if to <= e.streamTime {
		return nil
	}
	if e.streamTime == events.None {
		e.streamTime, e.today = to, e.calendar.Today(to)
		return nil
	}
	for {
		at, timer, err := e.store.NextTimer(to)
		if err != nil {
			return err
		}
		slide := false
		if e.nextSlide != maxDate {
			if start := e.calendar.Start(e.nextSlide); start <= to && (!timer || start <= at) {
				timer = timer && start == at
				at, slide = start, true
			}
		}
		if !timer && !slide {
			break
		}
		if timer {
			err = e.orphansDue(at)
		}
		if err == nil {
			err = e.fallDue(at, timer, slide)
		}
		if err != nil {
			return fmt.Errorf("evaluate what is due at %s: %w", instant(at), err)
		}
		if err := e.commitIfFull(); err != nil {
			return err
		}
	}
	e.streamTime = to
	e.today = max(e.today, e.calendar.Today(to))
	return nil
}

// commitIfFull commits in the middle of a long way. Stream time is then at the last instant that was evaluated.
func (e *Engine) commitIfFull() error {
	if waiting, _ := e.store.Waiting(); e.onFull == nil || waiting < e.maxWaiting && e.waiting() < e.options.CommitBytes {
		return nil
	}
	e.committed = true
	return e.onFull()
}

// orphansDue puts events that have waited until an instant among the dead letters, order by order. However many arrived at one stream time, of
// no more than a transaction carries: nothing else rests on them, so a commit between two orders is one of the instant before.
func (e *Engine) orphansDue(at events.Millis) error {
	for _, t := range e.store.Timers(at) {
		if t.Kind != state.OrphanDue {
			continue
		}
		seller, err := e.store.Seller(t.Seller, e.today)
		if err != nil {
			return err
		}
		order, err := e.store.Order(seller, t.Order)
		if err != nil {
			return err
		}
		e.store.DeleteTimer(at, t)
		if err := errors.Join(e.orphan(seller, order, at), e.commitIfFull()); err != nil {
			return err
		}
	}
	return nil
}

// fallDue makes everything else that is due at one instant take effect, then evaluates each seller it touches once.
func (e *Engine) fallDue(at events.Millis, timer, slide bool) error {
	e.streamTime, e.today = at, max(e.today, e.calendar.Today(at))
	e.touched = e.touched[:0]
	first := e.nextSlide // Several days begin at one instant where the zone left days out.
	for day := first; slide && day <= e.today; day++ {
		if err := e.slid(day); err != nil {
			return err
		}
	}
	var timers []state.Timer
	if timer {
		timers = e.store.Timers(at)
		for _, t := range timers {
			e.touched = append(e.touched, t.Seller)
		}
	}
	slices.Sort(e.touched)
	for _, id := range slices.Compact(e.touched) {
		n := 0
		for n < len(timers) && timers[n].Seller == id {
			n++
		}
		if err := e.dueFor(id, at, timers[:n]); err != nil {
			return err
		}
		timers = timers[n:]
	}
	if !slide {
		return nil
	}
	for day := first; day <= e.today; day++ {
		if day%state.SweepDays == 0 {
			if err := e.sweep(day); err != nil {
				return err
			}
		}
	}
	return e.findSlide()
}

// slid gathers the sellers of whom a date enters or leaves a window on a day.
func (e *Engine) slid(today windows.Date) error {
	for _, age := range e.ages {
		if err := e.store.SellersOn(today-age, func(seller string) { e.touched = append(e.touched, seller) }); err != nil {
			return err
		}
	}
	return nil
}

// dueFor makes what is due for one seller take effect, and evaluates it.
func (e *Engine) dueFor(id string, at events.Millis, timers []state.Timer) error {
	seller, err := e.store.Seller(id, e.today)
	if err != nil {
		return err
	}
	for _, t := range timers {
		e.store.DeleteTimer(at, t)
		order, err := e.store.Order(seller, t.Order)
		if err != nil {
			return err
		}
		if order.Status != state.Live || order.Date+e.life.ExpiresAfter() <= e.today {
			continue
		}
		if err := e.factsDue(seller, order, at); err != nil {
			return err
		}
	}
	if !seller.Known {
		return nil
	}
	e.reportDue(seller)
	return e.evaluate(seller, rules.TimeCause())
}

// factsDue carries what an instant changes of an order's facts into the seller's buckets and windows.
func (e *Engine) factsDue(seller *state.Seller, order *state.Order, at events.Millis) error {
	if err := e.order.Decode(order.Row); err != nil {
		return unreadable(seller, order, err)
	}
	e.before.Of(&e.order, order.Date, at-1)
	e.after.Of(&e.order, order.Date, at)
	_, err := e.count(seller)
	return err
}

// orphan puts the events that have waited too long for their order, at an instant, among the dead letters.
func (e *Engine) orphan(seller *state.Seller, order *state.Order, at events.Millis) error {
	parked, err := e.store.ParkedEvents(seller.ID, order.ID)
	if err != nil {
		return err
	}
	left, bytes := 0, int64(0)
	for i := range parked {
		p := &parked[i]
		if p.Arrived+state.OrphanAfter >= at {
			left++
			bytes += int64(p.Size())
			continue
		}
		e.store.Unpark(seller.ID, order.ID, p)
		e.refuse(&Record{Topic: p.Topic, Offset: p.Offset, Timestamp: p.Timestamp, Key: p.Key, Value: p.Value, Headers: p.Headers},
			&events.Error{Reason: events.Orphan, Field: "order_id", Value: order.ID, Problem: "no PLACED of this order came within 90 days: send it, then this event again"})
	}
	if order.Status == state.Parked {
		e.store.SetParked(seller, order, left, bytes)
	}
	return nil
}

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

// sweep drops the rows and buckets of orders that have expired since the last sweep, and the keys of those that are forgotten since.
func (e *Engine) sweep(today windows.Date) error {
	old := today - e.life.ExpiresAfter()
	if err := e.eachOrder(old-state.SweepDays+1, old, false, e.expireOrder); err != nil {
		return err
	}
	forgotten := today - e.life.ForgottenAfter()
	return e.eachOrder(forgotten-state.SweepDays+1, forgotten, true, func(seller *state.Seller, order *state.Order) error {
		e.store.Forget(seller, order)
		return nil
	})
}

// eachOrder calls do with every live order between two dates, whose buckets it drops; or with every expired one, whose dates it forgets.
func (e *Engine) eachOrder(first, last windows.Date, expired bool, do func(*state.Seller, *state.Order) error) error {
	dates := map[string][]windows.Date{}
	for date := first; date <= last; date++ {
		if err := e.store.SellersOn(date, func(id string) { dates[id] = append(dates[id], date) }); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(dates)) {
		seller, err := e.store.Seller(id, e.today)
		if err != nil {
			return err
		}
		orders, err := e.store.AllBetween(seller, first, last, expired)
		if err != nil {
			return err
		}
		for _, order := range orders {
			if err := do(seller, order); err != nil {
				return err
			}
		}
		for _, date := range dates[id] {
			if expired {
				e.store.DeleteDate(date, seller)
			} else {
				seller.Windows.Expire(date)
				e.store.ChangedWindows(seller)
			}
		}
	}
	return nil
}

func (e *Engine) expireOrder(seller *state.Seller, order *state.Order) error {
	if err := e.order.Decode(order.Row); err != nil {
		return unreadable(seller, order, err)
	}
	e.before.Of(&e.order, order.Date, e.streamTime)
	e.after.Nothing()
	e.reset(seller, order)
	e.store.Expire(seller, order)
	return nil
}
