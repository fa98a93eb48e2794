package windows

import (
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// Each day of a century begins where time.Date says, also where time.ZoneBounds errs: on the last day of leap years from 2040 on.
func TestDaysBegin(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Stockholm", "Europe/Dublin", "America/New_York", "Australia/Sydney"} {
		z := zone(t, name)
		c := NewCalendar(z)
		first := time.Date(2000, 1, 1, 0, 0, 0, 0, z)
		for i := range 36_500 {
			day := first.AddDate(0, 0, i)
			want := Date(time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86_400)
			if got := c.Start(want); got != day.UnixMilli() {
				t.Fatalf("%s: %v begins at %v, want %v", name, want, time.UnixMilli(got).In(z), day)
			}
			if got := c.Date(day.UnixMilli()); got != want {
				t.Fatalf("%s: %v is of %v, want %v", name, day, got, want)
			}
		}
	}
}

// Days before 1970 end where the next one begins, too.
func TestDatesBefore1970(t *testing.T) {
	c := NewCalendar(time.UTC)
	for at, want := range map[int64]string{0: "1970-01-01", -1: "1969-12-31", -86_400_000: "1969-12-31", -86_400_001: "1969-12-30"} {
		if got := c.Date(at).String(); got != want {
			t.Errorf("the date of %d is %s, want %s", at, got, want)
		}
	}
}

// Where the clock is set back over midnight a day begins once, the first time, and goes on while the clock shows the day before again.
// Where it is set back at midnight, the day has not begun.
func TestClockIsSetBackOverMidnight(t *testing.T) {
	instant := func(text string) int64 {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at.UnixMilli()
	}
	for _, c := range []struct {
		zone, at    string
		date, today string
		begins      string // the day after the 6th of November, or after the 16th of February
	}{
		{"America/St_Johns", "2010-11-07T02:29:59.999Z", "2010-11-06", "2010-11-06", "2010-11-07T02:30:00Z"},
		{"America/St_Johns", "2010-11-07T02:30:00Z", "2010-11-07", "2010-11-07", "2010-11-07T02:30:00Z"},
		{"America/St_Johns", "2010-11-07T02:31:00Z", "2010-11-06", "2010-11-07", "2010-11-07T02:30:00Z"}, // 00:01 became 23:01
		{"America/St_Johns", "2010-11-07T03:30:00Z", "2010-11-07", "2010-11-07", "2010-11-07T02:30:00Z"},
		{"America/Sao_Paulo", "2019-02-17T01:59:59.999Z", "2019-02-16", "2019-02-16", "2019-02-17T03:00:00Z"},
		{"America/Sao_Paulo", "2019-02-17T02:00:00Z", "2019-02-16", "2019-02-16", "2019-02-17T03:00:00Z"}, // 00:00 became 23:00
		{"America/Sao_Paulo", "2019-02-17T03:00:00Z", "2019-02-17", "2019-02-17", "2019-02-17T03:00:00Z"},
	} {
		at, begins := instant(c.at), instant(c.begins)
		for _, seen := range []int64{at - 90*dayMillis, at - 1, at, at + dayMillis} { // Whatever offset is remembered.
			calendar := NewCalendar(zone(t, c.zone))
			day := calendar.Date(begins)
			calendar.Date(seen)
			if got := calendar.Date(at).String(); got != c.date {
				t.Errorf("%s: date of %s is %s, want %s", c.zone, c.at, got, c.date)
			}
			calendar.Date(seen)
			if got := calendar.Today(at).String(); got != c.today {
				t.Errorf("%s: today at %s is %s, want %s", c.zone, c.at, got, c.today)
			}
			calendar.Date(seen)
			if got := calendar.Start(day); got != begins {
				t.Errorf("%s: %v begins at %v, want %s", c.zone, day, time.UnixMilli(got).UTC(), c.begins)
			}
		}
	}
}

func TestZoneDigest(t *testing.T) {
	if a, b := ZoneDigest(time.UTC), ZoneDigest(time.FixedZone("other name", 0)); a != b {
		t.Errorf("names of an offset differ: %s, %s", a, b)
	}
	digests := map[string]string{}
	for _, name := range []string{"UTC", "Europe/Stockholm", "Europe/Dublin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"} {
		digest := ZoneDigest(zone(t, name))
		if other, ok := digests[digest]; ok || len(digest) != 16 {
			t.Errorf("digest %q of %s, and of %q", digest, name, other)
		}
		digests[digest] = name
	}
	// The first eight bytes of SHA-256 of varints: the offset of 1970, then when each other one begins, and it. Kathmandu changed once.
	for name, want := range map[string]string{"UTC": "6e340b9cffb37a98", "Asia/Kathmandu": "b3dc99509e78f5e8"} {
		if got := ZoneDigest(zone(t, name)); got != want {
			t.Errorf("the digest of %s is %s, want %s: states that rest on it would be rebuilt", name, got, want)
		}
	}
	if ZoneDigest(time.FixedZone("X", 3600)) == ZoneDigest(time.FixedZone("X", 7200)) {
		t.Error("offsets of a name do not differ")
	}
}

func TestDateAsText(t *testing.T) {
	for _, text := range []string{"1970-01-01", "1969-12-31", "2024-02-29", "9999-12-31"} {
		d, err := ParseDate(text)
		if err != nil || d.String() != text {
			t.Errorf("%s reads as %v, %v", text, d, err)
		}
		var again Date
		if written, err := d.MarshalText(); err != nil || again.UnmarshalText(written) != nil || again != d {
			t.Errorf("%s is written as %q, %v, and reads back as %v", text, written, err, again)
		}
	}
	for _, text := range []string{"", "2024-2-29", "2023-02-29", "2024-02-29T00:00:00Z", " 2024-02-29"} {
		if d, err := ParseDate(text); err == nil {
			t.Errorf("%q reads as %v", text, d)
		}
	}
}
