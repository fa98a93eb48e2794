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
	if ZoneDigest(time.FixedZone("X", 3600)) == ZoneDigest(time.FixedZone("X", 7200)) {
		t.Error("offsets of a name do not differ")
	}
}
