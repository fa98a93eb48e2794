package verify

import (
	"errors"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// wantTimer checks that a timer is set.
func (c *check) wantTimer(at events.Millis, t state.Timer) error {
	has, err := c.reader.HasTimer(at, t)
	if err != nil {
		return err
	}
	if has {
		c.timers++
		return nil
	}
	c.result.add(Difference{Kind: KindTimer, Seller: t.Seller, Order: t.Order, Stored: "none", Computed: timerText(at, t.Kind)})
	return nil
}

func timerText(at events.Millis, kind state.TimerKind) string {
	if kind == state.OrphanDue {
		return "parked events at " + events.FormatInstant(at)
	}
	return "facts at " + events.FormatInstant(at)
}

// checkTimers finds timers that are past, and, if there are more than there must be, which those are.
func (c *check) checkTimers() error {
	ahead := int64(0)
	err := c.eachOf(state.TimerKey, c.badKey(KindTimer), func(e *state.Entry) error {
		c.result.Timers++
		if !c.fired(e) {
			ahead++
			return nil
		}
		c.result.add(Difference{Kind: KindTimer, Seller: e.Seller, Order: e.Order, Stored: timerText(e.At, e.Timer), Computed: "none: it is not after stream time"})
		return nil
	})
	if err != nil || ahead == c.timers {
		return err
	}
	return c.eachOf(state.TimerKey, func([]byte) {}, func(e *state.Entry) error {
		if c.fired(e) {
			return nil
		}
		needed, err := c.needed(e)
		if err == nil && !needed {
			c.result.add(Difference{Kind: KindTimer, Seller: e.Seller, Order: e.Order, Stored: timerText(e.At, e.Timer), Computed: "none"})
		}
		return err
	})
}

func (c *check) fired(e *state.Entry) bool {
	return c.clock.Fired(e.At, state.Timer{Kind: e.Timer, Seller: e.Seller, Order: e.Order})
}

// needed is whether an order or a parked event is behind a timer.
func (c *check) needed(e *state.Entry) (bool, error) {
	if e.Timer == state.OrphanDue {
		return c.reader.HasParked(e.Seller, e.Order, e.At-orphanAfter-1)
	}
	row, err := c.reader.Row(e.Seller, e.Order)
	if err != nil || len(row) == 0 || e.Timer != state.FactsDue {
		return false, err
	}
	c.order.Reset()
	if c.order.Decode(row) != nil {
		return true, nil // The row is listed.
	}
	return slices.Contains(c.plan.Program.Due(c.due[:0], &c.order), e.At), nil
}

// checkDates finds date entries of what is forgotten, or of nobody. One of a date without orders is no difference: a corrected order date
// leaves it behind until it is swept.
func (c *check) checkDates() error {
	return c.eachOf(state.DateKey, c.badKey(KindDate), func(e *state.Entry) error {
		c.result.Dates++
		d := Difference{Kind: KindDate, Seller: e.Seller, Date: e.Date.String(), Stored: "an entry"}
		if e.Date+c.undated+c.slack() <= c.swept {
			d.Computed = "none: the date is forgotten"
			c.result.add(d)
			return nil
		}
		known, err := c.reader.HasSeller(e.Seller)
		if err == nil && !known {
			d.Computed = "none: there is no such seller"
			c.result.add(d)
		}
		return err
	})
}

// slack is for how many days more a date may be noted: where counts outlive orders a copy waits for as long as calendars of a zone can differ.
func (c *check) slack() windows.Date {
	if c.lasting {
		return 2
	}
	return 0
}

// eachOf calls do with each key of a kind in the partition.
func (c *check) eachOf(kind state.Kind, bad func(key []byte), do func(*state.Entry) error) (err error) {
	read, err := c.reader.Read(kind, bad)
	if err != nil {
		return err
	}
	at := cursor{Cursor: read}
	defer func() { err = errors.Join(err, at.Close()) }()
	for {
		if err := c.next(&at); err != nil || !at.on {
			return err
		}
		if err := do(&at.Entry); err != nil {
			return err
		}
	}
}
