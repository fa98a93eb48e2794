package meant

import (
	"strings"
	"testing"
)

func TestClosest(t *testing.T) {
	known := []string{"brokers", "app-id", "state-dir", "standby", "table", "json", "SCRAM-SHA-256", "SCRAM-SHA-512", "tls", "tls-ca"}
	for word, want := range map[string]string{
		"broker": "brokers", "brokres": "brokers", "--Brokers": "brokers", "app_id": "app-id", "appid": "app-id", "state": "state-dir",
		"tabel": "table", "JSON": "json", "jsn": "json", "scram-sha-512": "SCRAM-SHA-512", "sha": "", "xml": "", "": "", "t": "",
		"tsl": "tls", "tls-cA": "tls-ca", strings.Repeat("x", 1000): "",
	} {
		if got := Closest(word, known); got != want {
			t.Errorf("%.20q: %q is said to be meant, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "abc", 0},
		{"abc", "acb", 1},
		{"kitten", "sitting", 3},
		{"ca", "abc", 3},
	} {
		if there, back := distance(c.a, c.b), distance(c.b, c.a); there != c.want || back != c.want {
			t.Errorf("%q and %q are %d and %d apart, want %d", c.a, c.b, there, back, c.want)
		}
	}
}
