package windows

import "time"

// Period is what the length of a window is counted in.
type Period uint8

// The periods.
const (
	Day   Period = iota
	Week         // of ISO 8601, from Monday to Sunday
	Month        // of the calendar
)

var periodNames = [...]string{Day: "d", Week: "w", Month: "mo"}

// String is the period as rules write it, behind a number.
func (p Period) String() string { return periodNames[p] }

// Window is the order dates that a number is counted over, seen from a day. Of days it is Count of them, the last of which is Lag days before the
// day it is looked at. Of weeks and months it is the last Count whole ones that have ended before the one that holds the day Lag days before: also on
// its last day the running one is not in it. Count is at least 1, Lag at least 0.
type Window struct {
	Count int32
	Every Period
	Lag   int32
}

// Range is the first and the last order date in the window on a day, both inclusive.
func (w Window) Range(today Date) (from, to Date) {
	enters, leaves := w.Edges()
	return leaves.Passed(today) + 1, enters.Passed(today)
}

// Enters is the first day on which the window has a date. Of a later date it is no earlier day.
func (w Window) Enters(date Date) Date {
	enters, _ := w.Edges()
	return enters.Passes(date)
}

// Leaves is the first day on which the window has a date no more: later than Enters, and of a later date no earlier day.
func (w Window) Leaves(date Date) Date {
	_, leaves := w.Edges()
	return leaves.Passes(date)
}

// Needs is how many days back counts must be kept for the window, whatever the day.
func (w Window) Needs() int32 {
	switch w.Every {
	case Week:
		return 7*(w.Count+1) + w.Lag
	case Month:
		return 31*(w.Count+1) + w.Lag
	default:
		return w.Count + w.Lag
	}
}

// Edges are where dates enter the window and where they leave it. Windows that have an edge in common have an equal one.
func (w Window) Edges() (enters, leaves Edge) {
	if w.Every == Day {
		return Edge{count: w.Lag}, Edge{count: w.Lag + w.Count}
	}
	return Edge{every: w.Every, lag: w.Lag}, Edge{every: w.Every, count: w.Count, lag: w.Lag}
}

// Edge is a beginning or an end of windows: what all dates pass, none before an earlier one. Seen from a day they have passed it that are older
// than count periods, counted from the one that holds the day lag days before. For days, lag is in count.
type Edge struct {
	every      Period
	count, lag int32
}

// Passed is the last date that has passed the edge on a day.
func (e Edge) Passed(day Date) Date {
	switch e.every {
	case Week:
		return monday(day-Date(e.lag)) - 7*Date(e.count) - 1
	case Month:
		return firstOfMonth(day-Date(e.lag), -e.count) - 1
	default:
		return day - Date(e.count)
	}
}

// Passes is the first day on which a date has passed the edge.
func (e Edge) Passes(date Date) Date {
	switch e.every {
	case Week:
		return monday(date) + 7*Date(e.count+1) + Date(e.lag)
	case Month:
		return firstOfMonth(date, e.count+1) + Date(e.lag)
	default:
		return date + Date(e.count)
	}
}

// monday is the first day of the ISO week that holds a date.
func monday(d Date) Date {
	const sinceMonday = 3 // of 1970-01-01, a Thursday
	weekday := (d + sinceMonday) % 7
	if weekday < 0 {
		weekday += 7
	}
	return d - weekday
}

// firstOfMonth is the first day of the month that is so many months after the one that holds a date.
func firstOfMonth(d Date, months int32) Date {
	year, month, _ := time.Unix(int64(d)*86400, 0).UTC().Date()
	return Date(time.Date(year, month+time.Month(months), 1, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}
