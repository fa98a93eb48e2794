package pages

import (
	"net/url"
	"testing"
)

// An id that browsers would take out of a path is in the query, of the API's addresses too.
func TestHistoryLink(t *testing.T) {
	for seller, want := range map[string]string{
		"S1": "/api/v1/sellers/S1/history?metric=claim_rate", "a/b": "/api/v1/sellers/a%2Fb/history?metric=claim_rate",
		".":  "/api/v1/sellers/~/history?metric=claim_rate&seller=.",
		"..": "/api/v1/sellers/~/history?metric=claim_rate&seller=..", "/": "/api/v1/sellers/~/history?metric=claim_rate&seller=%2F",
		"~": "/api/v1/sellers/~/history?metric=claim_rate",
	} {
		if got := historyLink(seller, url.Values{"metric": {"claim_rate"}}); got != want {
			t.Errorf("of %q: %s, want %s", seller, got, want)
		}
	}
}
