package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/web/ask"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// api answers from the state of a directory as a process that runs does. Where a token is given it wants that.
func api(t *testing.T, directory string, partitions int32, token string) (address string) {
	t.Helper()
	db, err := state.Open(state.Options{Directory: directory, Owner: owner(t, directory)})
	if err != nil {
		t.Fatal(err)
	}
	states := ask.New(ask.Options{
		DB: db, Inspect: inspect.Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120},
		PartitionOf: func(seller string) int32 { return stream.PartitionFor([]byte(seller), partitions) },
	})
	server := httptest.NewServer(authorized(token, routes(states)))
	t.Cleanup(func() {
		server.Close()
		if err := errors.Join(states.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	return server.URL
}

func authorized(token string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token != "" && r.Header.Get("Authorization") != "Bearer "+token {
			writeProblem(w, http.StatusUnauthorized, "no token")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// routes are those of the API that commands ask.
func routes(states *ask.States) http.Handler {
	mux := http.NewServeMux()
	handle := func(path string, answer func(p *inspect.Partition, seller string, r *http.Request) (any, error)) {
		mux.HandleFunc("GET /api/v1/sellers/{seller}"+path, func(w http.ResponseWriter, r *http.Request) {
			var body any
			err := states.Of(r.Context(), r.PathValue("seller"), func(p *inspect.Partition) (err error) {
				body, err = answer(p, r.PathValue("seller"), r)
				return err
			})
			writeAPI(w, body, err)
		})
	}
	handle("", func(p *inspect.Partition, seller string, r *http.Request) (any, error) {
		from, to, err := datesOf(r.URL.Query())
		if err != nil || from == nil || to == nil {
			return nil, errors.Join(err, &inspect.QueryError{Field: "from", Problem: "dates are missing"})
		}
		return p.Period(seller, *from, *to)
	})
	handle("/orders", func(p *inspect.Partition, seller string, r *http.Request) (any, error) {
		q, err := ordersQuery(r.URL.Query())
		if err != nil {
			return nil, err
		}
		return p.Orders(seller, q)
	})
	handle("/orders/{order}", func(p *inspect.Partition, seller string, r *http.Request) (any, error) {
		return p.Order(seller, r.PathValue("order"))
	})
	handle("/history", func(p *inspect.Partition, seller string, r *http.Request) (any, error) {
		q, err := historyQuery(r.URL.Query())
		if err != nil {
			return nil, err
		}
		return p.History(seller, q)
	})
	handle("/forecast", func(p *inspect.Partition, seller string, r *http.Request) (any, error) {
		days, err := strconv.Atoi(r.URL.Query().Get("days"))
		if err != nil {
			return nil, err
		}
		return p.Forecast(seller, days)
	})
	handle("/rules", func(p *inspect.Partition, seller string, _ *http.Request) (any, error) { return p.Rules(seller) })
	return mux
}

func writeAPI(w http.ResponseWriter, body any, err error) {
	switch {
	case errors.As(err, new(*inspect.UnknownSellerError)), errors.As(err, new(*inspect.UnknownOrderError)):
		writeProblem(w, http.StatusNotFound, err.Error())
	case errors.As(err, new(*inspect.QueryError)), errors.As(err, new(*inspect.NotKeptError)):
		writeProblem(w, http.StatusBadRequest, err.Error())
	case err != nil:
		writeProblem(w, http.StatusServiceUnavailable, err.Error())
	default:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(body) // The one who asked has gone.
	}
}

func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail}) // The one who asked has gone.
}

func datesOf(v url.Values) (from, to *windows.Date, err error) {
	for name, at := range map[string]**windows.Date{"from": &from, "to": &to} {
		if text := v.Get(name); text != "" {
			date, wrong := windows.ParseDate(text)
			*at, err = &date, errors.Join(err, wrong)
		}
	}
	return from, to, err
}

// numberOf is the channel and the product line that are asked for.
func numberOf(v url.Values) (channel *rules.Channel, line *string, err error) {
	if text := v.Get("channel"); text != "" {
		c, wrong := rules.ParseChannel(text)
		channel, err = &c, wrong
	}
	if v.Has("product_line") {
		text := v.Get("product_line")
		line = &text
	}
	return channel, line, err
}

func ordersQuery(v url.Values) (q inspect.OrdersQuery, err error) {
	var wrong [4]error
	q.Rule, q.Part, q.Cursor = v.Get("rule"), inspect.Part(v.Get("part")), v.Get("cursor")
	if text := v.Get("metric"); text != "" {
		m, err := rules.ParseMetric(text)
		q.Metric, wrong[0] = m, err
	}
	q.From, q.To, wrong[1] = datesOf(v)
	q.Channel, q.ProductLine, wrong[2] = numberOf(v)
	q.Limit, wrong[3] = strconv.Atoi(v.Get("limit"))
	return q, errors.Join(wrong[:]...)
}

func historyQuery(v url.Values) (q inspect.HistoryQuery, err error) {
	var wrong [3]error
	q.Metric, wrong[0] = rules.ParseMetric(v.Get("metric"))
	q.From, q.To, wrong[1] = datesOf(v)
	q.Channel, q.ProductLine, wrong[2] = numberOf(v)
	return q, errors.Join(wrong[:]...)
}

// market is events of a seller with one of everything, and of one whom nobody would name so.
var market = func() string {
	type fields = map[string]any
	var b strings.Builder
	n := 0
	event := func(topic, kind, at, seller, order string, more fields) {
		n++
		e := fields{"topic": topic, "kind": kind, "event_id": fmt.Sprintf("e%d", n), "occurred_at": at, "seller_id": seller, "order_id": order}
		for name, value := range more {
			e[name] = value
		}
		line, err := json.Marshal(e)
		if err != nil {
			panic(err)
		}
		b.Write(append(line, '\n'))
	}
	placed := func(seller, order, at, channel string, more fields, lines ...string) {
		var items []fields
		for i, line := range lines {
			items = append(items, fields{"item_id": fmt.Sprintf("I%d", i+1), "product_line": line, "quantity": i + 1})
		}
		all := fields{"order_date": at, "channel": channel, "items": items}
		for name, value := range more {
			all[name] = value
		}
		event("orders", "PLACED", at, seller, order, all)
	}
	promised := fields{"ship_by": "2026-01-04T23:59:59Z", "deliver_by": "2026-01-09T23:59:59Z"}
	placed("S1", "O1", "2026-01-02T03:04:05Z", "MFN", promised, "toys")
	placed("S1", "O2", "2026-01-02T12:00:00Z", "MFN", promised, "toys", "books")
	placed("S1", "O3", "2026-01-03T08:00:00Z", "AFN", nil, "books")
	placed("S1", "O4", "2026-01-03T09:00:00Z", "MFN", promised, "toys")
	placed("S1", "O5", "2026-01-03T10:00:00Z", "MFN", promised, "")
	placed("S1", "O6", "2026-01-03T11:00:00Z", "MFN", fields{"pending": true}, "toys")
	event("shipments", "CONFIRMED", "2026-01-03T15:00:00Z", "S1", "O2", fields{"shipment_id": "P2", "carrier": "s10", "tracking_id": "RB123456785GB"})
	event("shipments", "SCANNED", "2026-01-03T18:00:00Z", "S1", "O2", fields{"shipment_id": "P2"})
	event("orders", "CANCELLED", "2026-01-04T00:00:00Z", "S1", "O4", fields{"cancelled_by": "SELLER", "reason": "OUT_OF_STOCK"})
	event("shipments", "CONFIRMED", "2026-01-04T08:00:00Z", "S1", "O5", fields{"shipment_id": "P5"})
	event("shipments", "CONFIRMED", "2026-01-05T15:00:00Z", "S1", "O1", fields{"shipment_id": "P1", "carrier": "nobody", "tracking_id": "1"})
	event("shipments", "TRACKING_UPDATED", "2026-01-06T15:00:00Z", "S1", "O1", fields{"shipment_id": "P1", "carrier": "s10", "tracking_id": "RB123456786GB"})
	event("feedback", "LEFT", "2026-01-07T10:00:00Z", "S1", "O1", fields{"feedback_id": "F1", "rating": 1})
	event("shipments", "DELIVERED", "2026-01-11T10:00:00Z", "S1", "O2", fields{"shipment_id": "P2"})
	event("claims", "OPENED", "2026-01-12T10:00:00Z", "S1", "O3", fields{"claim_id": "C3", "reason": "DAMAGED"})
	event("claims", "DENIED", "2026-01-13T10:00:00Z", "S1", "O3", fields{"claim_id": "C3"})
	event("chargebacks", "OPENED", "2026-01-14T10:00:00Z", "S1", "O3", fields{"chargeback_id": "B3", "category": "SERVICE"})
	event("orders", "REFUNDED", "2026-01-14T11:00:00Z", "S1", "O3", nil)
	event("returns", "REQUESTED", "2026-01-15T10:00:00Z", "S1", "O5", fields{"return_id": "R5"})
	event("returns", "ANSWERED", "2026-01-18T10:00:00Z", "S1", "O5", fields{"return_id": "R5", "answer": "REJECTED", "in_policy": true})
	event("returns", "FEEDBACK", "2026-01-19T10:00:00Z", "S1", "O5", fields{"return_id": "R5", "negative": true})
	event("feedback", "LEFT", "2026-01-19T11:00:00Z", "S1", "O7", fields{"feedback_id": "F7", "rating": 2})
	placed(hostile, "..", "2026-01-20T00:00:00Z", "MFN", nil, "\x1b[2J\u202e/?&line")
	placed(hostile, "o\x1b[31m/\u202e%2F", "2026-01-20T00:00:00Z", "MFN", nil, "toys")
	event("feedback", "LEFT", "2026-01-21T00:00:00Z", hostile, "o\x1b[31m/\u202e%2F", fields{"feedback_id": "f\n\x1b]0;x\a", "rating": 1})
	placed("..", ".", "2026-01-20T00:00:00Z", "MFN", nil, "toys")
	return b.String()
}()

// marketAt has the market applied by a bounded run, up to 2026-01-20, and gives the directory of its state.
func marketAt(t *testing.T) (environment map[string]string, directory string) {
	t.Helper()
	environment = broker(t)
	directory = environment["SELLERPULSE_STATE_DIR"]
	must(t, environment, "", "topics", "--partitions", "2")
	must(t, environment, market, "produce")
	must(t, environment, "", "run", "--until-end", "--as-of", "2026-01-21T12:00:00Z")
	return environment, directory
}
