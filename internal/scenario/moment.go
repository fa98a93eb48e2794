package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// moment is an instant as a line names it: a fixed one, or so long after another.
type moment struct {
	at    events.Millis
	after bool // at is a length of time, in milliseconds
}

// from is the instant, seen from the one that it may be relative to.
func (m moment) from(now events.Millis) events.Millis {
	if m.after {
		return now + m.at
	}
	return m.at
}

// moment reads an instant: +2d, 2026-01-05, 2026-01-05 10:00 or 2026-01-05T10:00:00Z.
func (p *parser) moment(w *words) (moment, error) {
	text, err := w.next("a time")
	if err != nil {
		return moment{}, err
	}
	if sign := text[:min(1, len(text))]; sign == "+" || sign == "-" {
		length, err := duration(text[1:])
		if sign == "-" {
			length = -length
		}
		return moment{length, true}, err
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return moment{at: t.UnixMilli()}, nil
	}
	date, err := day(text)
	if err != nil {
		return moment{}, err
	}
	if clock := w.peek(); len(clock) >= 5 && clock[2] == ':' {
		_, _ = w.next("")
		at, err := p.wall(text, clock)
		return moment{at: at}, err
	}
	return moment{at: p.calendar.Start(date)}, nil
}

// wall is the instant at which a clock in the scenario's zone shows a date and a time.
func (p *parser) wall(date, clock string) (events.Millis, error) {
	for _, layout := range []string{"15:04:05.000", "15:04:05", "15:04"} {
		layout = time.DateOnly + " " + layout
		if t, err := time.ParseInLocation(layout, date+" "+clock, p.scenario.settings.zone); err == nil {
			if t.Format(layout) != date+" "+clock {
				return 0, fmt.Errorf("%s %s does not exist in %v: write it with its offset, like 2026-01-05T10:00:00Z", date, clock, p.scenario.settings.zone)
			}
			return t.UnixMilli(), nil
		}
	}
	return 0, fmt.Errorf("%q is no time of day: write it like 10:00, 10:00:30 or 10:00:30.001", clock)
}

// day reads a date.
func day(text string) (windows.Date, error) {
	d, err := windows.ParseDate(text)
	if err != nil {
		return 0, fmt.Errorf("%q is no time: write it like 2026-01-05, 2026-01-05 10:00, 2026-01-05T10:00:00Z or +2d", text)
	}
	return d, nil
}

// lengths of the units of time, in milliseconds. A day is 24 hours here, whatever the zone does.
var lengths = map[string]int64{"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}

// duration reads a length of time such as 2d, 48h1ms or 1h30m, in milliseconds.
func duration(text string) (sum int64, err error) {
	rest := text
	for rest != "" {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		unit := len(rest[digits:]) - len(strings.TrimLeft(rest[digits:], "dhms"))
		length, known := lengths[rest[digits:digits+unit]]
		n, err := strconv.ParseInt(rest[:digits], 10, 32)
		if !known || err != nil {
			return 0, fmt.Errorf("%q is no length of time: write it like 2d, 48h1ms or 1h30m", text)
		}
		sum, rest = sum+n*length, rest[digits+unit:]
	}
	if text == "" {
		return 0, fmt.Errorf("a length of time is missing: write it like 2d, 48h1ms or 1h30m")
	}
	return sum, nil
}

// showInstant is an instant as scenarios write it.
func showInstant(at events.Millis) string {
	if at == events.None {
		return "none"
	}
	return events.FormatInstant(at)
}
