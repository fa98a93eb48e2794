package pipeline

import (
	"errors"
	"fmt"
	"slices"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// cells is where an order counts and what.
type cells struct {
	date    windows.Date
	channel events.Channel
	lines   []string
	counts  windows.Counts
}

// of sets c to what an order that is kept under a date counts at a stream time. An order that is not placed counts nothing anywhere.
func (c *cells) of(o *windows.Order, date windows.Date, at events.Millis) {
	c.date, c.channel, c.lines, c.counts = date, o.Channel, c.lines[:0], windows.Counts{}
	if o.Placed() {
		c.counts = o.Facts(at)
		c.lines = o.Lines(c.lines)
	}
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

// full is whether so many events wait for an order that a further one cannot. It is judged by those that wait when it comes, at the stream
// time of the one before: a dead letter moves none.
func (e *Engine) full(seller *state.Seller, order *state.Order, r *Record) (bool, error) {
	if order.Status != state.Parked || r.Event.Kind == events.OrderPlaced {
		return false, nil
	}
	if order.Parked >= limits.ParkedEvents {
		return true, nil
	}
	bytes, err := e.store.ParkedBytes(seller, order)
	return bytes+int64(r.size()) > limits.Parked, err
}

// park keeps an event until its order is placed.
func (e *Engine) park(seller *state.Seller, order *state.Order, r *Record) error {
	bytes, err := e.store.ParkedBytes(seller, order)
	if err != nil {
		return err
	}
	e.store.Park(seller.ID, order.ID, &state.ParkedEvent{
		Topic: r.Topic, Offset: r.Offset, Arrived: e.streamTime, Timestamp: r.Timestamp, Key: r.Key, Value: r.Value, Headers: r.Headers,
	})
	e.store.SetTimer(e.streamTime+orphanAfter+1, state.Timer{Kind: state.OrphanDue, Seller: seller.ID, Order: order.ID})
	e.store.SetParked(seller, order, order.Parked+1, bytes+int64(r.size()))
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
	e.before.of(o, order.Date, e.streamTime)
	e.due[0] = o.Due(e.due[0][:0])
	orderDate := o.OrderDate
	o.Apply(&r.Event)
	e.row = o.Append(e.row[:0])
	if len(e.row) > limits.Row {
		e.refuse(r, tooLarge(order))
		return nil
	}
	for i := range parked {
		if err := e.applyParked(seller, order, &parked[i]); err != nil {
			return err
		}
	}
	date := order.Date
	if order.Status != state.Live || o.OrderDate != orderDate {
		date = e.calendar.Date(o.OrderDate) // It stays, whatever later data of the zone says, until a PLACED gives another order_date.
	}
	e.after.of(o, date, e.streamTime)
	e.due[1] = o.Due(e.due[1][:0])
	e.reset(seller, order)
	if order.Status != state.Live || order.Date != date {
		e.addDate(date, seller.ID)
	}
	e.store.PutRow(seller, order, date, slices.Clone(e.row))
	if !e.count(seller) {
		return nil
	}
	return e.evaluate(seller, rules.Cause{
		Topic: e.options.TopicNames[r.Topic], Partition: e.options.Partition, Offset: r.Offset,
		EventID: r.Event.EventID, OrderID: r.Event.OrderID, Kind: r.Event.Kind.String(),
	})
}

// applyParked applies an event that waited, and takes it and its timer from where it waited.
func (e *Engine) applyParked(seller *state.Seller, order *state.Order, p *state.ParkedEvent) error {
	e.store.Unpark(seller.ID, order.ID, p)
	e.store.DeleteTimer(p.Arrived+orphanAfter+1, state.Timer{Kind: state.OrphanDue, Seller: seller.ID, Order: order.ID})
	r := &Record{Topic: p.Topic, Offset: p.Offset, Timestamp: p.Timestamp, Key: p.Key, Value: p.Value, Headers: p.Headers}
	err := e.decode(r)
	if refusal, ok := errors.AsType[*events.Error](err); ok {
		e.refuse(r, refusal) // Only a schema that is not known any more does this.
		return nil
	}
	if err != nil {
		return fmt.Errorf("parked event of order %q of seller %q: %w", order.ID, seller.ID, err)
	}
	size := len(e.row)
	if size > limits.Row/2 {
		size += len(p.Value) // Near the bound: what is refused must not have been applied.
	}
	if size > limits.Row {
		e.refuse(r, tooLarge(order))
		return nil
	}
	e.order.Apply(&r.Event)
	e.row = e.order.Append(e.row[:0])
	return nil
}

// reset replaces the timers that the order had by those that it has now. Those that are past have fired.
func (e *Engine) reset(seller *state.Seller, order *state.Order) {
	timer := state.Timer{Kind: state.FactsDue, Seller: seller.ID, Order: order.ID}
	for _, at := range e.due[0] {
		if at > e.streamTime && !contains(e.due[1], at) {
			e.store.DeleteTimer(at, timer)
		}
	}
	for _, at := range e.due[1] {
		if at > e.streamTime && !contains(e.due[0], at) {
			e.store.SetTimer(at, timer)
		}
	}
}

// contains is whether sorted instants have one: an order may have thousands.
func contains(sorted []events.Millis, at events.Millis) bool {
	_, found := slices.BinarySearch(sorted, at)
	return found
}

// count carries the difference of an order's counts into the seller's buckets and windows, and tells whether there is any.
func (e *Engine) count(seller *state.Seller) bool {
	b, a := &e.before, &e.after
	if b.date == a.date && b.channel == a.channel && slices.Equal(b.lines, a.lines) {
		if b.counts == a.counts {
			return false
		}
		difference := a.counts
		difference.Sub(&b.counts)
		seller.Windows.Change(a.date, a.channel, a.lines, &difference)
	} else {
		if b.counts == a.counts && a.counts == (windows.Counts{}) {
			return false
		}
		if b.counts != (windows.Counts{}) {
			negative := windows.Counts{}
			negative.Sub(&b.counts)
			seller.Windows.Change(b.date, b.channel, b.lines, &negative)
		}
		if a.counts != (windows.Counts{}) {
			seller.Windows.Change(a.date, a.channel, a.lines, &a.counts)
		}
	}
	e.store.ChangedWindows(seller)
	e.reportDue(seller)
	return true
}

// reportDue notes that a seller's numbers may have changed since its last report.
func (e *Engine) reportDue(seller *state.Seller) {
	if !seller.ReportDue {
		seller.ReportDue = true
		e.store.Changed(seller)
	}
	if e.onReport != nil {
		e.onReport(seller)
	}
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
