package engine

import (
	"errors"
	"fmt"
	"slices"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows"
)

// apply moves stream time to a record's event, with all that falls due before it, and applies the event; or puts the record among the
// dead letters. Where it is not done, all of this is judged again in the next step, and comes out the same.
func (e *Engine) apply(r *Record) (done bool, err error) {
	if refusal, ok := errors.AsType[*events.Error](r.Err); ok {
		e.refuse(&r.Message, refusal)
		return true, nil
	}
	if r.Err != nil {
		return false, r.Err
	}
	ev := &r.Event
	at := max(e.clock.StreamTime, ev.OccurredAt)
	seller, order, err := e.find(ev)
	if err != nil {
		return false, err
	}
	if expired, err := e.expired(ev, order, e.calendar.Today(at)); expired != nil || err != nil {
		if expired != nil {
			e.refuse(&r.Message, expired)
		}
		return err == nil, err
	}
	if full, err := e.parkedFull(seller, order, r); full || err != nil {
		if full {
			e.refuse(&r.Message, tooMany(order))
		}
		return err == nil, err
	}
	if done, err := e.advance(at); !done || err != nil {
		return false, err
	}
	seller.Windows.Slide(e.today)
	if order.Known() && order.Date+e.life.ForgottenAfter() <= e.today {
		e.store.Forget(seller, order) // It was not yet swept.
	}
	switch {
	case order.Status == state.Live:
		err = e.applyTo(seller, order, r, nil)
	case ev.Kind == events.OrderPlaced:
		err = e.place(seller, order, r)
	default:
		err = e.park(seller, order, r)
	}
	return err == nil, err
}

func (e *Engine) find(ev *events.Event) (*state.Seller, *state.Order, error) {
	seller, err := e.store.Seller(ev.SellerID, e.today)
	if err != nil {
		return nil, nil, err
	}
	order, err := e.store.Order(seller, ev.OrderID)
	return seller, order, err
}

// expired tells whether an event is about an order that has expired on a day, as an error that says so.
func (e *Engine) expired(ev *events.Event, order *state.Order, today windows.Date) (why *events.Error, err error) {
	date, known := order.Date, order.Known()
	if known && date+e.life.ForgottenAfter() <= today {
		known = false // By then nothing is left of it.
	}
	gone := known && order.Status == state.Expired // Also where the zone's data has set today back since.
	if ev.Kind == events.OrderPlaced {
		if placed := e.placedOn(ev, order); !known || placed < date {
			date, known = placed, true
		}
	}
	if known && !gone {
		gone, err = e.frozen(ev.SellerID, date)
	}
	if err != nil || !gone && (!known || date+e.life.ExpiresAfter() > today) {
		return nil, err
	}
	return &events.Error{
		Reason: events.Expired, Field: "order_id", Value: ev.OrderID,
		Problem: fmt.Sprintf("its order date %v is over %d days before stream time", date, e.options.RetentionDays),
	}, nil
}

// placedOn is the date that a PLACED gives its order: that which it has, unless the order_date is another.
func (e *Engine) placedOn(ev *events.Event, order *state.Order) windows.Date {
	if order.Status == state.Live && e.order.Decode(order.Row) == nil && e.order.OrderDate == ev.OrderDate {
		return order.Date
	}
	return e.calendar.Date(ev.OrderDate)
}

// refuse puts a message among the dead letters.
func (e *Engine) refuse(m *state.Message, why *events.Error) {
	e.pending.DeadLetters = append(e.pending.DeadLetters, DeadLetter{Message: *m, Reason: why.Reason, Err: why})
	e.pending.bytes += len(m.Key) + m.Size()
}

// place makes an order of its PLACED and of the events that were parked for it: one application.
func (e *Engine) place(seller *state.Seller, order *state.Order, r *Record) error {
	var parked []state.ParkedEvent
	if order.Status == state.Parked {
		var err error
		if parked, err = e.store.ParkedEvents(seller.ID, order.ID); err != nil {
			return err
		}
	}
	if !seller.Known {
		seller.Known = true
		e.reportDue(seller) // It is reported from now on, if with zeros.
	}
	return e.applyTo(seller, order, r, parked)
}

// parkedFull is whether so many events wait for an order that a further one cannot. It is judged by those that wait when it comes, at the stream
// time of the one before: a dead letter moves none.
func (e *Engine) parkedFull(seller *state.Seller, order *state.Order, r *Record) (bool, error) {
	if order.Status != state.Parked || r.Event.Kind == events.OrderPlaced {
		return false, nil
	}
	if order.Parked >= limits.ParkedEvents {
		return true, nil
	}
	bytes, err := e.store.ParkedBytes(seller, order)
	return bytes+int64(r.Size()) > limits.Parked, err
}

// park keeps an event until its order is placed.
func (e *Engine) park(seller *state.Seller, order *state.Order, r *Record) error {
	bytes, err := e.store.ParkedBytes(seller, order)
	if err != nil {
		return err
	}
	e.store.Park(seller.ID, order.ID, &state.ParkedEvent{Message: r.Message, Arrived: e.clock.StreamTime})
	e.store.SetTimer(e.clock.StreamTime+state.OrphanAfter+1, state.Timer{Kind: state.OrphanDue, Seller: seller.ID, Order: order.ID})
	e.store.SetParked(seller, order, order.Parked+1, bytes+int64(r.Size()))
	return nil
}

