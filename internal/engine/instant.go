package engine

import (
	"fmt"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows"
)

// advance moves stream time to an instant, unless it is there already. What falls due on the way takes effect and is evaluated instant by
// instant.
func (e *Engine) advance(to events.Millis) (done bool, err error) {
	if to <= e.clock.StreamTime {
		return true, nil
	}
	if e.clock.StreamTime == events.None {
		e.clock.StreamTime, e.today = to, e.calendar.Today(to)
		e.beginColumns()
		return true, nil
	}
	for {
		at, due, err := e.nextInstant(to)
		if err != nil {
			return false, err
		}
		if !due {
			break
		}
		e.beginInstant(at)
		if done, err := e.finishInstant(); !done || err != nil {
			return false, err
		}
		if e.full() {
			return false, nil
		}
	}
	e.clock.StreamTime = to
	e.today = max(e.today, e.calendar.Today(to))
	return true, nil
}

// nextInstant is the next one, up to and including another, at which anything is due.
func (e *Engine) nextInstant(to events.Millis) (at events.Millis, due bool, err error) {
	at, due, err = e.store.NextTimer(to)
	if day := min(e.nextSlide, e.policy.askedAfter(e.today), e.policy.turnsAfter(e.today)); day != maxDate {
		if start := e.calendar.Start(day); start <= to && (!due || start < at) {
			at, due = start, true
		}
	}
	return at, due, err
}

func (e *Engine) beginInstant(at events.Millis) {
	e.clock.StreamTime, e.clock.Instant, e.dated, e.known, e.turned = at, &state.Instant{}, nil, nil, nil
	e.today = max(e.today, e.calendar.Today(at))
}

// finishInstant goes on with the instant that was begun, if there is one: first each seller whom it concerns goes through it, in the order of
// their ids, then what is so old is swept.
func (e *Engine) finishInstant() (done bool, err error) {
	i := e.clock.Instant
	if i == nil {
		return true, nil
	}
	if !i.Sweeping {
		done, err = e.fire(i)
	}
	if i.Sweeping {
		done, err = e.sweep(i)
	}
	if err != nil {
		return false, fmt.Errorf("evaluate what is due at %s: %w", instant(e.clock.StreamTime), err)
	}
	if done {
		e.clock.Instant = nil
	}
	return done, nil
}

// fire takes each seller whom the instant concerns through it.
func (e *Engine) fire(i *state.Instant) (done bool, err error) {
	for {
		id, ok, err := e.nextConcerned(i)
		if err != nil {
			return false, err
		}
		if !ok {
			break
		}
		if done, err := e.takeThrough(i, id); !done || err != nil {
			return false, err
		}
		i.Next = state.AfterSeller(id)
		if e.work++; e.full() {
			return false, nil
		}
	}
	first, last := e.daysBegun()
	if last < first {
		return true, nil
	}
	if e.life.SweptOn(first) > last {
		return true, e.findSlide()
	}
	*i, e.dated = state.Instant{Sweeping: true}, nil
	return false, nil
}

// daysBegun are the days that begin at this instant: several where the zone left days out, none with first behind last.
func (e *Engine) daysBegun() (first, last windows.Date) {
	at := e.clock.StreamTime
	return e.calendar.Today(at-1) + 1, e.calendar.Today(at)
}

// asks is whether a day begins at this instant at whose start every seller is to be asked.
func (e *Engine) asks() bool {
	first, last := e.daysBegun()
	return first <= last && e.policy.asks(first, last)
}

// turning are the sellers for whom overrides begin or end at this instant, sorted.
func (e *Engine) turning() []string {
	if e.turned == nil && len(e.policy.turns) > 0 {
		e.turned = append([]string{}, e.policy.turning(e.daysBegun())...)
	}
	return e.turned
}

// turns is whether overrides of a seller begin or end at this instant.
func (e *Engine) turns(seller string) bool {
	_, is := slices.BinarySearch(e.turning(), seller)
	return is
}

