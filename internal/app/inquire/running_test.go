package inquire

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// serve answers every question so.
func serve(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}

func open(t *testing.T, address, token string) Source {
	t.Helper()
	s, err := Running(address, stream.NewSecret(token))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Whatever ids are, they reach the API as they are, behind the path that the address has.
func TestIDsReachTheAPI(t *testing.T) {
	mux := http.NewServeMux()
	id := func(r *http.Request, name string) string { // As the API has it.
		if r.URL.Query().Has(name) && r.PathValue(name) == "~" {
			return r.URL.Query().Get(name)
		}
		return r.PathValue(name)
	}
	answer := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"seller_id":%q,"order_id":%q}`, fmt.Sprintf("%x", id(r, "seller")), fmt.Sprintf("%x", id(r, "order")))
	}
	mux.HandleFunc("GET /behind/a/proxy/api/v1/sellers/{seller}/orders/{order}", answer)
	mux.HandleFunc("GET /behind/a/proxy/api/v1/sellers/{seller}/orders/{order}/events", answer)
	s := open(t, serve(t, mux.ServeHTTP)+"/behind/a/proxy/", "")
	for _, id := range []string{"S1", "~", ".", "..", "...", "a/b", "//", "%2F", "a?b#c", "a b+c", "a&b=c;d", "\x00\n\x1b[0m", "\u202e紫", "\xff", "orders", strings.Repeat("x", 1024)} {
		o, err := Order(t.Context(), s, id, id)
		if want := fmt.Sprintf("%x", id); err != nil || o.SellerID != want || o.OrderID != want {
			t.Errorf("%q: %v, %v", id, o, err)
		}
		if e, err := Events(t.Context(), s, id, id); err != nil || e.SellerID != fmt.Sprintf("%x", id) || e.OrderID != e.SellerID {
			t.Errorf("events of %q: %v, %v", id, e, err)
		}
	}
}

// Each question is asked as the API has it.
func TestQuestions(t *testing.T) {
	var asked string
	s := open(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.URL.String()
		_, _ = io.WriteString(w, "{}")
	}), "")
	metric, channel, line, from, to := rules.ClaimRate.FullName(), rules.AFN, "", windows.Date(20_000), windows.Date(20_001)
	for _, c := range []struct {
		want string
		ask  func() error
	}{
		{"/orders", func() error { _, err := Orders(t.Context(), s, "S", inspect.OrdersQuery{}); return err }},
		{"/orders?cursor=c&limit=7&part=&rule=ebay-us%2Fodr&which=miss", func() error {
			_, err := Orders(t.Context(), s, "S", inspect.OrdersQuery{Rule: "ebay-us/odr", Part: &line, Which: inspect.Miss, Cursor: "c", Limit: 7})
			return err
		}},
		{"/orders?channel=AFN&from=2024-10-04&metric=claim_rate&product_line=&to=2024-10-05", func() error {
			_, err := Orders(t.Context(), s, "S", inspect.OrdersQuery{Metric: metric, From: &from, To: &to, Channel: &channel, ProductLine: &line})
			return err
		}},
		{"/history?metric=claim_rate", func() error {
			_, err := History(t.Context(), s, "S", inspect.HistoryQuery{Metric: metric})
			return err
		}},
		{"/history?part=DE&rule=ebay-us%2Fodr", func() error {
			de := "DE"
			_, err := History(t.Context(), s, "S", inspect.HistoryQuery{Rule: "ebay-us/odr", Part: &de})
			return err
		}},
		{"/history?channel=AFN&from=2024-10-04&metric=claim_rate&product_line=&to=2024-10-05", func() error {
			_, err := History(t.Context(), s, "S", inspect.HistoryQuery{Metric: metric, From: &from, To: &to, Channel: &channel, ProductLine: &line})
			return err
		}},
		{"/orders/O", func() error { _, err := Order(t.Context(), s, "S", "O"); return err }},
		{"/orders/O/events", func() error { _, err := Events(t.Context(), s, "S", "O"); return err }},
		{"/orders/~/events?order=a%2Fb", func() error { _, err := Events(t.Context(), s, "S", "a/b"); return err }},
		{"/forecast?days=14", func() error { _, err := Forecast(t.Context(), s, "S", 14); return err }},
		{"/rules", func() error { _, err := Rules(t.Context(), s, "S"); return err }},
		{"?from=2024-10-04&to=2024-10-05", func() error { _, err := Period(t.Context(), s, "S", from, to); return err }},
	} {
		if err := c.ask(); err != nil || asked != "GET /api/v1/sellers/S"+c.want {
			t.Errorf("asked %s, %v; want %s", asked, err, c.want)
		}
	}
}

// A process that gives no answer is named, with what it says, and what to do.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"a problem": {problem(http.StatusNotFound, `{"title":"Not Found","status":404,"detail":"find seller \"S\": no order of it was ever placed"}`), `404 Not Found: find seller "S": no order of it was ever placed`},
		"no detail": {problem(http.StatusTeapot, `{"title":"Teapot"}`), "418 I'm a teapot: it is not a `processor run` of this version"},
		"no token":  {problem(http.StatusUnauthorized, `{"detail":"who are you?"}`), "401 Unauthorized: who are you?: give a token that may read with --token-file"},
		"no API":    {http.NotFound, "404 Not Found: it is not a `processor run` of this version"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://other.example/login", http.StatusFound)
		}, `302 Found: it sends to "https://other.example/login": name that with --url`},
		"no JSON": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "it is not a `processor run` of this version"},
		"too much": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, maxAnswerBytes+1))
		}, "it has over 64 MiB: ask for less"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{")
		}, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			address := serve(t, c.answer)
			_, err := Rules(t.Context(), open(t, strings.Replace(address, "http://", "http://user:password@", 1), ""), "S")
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "password") || !strings.Contains(err.Error(), strings.TrimPrefix(address, "http://")) {
				t.Errorf("error %v, want %q and where", err, c.want)
			}
		})
	}
}

func problem(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// The token goes to the process that is asked, and to no other to which it sends.
func TestToken(t *testing.T) {
	var got []string
	other := serve(t, func(http.ResponseWriter, *http.Request) { got = append(got, "another") })
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
		http.Redirect(w, r, other, http.StatusTemporaryRedirect)
	})
	for _, token := range []string{"t0ken", ""} {
		var refused *RefusedError
		if _, err := Rules(t.Context(), open(t, address, token), "S"); !errors.As(err, &refused) || refused.Status != http.StatusTemporaryRedirect {
			t.Errorf("error %v", err)
		}
	}
	if fmt.Sprint(got) != "[Bearer t0ken ]" {
		t.Errorf("authorizations %q", got)
	}
}

func TestAddresses(t *testing.T) {
	for _, address := range []string{"", "nowhere", "127.0.0.1:8080", "ftp://host", "http://", "http://host?x=1", "http://host#x", "http://user:secret@host:x"} {
		if _, err := Running(address, stream.Secret{}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
