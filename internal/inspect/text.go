package inspect

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"sellerpulse/internal/jsontext"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// Instant is an instant in milliseconds since 1970-01-01 UTC; in JSON it is RFC 3339 in UTC with three decimals.
type Instant events.Millis

// String is the instant as JSON has it.
func (i Instant) String() string { return events.FormatInstant(events.Millis(i)) }

// MarshalText is what String gives.
func (i Instant) MarshalText() ([]byte, error) {
	return events.AppendInstant(nil, events.Millis(i)), nil
}

// UnmarshalText reads RFC 3339.
func (i *Instant) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("%q is no instant: write it like 2026-01-05T10:00:00.000Z", text)
	}
	*i = Instant(t.UnixMilli())
	return nil
}

// instantOf is an instant; nil for one that was not given.
func instantOf(at events.Millis) *Instant { return optional(Instant(at), at != events.None) }

// Counts is what an order adds to each measure; in JSON an object of the measures by their names, with zeros too.
type Counts windows.Counts

// MarshalJSON writes each measure, in their order.
func (c Counts) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for m, n := range c {
		b = strconv.AppendInt(jsontext.AppendKey(b, windows.Measure(m).String()), int64(n), 10)
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes. Measures that it does not know are passed over.
func (c *Counts) UnmarshalJSON(text []byte) error {
	var byName map[string]int32
	if err := json.Unmarshal(text, &byName); err != nil {
		return fmt.Errorf("read counts: %w", err)
	}
	for m := range c {
		c[m] = byName[windows.Measure(m).String()]
	}
	return nil
}
