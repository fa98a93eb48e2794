package windows

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"time"

	"sellerpulse/pkg/events"
)

// Date is a calendar day: days since 1970-01-01 in the calendar's zone.
type Date int32

// String is the date as YYYY-MM-DD.
func (d Date) String() string { return string(d.AppendTo(nil)) }

// AppendTo appends what String gives.
func (d Date) AppendTo(dst []byte) []byte {
	return time.Unix(int64(d)*86400, 0).UTC().AppendFormat(dst, time.DateOnly)
}

// MarshalText is the date as YYYY-MM-DD, also in JSON.
func (d Date) MarshalText() ([]byte, error) { return d.AppendTo(nil), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

// ParseDate reads a date as YYYY-MM-DD.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("%q is no date: write it like 2026-01-05", text)
	}
	return Date(t.Unix() / 86400), nil
}

const dayMillis = 24 * 60 * 60 * 1000

// Calendar tells the days of a time zone. It remembers the last offset it used, so it is not for concurrent use; the zero
// Calendar is not usable.
type Calendar struct {
	zone *time.Location

	// The stretch [from, to) of instants in which the zone is offset milliseconds ahead of UTC.
	from, to, offset events.Millis
}

// NewCalendar makes the calendar of a zone.
func NewCalendar(zone *time.Location) *Calendar {
	c := &Calendar{zone: zone}
	c.lookUp(0)
	return c
}

// ZoneDigest tells the data of zones apart, of one name too: by when each of their offsets from UTC begins, from 1970 to 2100.
func ZoneDigest(zone *time.Location) string {
	c := NewCalendar(zone)
	data := binary.AppendVarint(nil, c.offset)
	until := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	for before := c.offset; c.to < until; {
		if c.lookUp(c.to); c.offset != before { // Other names of an offset change no date.
			data = binary.AppendVarint(binary.AppendVarint(data, c.from), c.offset)
			before = c.offset
		}
	}
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:8])
}

func (c *Calendar) lookUp(at events.Millis) {
	t := time.UnixMilli(at).In(c.zone)
	_, seconds := t.Zone()
	start, end := t.ZoneBounds()
	c.offset, c.from, c.to = int64(seconds)*1000, math.MinInt64, math.MaxInt64
	if !start.IsZero() {
		c.from = start.UnixMilli()
	}
	if !end.IsZero() {
		c.to = end.UnixMilli()
	}
	const little = 60 * 60 * 1000
	if c.to <= at {
		c.to = at + little // On the last day of a leap year ZoneBounds may say that the offset ends before.
	}
}

// Date is the calendar day of an instant.
func (c *Calendar) Date(at events.Millis) Date {
	if at < c.from || at >= c.to {
		c.lookUp(at)
	}
	return Date(floorDiv(at+c.offset, dayMillis))
}

// Today is the latest day that has begun at an instant. It is [Calendar.Date], but for zones that set the clock back over midnight:
// there a day that has begun stays begun.
func (c *Calendar) Today(at events.Millis) Date {
	d := c.Date(at)
	if c.offset != 0 && c.Start(d+1) <= at {
		return d + 1
	}
	return d
}

// Has is whether the zone has a day.
func (c *Calendar) Has(d Date) bool { return c.Date(c.Start(d)) == d }

// Start is the first instant of a day, or of the next one where the zone skipped the day.
func (c *Calendar) Start(d Date) events.Millis {
	local := int64(d) * dayMillis
	if start := local - c.offset; start < c.to && start-dayMillis >= c.from {
		return start // No change of offset in the day before: nothing can begin the day earlier.
	}
	const widest = 26 * 60 * 60 * 1000 // No zone is further from UTC.
	for at := local - widest; ; at = c.to {
		c.lookUp(at)
		if start := max(local-c.offset, c.from); start < c.to {
			return start
		}
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
