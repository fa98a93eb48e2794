package state

import (
	"slices"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// Derived is what follows from an order's row at a stream time: where it counts and what, and when that changes by time alone. Everything in
// the database that is not base is a sum of these: applying an event, restoring, following as a standby and rebuilding all make the same
// difference.
type Derived struct {
	Date   windows.Date
	Of     windows.Attributes
	Counts windows.Sums    // nil for nothing
	Due    []events.Millis // sorted

	memory windows.Sums
}

// Derive sets d to what an order that is kept under a date counts at an instant. One that is not placed counts nothing anywhere.
func (d *Derived) Derive(t *windows.Tally, o *windows.Order, date windows.Date, at events.Millis) {
	d.Nothing()
	if o.Placed() {
		d.Date = date
		d.Of.Of(o)
		d.memory = t.Count(d.memory, o, &d.Of, at)
		d.Counts = d.memory
	}
	d.Due = t.Program().Due(d.Due, o)
}

// Nothing sets d to what follows from no order.
func (d *Derived) Nothing() {
	d.Of.Reset()
	*d = Derived{Of: d.Of, Due: d.Due[:0], memory: d.memory}
}

// Count carries the difference of an order's counts into the buckets and windows of its seller, and tells whether there is any.
func Count(w *windows.Seller, before, after *Derived) (changed bool, err error) {
	if before.Date == after.Date && before.Of.Equal(&after.Of) {
		if slices.Equal(before.Counts, after.Counts) {
			return false, nil
		}
		return true, w.Move(after.Date, &after.Of, before.Counts, after.Counts)
	}
	if before.Counts.Zero() && after.Counts.Zero() {
		return false, nil
	}
	if err := w.Move(before.Date, &before.Of, before.Counts, nil); err != nil {
		return false, err
	}
	return true, w.Move(after.Date, &after.Of, nil, after.Counts)
}

// Reset calls unset with the instants at which something was due and is not any more, and set with those at which something is now, of
// those after a stream time: what was due before has fired.
func Reset(at events.Millis, before, after *Derived, unset, set func(events.Millis)) {
	b, a := before.Due, after.Due
	for len(b) > 0 || len(a) > 0 {
		switch {
		case len(a) == 0 || len(b) > 0 && b[0] < a[0]:
			if b[0] > at {
				unset(b[0])
			}
			b = b[1:]
		case len(b) == 0 || a[0] < b[0]:
			if a[0] > at {
				set(a[0])
			}
			a = a[1:]
		default:
			b, a = b[1:], a[1:]
		}
	}
}