// nextConcerned is the next seller whom the instant concerns: one who is in the middle of it, who has a timer now, of whom a date enters or
// leaves a window, or whose overrides begin or end; or every seller.
func (e *Engine) nextConcerned(i *state.Instant) (id string, ok bool, err error) {
	timer, due, err := e.store.NextDue(e.clock.StreamTime)
	if err != nil {
		return "", false, err
	}
	if id, ok, err = e.nextDated(i.Next.Seller); err != nil {
		return "", false, err
	}
	if due && (!ok || timer.Seller < id) {
		id, ok = timer.Seller, true
	}
	if all := e.turning(); len(all) > 0 {
		if at, _ := slices.BinarySearch(all, i.Next.Seller); at < len(all) && (!ok || all[at] < id) {
			id, ok = all[at], true
		}
	}
	if i.Begun() {
		id, ok = i.Next.Seller, true
	}
	return id, ok, err
}

// nextDated is the next seller, from one on, whom the instant concerns because a day begins.
func (e *Engine) nextDated(from string) (id string, ok bool, err error) {
	if e.asks() {
		if e.known == nil {
			e.known = e.store.KnownSellers(sellersAtOnce)
		}
		return e.known.From(from)
	}
	if e.dated == nil {
		e.dated = e.store.SellersOf(e.sliding(), sellersAtOnce)
	}
	return e.dated.From(from)
}

// sliding are the dates that enter or leave a window at this instant.
func (e *Engine) sliding() (dates []windows.Date) {
	first, last := e.daysBegun()
	for _, edge := range e.policy.edges {
		for date := edge.Passed(first-1) + 1; date <= edge.Passed(last); date++ {
			dates = append(dates, date)
		}
	}
	slices.Sort(dates)
	return slices.Compact(dates)
}

// takeThrough fires what is due for one seller, then evaluates it.
func (e *Engine) takeThrough(i *state.Instant, id string) (done bool, err error) {
	seller, err := e.store.Seller(id, e.today)
	if err != nil {
		return false, err
	}
	at := e.clock.StreamTime
	for {
		t, due, err := e.store.NextDue(at)
		if err != nil {
			return false, err
		}
		if !due || t.Seller != id {
			break
		}
		e.store.DeleteTimer(at, t)
		if err := e.fireTimer(seller, t, at); err != nil {
			return false, err
		}
		i.Next = t.Next()
		if e.work++; e.full() {
			return false, nil
		}
	}
	if !seller.Known {
		return true, nil
	}
	e.reportDue(seller)
	cause := outputs.TimeCause()
	if !e.asks() && !e.turns(id) {
		return true, e.evaluate(seller, &cause)
	}
	if err := e.end(seller, e.calendar.Today(at-1)); err != nil {
		return false, err
	}
	return true, e.evaluateAll(seller, &cause, true)
}

func (e *Engine) fireTimer(seller *state.Seller, t state.Timer, at events.Millis) error {
	order, err := e.store.Order(seller, t.Order)
	if err != nil {
		return err
	}
	if t.Kind == state.OrphanDue {
		return e.orphansDue(seller, order, at)
	}
	return e.factsDue(seller, order, at)
}

// factsDue carries what an instant changes of an order's facts into the seller's buckets and windows.
func (e *Engine) factsDue(seller *state.Seller, order *state.Order, at events.Millis) error {
	if order.Status != state.Live || order.Date+e.life.ExpiresAfter() <= e.today {
		return nil
	}
	if frozen, err := e.frozen(seller.ID, order.Date); frozen || err != nil {
		return err
	}
	if err := e.order.Decode(order.Row); err != nil {
		return unreadable(seller, order, err)
	}
	e.before.Derive(e.tally, &e.order, order.Date, at-1)
	e.after.Derive(e.tally, &e.order, order.Date, at)
	_, err := e.count(seller, order)
	return err
}

// orphansDue puts the events of an order that have waited too long at an instant among the dead letters.
func (e *Engine) orphansDue(seller *state.Seller, order *state.Order, at events.Millis) error {
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
		e.refuse(&p.Message, &events.Error{
			Reason: events.Orphan, Field: "order_id", Value: order.ID, Problem: "no PLACED of this order came within 90 days: send it, then this event again",
		})
	}
	if order.Status == state.Parked {
		e.store.SetParked(seller, order, left, bytes)
	}
	return nil
}
