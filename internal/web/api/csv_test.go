package api

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sellerpulse/internal/view"
	"sellerpulse/pkg/events"
	"sellerpulse/test/enginetest"
)

// CSV has all alerts of a filter, whatever the limit of a page, and what JSON has of each.
func TestAlertsAsCSV(t *testing.T) {
	m := newMarket(t, random(1, 6500))
	v, _ := m.follow(view.Options{})
	s := serve(t, Options{View: v})
	for _, filter := range []string{"", "kind=BREACHED", "rule=none"} {
		want := pages(s, filter)
		if filter == "" && len(want) <= view.MaxLimit {
			t.Fatalf("%d alerts are of one page", len(want))
		}
		for _, a := range []answer{
			s.ask("/alerts?format=csv&limit=1&" + filter), s.ask("/alerts?"+filter, "Accept", "text/csv"), s.ask("/alerts?"+filter, "Accept", "application/json;q=0.5, text/csv"),
		} {
			rows, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
			if err != nil || a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/csv") || !strings.Contains(strings.Join(a.header.Values("Vary"), ","), "Accept") {
				t.Fatalf("%v, error %v: %v", filter, err, a.header)
			}
			if strings.Join(rows[0], ",") != strings.Join(csvColumns, ",") || len(rows)-1 != len(want) {
				t.Fatalf("%q: %d rows, want %d", filter, len(rows)-1, len(want))
			}
			for i, row := range rows[1:] {
				checkRow(t, row, want[i])
			}
		}
	}
	for _, accept := range []string{"", "*/*", "application/json", "text/html", "text/csv;q=0.1, application/json"} {
		if a := s.ask("/alerts", "Accept", accept); a.header.Get("Content-Type") != jsonType {
			t.Errorf("Accept %q gives %v", accept, a.header)
		}
	}
	if a := s.ask("/alerts?format=json", "Accept", "text/csv"); a.header.Get("Content-Type") != jsonType {
		t.Errorf("format=json gives %v", a.header)
	}
}

// checkRow compares each column with the field of its name.
func checkRow(t *testing.T, row []string, alert json.RawMessage) {
	t.Helper()
	var fields map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(alert)))
	decoder.UseNumber()
	if err := decoder.Decode(&fields); err != nil {
		t.Fatal(err)
	}
	for i, name := range csvColumns {
		value, within := fields[name], false
		for _, outer := range []string{"window", "components", "cause"} {
			if inner, ok := strings.CutPrefix(name, outer+"_"); ok {
				if of, ok := fields[outer].(map[string]any); ok {
					value = of[inner]
				}
				within = true
			}
		}
		want := ""
		switch v := value.(type) {
		case string:
			want = v
		case json.Number:
			want = v.String()
		case bool:
			want = map[bool]string{true: "true", false: "false"}[v]
		case []any:
			text, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			want = string(text)
		case nil:
			if _, ok := fields[name]; !ok && !within {
				t.Errorf("there is no field for the column %s", name)
			}
		}
		if row[i] != want {
			t.Errorf("%s is %q, want %q", name, row[i], want)
		}
	}
}

// No text of producers is a formula to a spreadsheet.
func TestCSVHasNoFormulas(t *testing.T) {
	hostile := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\ufeff=1", "＝1", "＋1", "－1", "＠1", "'=1", "\x00=1", `="a","b"`}
	harmless := []string{"S1", "a=1", "1-2", "商", `"`, ",", ""}
	for _, text := range hostile {
		if inert(text) != "'"+text {
			t.Errorf("%q is %q", text, inert(text))
		}
	}
	for _, text := range harmless {
		if inert(text) != text {
			t.Errorf("%q is %q", text, inert(text))
		}
	}
	var all []events.Event
	for i, id := range hostile {
		at := enginetest.Noon.UnixMilli() + int64(i)
		placed := events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, EventID: id, OccurredAt: at, SellerID: id, OrderID: id, OrderDate: at, Channel: events.MFN, ShipBy: events.None, DeliverBy: events.None,
		}
		cancelled := placed
		cancelled.Kind, cancelled.CancelledBy, cancelled.Reason, cancelled.OrderDate, cancelled.Channel = events.OrderCancelled, events.Seller, events.OutOfStock, events.None, 0
		all = append(all, placed, cancelled)
	}
	m := newMarket(t, all)
	v, _ := m.follow(view.Options{})
	rows, err := csv.NewReader(strings.NewReader(string(serve(t, Options{View: v}).ask("/alerts?format=csv").body))).ReadAll()
	if err != nil || len(rows) != len(hostile)+1 {
		t.Fatalf("%d rows, error %v", len(rows), err)
	}
	for _, row := range rows {
		for i, value := range row {
			if value != "" && strings.ContainsAny(value[:1], "=+-@\t\r\n") {
				t.Errorf("%s begins as a formula: %q", csvColumns[i], value)
			}
		}
	}
}
