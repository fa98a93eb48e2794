package pages

import (
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/view"
	"sellerpulse/pkg/rules"
)

// What is wrong with an address is told in the reader's language: which value, and what is allowed.
func TestWrongAddresses(t *testing.T) {
	_, noSuch := inspect.ParseWhich("some")
	for _, c := range []struct {
		err    error
		en, sv string
	}{
		{&inspect.NotKeptError{KeptFrom: 20_000, KeptTo: 20_001}, "Orders from 2024-10-04 to 2024-10-05 are kept", "Beställningar från 2024-10-04 till 2024-10-05 finns kvar"},
		{&inspect.QueryError{Field: "from", Problem: "2026-01-02 is after 2026-01-01"}, "the earlier one first", "det tidigare först"},
		{&inspect.QueryError{Field: "cursor"}, "begin with its first page", "börja med den första sidan"},
		{&inspect.QueryError{Field: "rule"}, "There is no such rule in force", "Ingen sådan regel gäller"},
		{&inspect.QueryError{Field: "metric"}, "use one of order_defect_rate, negative_feedback_rate", "använd något av order_defect_rate, negative_feedback_rate"},
		{&inspect.QueryError{Field: "channel"}, "channel is none: use one of ALL, ", "channel finns inte: använd något av ALL, "},
		{&inspect.QueryError{Field: "part"}, "The rule has no such part", "Regeln har ingen sådan del"},
		{noSuch, "which is none: use one of miss, numerator, denominator, all.", "which finns inte: använd något av miss, numerator, denominator, all."},
		{&inspect.QueryError{Field: "days"}, "The value of days cannot be used.", "Värdet på days kan inte användas."},
		{view.ErrQuery, "begin with its first page", "börja med den första sidan"},
	} {
		for lang, want := range map[string]string{"en": c.en, "sv": c.sv} {
			q := &request{words: wordsFor(lang, "", time.UTC)}
			if says, ok := q.wrong(c.err); !ok || !strings.Contains(says, want) {
				t.Errorf("%v in %s: %q, want %q", c.err, lang, says, want)
			}
		}
	}
	if says, ok := (&request{words: wordsFor("sv", "", time.UTC)}).wrong(view.ErrNotFound); ok {
		t.Errorf("what is not found is %q", says)
	}
}

// Such a page is one that says so.
func TestPageOfAWrongAddress(t *testing.T) {
	mux := http.NewServeMux()
	New(Options{View: view.New(view.Options{}), Zone: time.UTC, Logger: slog.New(slog.DiscardHandler), Clock: time.Now, Rules: rules.BuiltIn()}).Register(mux)
	for lang, want := range map[string]string{"en": "begin with its first page", "sv": "börja med den första sidan"} {
		r, w := httptest.NewRequest(http.MethodGet, "/sellers?after=x", http.NoBody), httptest.NewRecorder()
		r.Header.Set("Accept-Language", lang)
		if mux.ServeHTTP(w, r); w.Code != http.StatusBadRequest || !strings.Contains(html.UnescapeString(w.Body.String()), want) || strings.Contains(w.Body.String(), "cursor") {
			t.Errorf("in %s: %d %s, want %q", lang, w.Code, w.Body, want)
		}
	}
}
