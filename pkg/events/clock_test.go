package events

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func timeOf(instant Millis) time.Time { return time.UnixMilli(instant).UTC() }

func TestInstantsAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		instant := rapid.Int64Range(minInstant, maxInstant).Draw(t, "instant")
		offset := rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "offset in minutes")
		want := timeOf(instant).Format("2006-01-02T15:04:05.000Z")
		if got := showInstant(instant); got != want {
			t.Fatalf("append %d: got %s, want %s", instant, got, want)
		}
		local := timeOf(instant).In(time.FixedZone("", offset*60))
		if year := local.Year(); year < 1 || year > 9999 {
			t.Skip("not a year that RFC 3339 can write")
		}
		text := local.Format("2006-01-02T15:04:05.000") + "999999" + local.Format("-07:00")
		if got, ok := parseInstant(text); !ok || got != instant {
			t.Fatalf("parse %s: got %d, want %d", local, got, instant)
		}
	})
}

// FuzzParseInstant: what is accepted, the standard library accepts too, as the same instant.
func FuzzParseInstant(f *testing.F) {
	for _, text := range []string{"2024-02-29T23:59:59.9999Z", "2023-02-29T00:00:00Z", "0000-01-01t00:00:00z", "1969-12-31T23:59:59.9+14:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parseInstant(text)
		if !ok {
			return
		}
		upper := []byte(text)
		upper[10] = 'T'
		if last := len(upper) - 1; upper[last] == 'z' {
			upper[last] = 'Z'
		}
		want, err := time.Parse(time.RFC3339Nano, string(upper))
		if err != nil || want.UnixMilli() != got {
			t.Errorf("parse %q: got %d, want %d, %v", text, got, want.UnixMilli(), err)
		}
	})
}

// TestFormatInstant covers instants that no event has, too: a text may tell of one that is damaged.
func TestFormatInstant(t *testing.T) {
	for at, want := range map[Millis]string{
		0: "1970-01-01T00:00:00.000Z", 1772366400007: "2026-03-01T12:00:00.007Z", -1: "1969-12-31T23:59:59.999Z",
		minInstant: "0001-01-01T00:00:00.000Z", minInstant - 1: "0000-12-31T23:59:59.999Z",
		-70_000_000_000_000: "-0249-10-15T19:33:20.000Z", maxInstant: "9999-12-31T23:59:59.999Z", maxInstant + 1: "10000-01-01T00:00:00.000Z",
	} {
		if got := FormatInstant(at); got != want {
			t.Errorf("%d is %s, want %s", at, got, want)
		}
	}
}
