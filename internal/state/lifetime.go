package state

import (
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// KeyKeptDays is for how long after an order expired facts about it are told from facts about an order not yet placed.
const KeyKeptDays = 90

// OrphanAfter is for how long, in stream time, an event waits for the PLACED of its order.
const OrphanAfter events.Millis = 90 * 24 * 60 * 60 * 1000

// SweepDays is how many dates are swept together: a seller's lie side by side, and finding them takes most of the time. An order is
// expired, and then forgotten, by its date; when it is swept makes no difference to anybody.
const SweepDays = 8

// Lifetime says for how long what is kept of an order lasts.
type Lifetime struct {
	Calendar      *windows.Calendar
	RetentionDays int32
}

// ExpiresAfter is the age in days at whose start an order expires.
func (l *Lifetime) ExpiresAfter() windows.Date { return windows.Date(l.RetentionDays) + 1 }

// ForgottenAfter is the age in days at whose start nothing of an order is left.
func (l *Lifetime) ForgottenAfter() windows.Date { return l.ExpiresAfter() + KeyKeptDays }

// SweptOn is the day on which what is due on a day is swept: that day, or the next multiple of SweepDays.
func SweptOn(due windows.Date) windows.Date { return due + (-due%SweepDays+SweepDays)%SweepDays }

// Swept is the last day of a sweep that a task is past.
func (l *Lifetime) Swept(c *Clock) windows.Date {
	return SweptOn(l.Calendar.Today(c.Past())+1) - SweepDays
}

// CountedAt is the instant as of which an order of a date counts at a stream time: what it counts is frozen when it expires.
func (l *Lifetime) CountedAt(date windows.Date, at events.Millis) events.Millis {
	if date+l.ExpiresAfter() > l.Calendar.Today(at) {
		return at
	}
	return min(at, l.Calendar.Start(date+l.ExpiresAfter())-1)
}
