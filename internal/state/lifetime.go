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
// expired, and then forgotten, by its date; when it is swept makes no difference to anybody. Where counts outlive orders it does, to what is frozen: there
// each date is swept as it expires.
const SweepDays = 8

// Lifetime says for how long what is kept of an order lasts.
type Lifetime struct {
	Calendar      *windows.Calendar
	RetentionDays int32
	HistoryDays   int32 // for which counts are kept; the retention, or less, where they are for as long as orders
}

// Lasts is whether counts outlive their orders.
func (l *Lifetime) Lasts() bool { return l.HistoryDays > l.RetentionDays }

// ExpiresAfter is the age in days at whose start an order expires.
func (l *Lifetime) ExpiresAfter() windows.Date { return windows.Date(l.RetentionDays) + 1 }

// ForgottenAfter is the age in days at whose start nothing of an order is left.
func (l *Lifetime) ForgottenAfter() windows.Date { return l.ExpiresAfter() + KeyKeptDays }

// EndsAfter is the age in days at whose start the counts of a date are dropped, where they outlive its orders.
func (l *Lifetime) EndsAfter() windows.Date { return windows.Date(l.HistoryDays) + 1 }

// DatedFor is the age in days at whose start it is no longer noted which sellers have orders of a date.
func (l *Lifetime) DatedFor() windows.Date {
	if l.Lasts() {
		return max(l.ForgottenAfter(), l.EndsAfter())
	}
	return l.ForgottenAfter()
}

// SweptOn is the day on which what is due on a day is swept: that day, or the next multiple of SweepDays.
func (l *Lifetime) SweptOn(due windows.Date) windows.Date {
	if l.Lasts() {
		return due
	}
	return due + (-due%SweepDays+SweepDays)%SweepDays
}

// SweptBy is the last day of a sweep, up to a day.
func (l *Lifetime) SweptBy(today windows.Date) windows.Date {
	if l.Lasts() {
		return today
	}
	return l.SweptOn(today+1) - SweepDays
}

// Swept is the last day of a sweep that a task is past.
func (l *Lifetime) Swept(c *Clock) windows.Date { return l.SweptBy(l.Calendar.Today(c.Past())) }

// CountedAt is the instant as of which an order of a date counts at a stream time: what it counts is frozen when it expires.
func (l *Lifetime) CountedAt(date windows.Date, at events.Millis) events.Millis {
	if date+l.ExpiresAfter() > l.Calendar.Today(at) {
		return at
	}
	return min(at, l.Calendar.Start(date+l.ExpiresAfter())-1)
}