// applyTo applies a record, then those parked, to the order's row, and what changes of its facts to the seller's buckets and windows;
// then it evaluates the rules.
func (e *Engine) applyTo(seller *state.Seller, order *state.Order, r *Record, parked []state.ParkedEvent) error {
	o := &e.order
	o.Reset()
	if order.Status == state.Live {
		if err := o.Decode(order.Row); err != nil {
			return unreadable(seller, order, err)
		}
	}
	e.before.Derive(e.tally, o, order.Date, e.clock.StreamTime)
	orderDate := o.OrderDate
	o.Apply(&r.Event, r.Offset)
	e.row = o.Append(e.row[:0])
	if len(e.row) > limits.Row {
		e.refuse(&r.Message, tooLarge(order))
		return nil
	}
	e.rowAtMost = len(e.row)
	for i := range parked {
		if err := e.applyParked(seller, order, &parked[i]); err != nil {
			return err
		}
	}
	if len(parked) > 0 {
		e.row = o.Append(e.row[:0])
	}
	date := order.Date
	if order.Status != state.Live || o.OrderDate != orderDate {
		date = e.calendar.Date(o.OrderDate) // It stays, whatever later data of the zone says, until a PLACED gives another order_date.
	}
	e.after.Derive(e.tally, o, date, e.clock.StreamTime)
	e.reset(seller, order)
	if order.Status != state.Live || order.Date != date {
		e.addDate(date, seller)
	}
	e.store.PutRow(seller, order, date, slices.Clone(e.row))
	if changed, err := e.count(seller, order); !changed || err != nil {
		return err
	}
	e.takePlaces(seller)
	return e.evaluate(seller, &outputs.Cause{
		Topic: e.options.TopicNames[r.Topic], Partition: e.options.Partition, Offset: r.Offset,
		EventID: r.Event.EventID, OrderID: r.Event.OrderID, Kind: r.Event.Kind.String(),
	})
}

// applyParked applies an event that waited, and takes it and its timer from where it waited.
func (e *Engine) applyParked(seller *state.Seller, order *state.Order, p *state.ParkedEvent) error {
	e.store.Unpark(seller.ID, order.ID, p)
	e.store.DeleteTimer(p.Arrived+state.OrphanAfter+1, state.Timer{Kind: state.OrphanDue, Seller: seller.ID, Order: order.ID})
	r := &Record{Message: p.Message}
	err := e.decode(r)
	if refusal, ok := errors.AsType[*events.Error](err); ok {
		e.refuse(&p.Message, refusal) // Only a schema that is not known any more does this.
		return nil
	}
	if err != nil {
		return fmt.Errorf("parked event of order %q of seller %q: %w", order.ID, seller.ID, err)
	}
	adds := windows.Growth(&r.Event)
	if e.rowAtMost+adds > limits.Row { // Only then the row is written to know its size: it may be long, and many events wait.
		e.row = e.order.Append(e.row[:0])
		e.rowAtMost = len(e.row)
		size := len(e.row)
		if size > limits.Row/2 {
			size += adds // Near the bound: what is refused must not have been applied.
		}
		if size > limits.Row {
			e.refuse(&p.Message, tooLarge(order))
			return nil
		}
	}
	e.order.Apply(&r.Event, p.Offset)
	e.rowAtMost += adds
	return nil
}

// reset replaces the timers that the order had by those that it has now.
func (e *Engine) reset(seller *state.Seller, order *state.Order) {
	timer := state.Timer{Kind: state.FactsDue, Seller: seller.ID, Order: order.ID}
	state.Reset(e.clock.StreamTime, &e.before, &e.after,
		func(at events.Millis) { e.store.DeleteTimer(at, timer) },
		func(at events.Millis) { e.store.SetTimer(at, timer) })
}

// count carries the difference of an order's counts into the seller's buckets and windows, and tells whether there is any.
func (e *Engine) count(seller *state.Seller, order *state.Order) (changed bool, err error) {
	if changed, err = state.Count(seller.Windows, &e.before, &e.after); err != nil {
		return false, fmt.Errorf("count an order of seller %q: %w: see what differs by `processor verify`, and build another state with another --app-id", seller.ID, err)
	}
	if !changed {
		return false, nil
	}
	e.followMisses(seller, order)
	e.store.ChangedWindows(seller)
	e.reportDue(seller)
	return true, nil
}

// tooLarge refuses an event that would make an order's row too large.
func tooLarge(order *state.Order) *events.Error {
	return &events.Error{
		Reason: events.Invalid, Field: "order_id", Value: order.ID,
		Problem: fmt.Sprintf("the order has so many parts that its row would be over %d bytes", limits.Row),
	}
}

// tooMany refuses one more event of an order that was not placed.
func tooMany(order *state.Order) *events.Error {
	return &events.Error{
		Reason: events.Orphan, Field: "order_id", Value: order.ID,
		Problem: fmt.Sprintf("%d events wait for the PLACED of this order, and at most %d of %d bytes do: send it, then this event again",
			order.Parked, limits.ParkedEvents, limits.Parked),
	}
}

// unreadable says that an order's row is not what was written.
func unreadable(seller *state.Seller, order *state.Order, err error) error {
	return fmt.Errorf("order %q of seller %q: %w: %w", order.ID, seller.ID, state.ErrMalformed, err)
}
