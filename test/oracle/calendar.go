package oracle

import (
	"time"

	"sellerpulse/pkg/events"
)

// Day is a calendar day of the configured zone: days since 1970-01-01.
type Day int

// String is the day as YYYY-MM-DD.
func (d Day) String() string { return d.utc().Format(time.DateOnly) }

// calendar knows the days of a zone. It remembers its last answer.
type calendar struct {
	zone      *time.Location
	lastAt    events.Millis
	lastToday Day
}

// date is the calendar day of an instant.
func (c *calendar) date(at events.Millis) Day {
	y, m, d := time.UnixMilli(at).In(c.zone).Date()
	return dayOf(y, m, d)
}

// today is the last day that has begun at an instant. It differs from date only where a clock put back returns to the day before.
func (c *calendar) today(at events.Millis) Day {
	if at == c.lastAt {
		return c.lastToday
	}
	today := c.date(at)
	for c.start(today+1) <= at {
		today++
	}
	c.lastAt, c.lastToday = at, today
	return today
}

// start is the first instant of a day; of one that a zone left out, that of the next.
func (c *calendar) start(day Day) events.Millis {
	midnight := int64(day) * 86_400 // As if at UTC, in seconds.
	at := time.Unix(midnight-2*86_400, 0).In(c.zone)
	for {
		from, to := at.ZoneBounds()
		_, offset := at.Zone()
		first := midnight - int64(offset)
		if !from.IsZero() && from.Unix() > first {
			first = from.Unix()
		}
		if to.IsZero() || first < to.Unix() {
			return first * 1000
		}
		at = to
	}
}

// exists is whether the zone has the day.
func (c *calendar) exists(day Day) bool { return c.date(c.start(day)) == day }

func dayOf(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86_400)
}

// utc is the day's midnight as if its zone were UTC.
func (d Day) utc() time.Time { return time.Unix(int64(d)*86_400, 0).UTC() }

func (d Day) weekday() time.Weekday { return d.utc().Weekday() }
