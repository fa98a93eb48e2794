package mapping

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/itchyny/gojq"

	"sellerpulse/pkg/events"
)

// epoch makes an instant of a number, or a text of digits, which counts units since 1970.
func epoch(name string, multiply, divide int64) func(any, []any) any {
	return func(v any, _ []any) any {
		n, fraction, err := number(v)
		if v == nil || v == "" {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %s is no number", name, gojq.Preview(v))
		}
		if n > math.MaxInt64/multiply || n < math.MinInt64/multiply {
			return fmt.Errorf("%s: %s is too far away: is it in %s?", name, gojq.Preview(v), name)
		}
		millis := int64(math.Floor(float64(n) / float64(divide)))
		if divide == 1 {
			millis = n*multiply + int64(math.Floor(fraction*float64(multiply)))
		}
		return format(name, v, millis)
	}
}

// format is an instant as events have it.
func format(name string, v any, millis int64) any {
	const least, most = -62_135_596_800_000, 253_402_300_799_999 // the years 1 to 9999
	if millis < least || millis > most {
		return fmt.Errorf("%s: %s is outside the years 1 to 9999", name, gojq.Preview(v))
	}
	return events.FormatInstant(millis)
}

// number is a number's whole part and its fraction.
func number(v any) (whole int64, fraction float64, err error) {
	switch v := v.(type) {
	case int:
		return int64(v), 0, nil
	case float64:
		floor := math.Floor(v)
		if floor < math.MinInt64 || floor >= math.MaxInt64 {
			return 0, 0, strconv.ErrRange
		}
		return int64(floor), v - floor, nil
	case *big.Int:
		if !v.IsInt64() {
			return 0, 0, strconv.ErrRange
		}
		return v.Int64(), 0, nil
	case json.Number:
		return number(string(v))
	case string:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n, 0, nil
		}
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return 0, 0, err
		}
		return number(f)
	}
	return 0, 0, strconv.ErrSyntax
}

// instant makes an instant of a text: `instant` of RFC 3339, `instant(zone)` also where the text has no zone, and `instant(layout; zone)` of a layout such
// as "MM/dd/yyyy HH:mm:ss". A text without a time of day is the beginning of that day.
func instant(v any, args []any) any {
	text, ok := v.(string)
	if v == nil || text == "" && ok {
		return nil
	}
	if !ok {
		return fmt.Errorf("instant: %s is no text: of numbers make times by seconds, millis or micros", gojq.Preview(v))
	}
	text = strings.TrimSpace(text)
	var zone *time.Location
	if len(args) > 0 {
		var err error
		if zone, err = zoneOf(args[len(args)-1]); err != nil {
			return fmt.Errorf("instant: %w", err)
		}
	}
	if len(args) < 2 {
		at, err := parseUsual(text, zone)
		if err != nil {
			return err
		}
		return format("instant", v, at.UnixMilli())
	}
	layout, err := layoutOf(args[0])
	if err != nil {
		return err
	}
	at, err := time.ParseInLocation(layout, text, zone)
	if err != nil {
		return fmt.Errorf("instant: %s is not as %s", gojq.Preview(v), gojq.Preview(args[0]))
	}
	return format("instant", v, at.UnixMilli())
}

var (
	zonedLayouts = []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05 Z0700", "2006-01-02 15:04:05 MST", "2006-01-02T15:04Z07:00"}
	localLayouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02", "2006-01-02T15:04", "2006-01-02 15:04"}
)

// parseUsual reads the ways of RFC 3339 that occur.
func parseUsual(text string, zone *time.Location) (time.Time, error) {
	for _, layout := range zonedLayouts {
		at, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if layout != "2006-01-02 15:04:05 MST" || strings.HasSuffix(text, " UTC") || strings.HasSuffix(text, " GMT") {
			return at, nil // Other abbreviations of zones are of several.
		}
	}
	for _, layout := range localLayouts {
		at, err := time.ParseInLocation(layout, text, cmpLocation(zone))
		if err != nil {
			continue
		}
		if zone == nil {
			return at, fmt.Errorf("instant: %q does not say its zone: use instant(\"Europe/Stockholm\") or what it is", text)
		}
		return at, nil
	}
	return time.Time{}, fmt.Errorf("instant: %.60q is not as 2026-01-02T03:04:05Z: give its layout, as instant(\"MM/dd/yyyy HH:mm:ss\"; \"UTC\")", text)
}

func cmpLocation(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

var zones sync.Map // by name

// abbreviations are those that report files use.
var abbreviations = map[string]string{"PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "EST": "America/New_York", "JST": "Asia/Tokyo", "Z": "UTC"}

func zoneOf(v any) (*time.Location, error) {
	name, ok := v.(string)
	if !ok || name == "" || name == "Local" {
		return nil, fmt.Errorf("%s is no zone: use a name such as Europe/Stockholm or UTC", gojq.Preview(v))
	}
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	of := name
	if long, ok := abbreviations[name]; ok {
		of = long
	}
	zone, err := time.LoadLocation(of)
	if err != nil {
		return nil, fmt.Errorf("no zone %q: use a name such as Europe/Stockholm or UTC", name)
	}
	zones.Store(name, zone)
	return zone, nil
}

// letters are the parts of a layout, the longest of each letter first, and what Go calls them.
var letters = []struct{ ours, gos string }{
	{"yyyy", "2006"},
	{"yy", "06"},
	{"MMMM", "January"},
	{"MMM", "Jan"},
	{"MM", "01"},
	{"M", "1"},
	{"dd", "02"},
	{"d", "2"},
	{"EEEE", "Monday"},
	{"EEE", "Mon"},
	{"HH", "15"},
	{"H", "15"},
	{"hh", "03"},
	{"h", "3"},
	{"mm", "04"},
	{"m", "4"},
	{"ss", "05"},
	{"s", "5"},
	{"SSS", "000"},
	{"a", "PM"},
	{"XXX", "Z07:00"},
	{"Z", "-0700"},
	{"z", "MST"},
}

var layouts sync.Map // of Go, by ours

// layoutOf is a layout as Go has it.
func layoutOf(v any) (string, error) {
	text, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("instant: %s is no layout: use a text such as \"MM/dd/yyyy HH:mm:ss\"", gojq.Preview(v))
	}
	if known, ok := layouts.Load(text); ok {
		return known.(string), nil
	}
	var layout strings.Builder
	for rest := text; rest != ""; {
		part, gos := partOf(rest)
		if part == "" {
			return "", fmt.Errorf("instant: layout %q: %.1q is no part of one: use yyyy MM dd HH mm ss SSS a XXX, as in \"MM/dd/yyyy HH:mm:ss\", and 'T' for letters", text, rest)
		}
		layout.WriteString(gos)
		rest = rest[len(part):]
	}
	layouts.Store(text, layout.String())
	return layout.String(), nil
}

// partOf is what a layout begins with, and what Go calls that.
func partOf(rest string) (part, gos string) {
	if rest[0] == '\'' {
		quoted, _, ok := strings.Cut(rest[1:], "'")
		if !ok {
			return "", ""
		}
		return rest[:len(quoted)+2], quoted
	}
	for _, letter := range letters {
		if strings.HasPrefix(rest, letter.ours) {
			return letter.ours, letter.gos
		}
	}
	if c := rest[0]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		return "", ""
	}
	return rest[:1], rest[:1]
}
