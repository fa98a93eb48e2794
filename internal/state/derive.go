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
	Date    windows.Date
	Channel events.Channel
	Lines   []string
	Counts  windows.Counts
	Due     []events.Millis // sorted
}

// Of sets d to what an order that is kept under a date counts at an instant. One that is not placed counts nothing anywhere.
func (d *Derived) Of(o *windows.Order, date windows.Date, at events.Millis) {
	d.Nothing()
	if o.Placed() {
		d.Date, d.Channel, d.Counts = date, o.Channel, o.Facts(at)
		d.Lines = o.Lines(d.Lines)
	}
	d.Due = o.Due(d.Due)
}

// Nothing sets d to what follows from no order.
func (d *Derived) Nothing() {
	clear(d.Lines) // They are parts of a row.
	*d = Derived{Lines: d.Lines[:0], Due: d.Due[:0]}
}

// Count carries the difference of an order's counts into the buckets and windows of its seller, and tells whether there is any.
func Count(w *windows.Seller, before, after *Derived) (changed bool, err error) {
	none := windows.Counts{}
	if before.Date == after.Date && before.Channel == after.Channel && slices.Equal(before.Lines, after.Lines) {
		if before.Counts == after.Counts {
			return false, nil
		}
		difference := after.Counts
		difference.Sub(&before.Counts)
		return true, w.Change(after.Date, after.Channel, after.Lines, &difference)
	}
	if before.Counts == none && after.Counts == none {
		return false, nil
	}
	negative := none
	negative.Sub(&before.Counts)
	if err := w.Change(before.Date, before.Channel, before.Lines, &negative); err != nil {
		return false, err
	}
	return true, w.Change(after.Date, after.Channel, after.Lines, &after.Counts)
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
