package windows

import (
	"testing"
	"time"
)

// Zones that go on by a rule have leap years with a last day whose bounds the standard library does not tell.
func TestZoneDigestOfZonesWithoutEnd(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"UTC", "Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Tehran"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		digest := ZoneDigest(zone)
		if other, ok := seen[digest]; ok {
			t.Errorf("%s and %s have the same digest %s", name, other, digest)
		}
		seen[digest] = name
	}
}
