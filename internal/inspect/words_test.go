package inspect_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// applyJSON takes in an event of seller S and order O so many hours after noon, in JSON.
func (m *machine) applyJSON(hours float64, topic, kind string, changes ...string) {
	m.Helper()
	changes = append(changes, "occurred_at", `"`+hoursAfter(hours)+`"`)
	line := append([]byte(`{"topic":"`+topic+`",`), enginetest.JSON("S", kind, "O", changes...)[1:]...)
	var e events.Event
	m.must(events.ParseLine(line, &e))
	m.apply(e)
}

func hoursAfter(hours float64) string {
	return events.FormatInstant(noon + int64(hours*3_600_000))
}

// Every shipment says why its tracking is or is not valid, and which number counts.
func TestTrackingInWords(t *testing.T) {
	m := newMachine(t, time.UTC, engine.Options{})
	m.applyJSON(0, "orders", "PLACED")
	number := func(hours float64, kind, shipment, carrier, id string) {
		m.applyJSON(hours, "shipments", kind, "shipment_id", `"`+shipment+`"`, "carrier", `"`+carrier+`"`, "tracking_id", `"`+id+`"`)
	}
	const good = "RB123456785GB"
	number(1, "TRACKING_UPDATED", "unconfirmed", "s10", good)
	m.applyJSON(1, "shipments", "CONFIRMED", "shipment_id", `"none"`)
	number(1, "CONFIRMED", "carrier", "nobody", good)
	number(1, "CONFIRMED", "format", "s10", "RB123456784GB")
	number(1, "CONFIRMED", "unscanned", "s10", good)
	number(1, "CONFIRMED", "scanned", "s10", good)
	m.applyJSON(2, "shipments", "SCANNED", "shipment_id", `"scanned"`)
	number(1, "CONFIRMED", "delivered", "s10", "wrong")
	number(2, "TRACKING_UPDATED", "delivered", "s10", good)
	m.applyJSON(3, "shipments", "DELIVERED", "shipment_id", `"delivered"`)
	number(3, "TRACKING_UPDATED", "delivered", "nobody", good)
	number(3, "CONFIRMED", "late", "s10", good)
	m.applyJSON(3, "shipments", "DELIVERED", "shipment_id", `"late"`)
	m.commit()
	a := m.ask()
	defer a.close()
	o, err := a.Order("S", "O")
	m.must(err)
	got := map[string]string{}
	for _, s := range o.Row.Shipments {
		texts := []string{enginetest.Number(s.Invalid)}
		for _, p := range s.Tracking {
			texts = append(texts, fmt.Sprintf("%v/%s/%v/%s", p.Valid, enginetest.Number(p.Invalid), p.Counts, enginetest.Number(p.PassedOver)))
		}
		got[s.ShipmentID] = strings.Join(texts, " ")
	}
	want := map[string]string{
		"unconfirmed": "NOT_CONFIRMED true/null/true/null",
		"none":        "NO_NUMBER",
		"carrier":     "UNKNOWN_CARRIER false/UNKNOWN_CARRIER/true/null",
		"format":      "WRONG_FORMAT false/WRONG_FORMAT/true/null",
		"unscanned":   "NOT_SCANNED true/null/true/null",
		"scanned":     "null true/null/true/null",
		"delivered":   "null false/WRONG_FORMAT/false/SUPERSEDED true/null/true/null false/UNKNOWN_CARRIER/false/AFTER_DELIVERY",
		"late":        "NO_NUMBER true/null/false/AFTER_DELIVERY",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("tracking is %v, want %v", got, want)
	}
}

// Facts are so since the instant that decides them.
func TestSinceInWords(t *testing.T) {
	m := newMachine(t, time.UTC, engine.Options{})
	m.applyJSON(0, "orders", "PLACED", "ship_by", `"`+hoursAfter(10)+`"`, "deliver_by", `"`+hoursAfter(60)+`"`)
	m.applyJSON(20, "shipments", "CONFIRMED", "shipment_id", `"s"`, "carrier", `"s10"`, "tracking_id", `"RB123456785GB"`)
	m.applyJSON(21, "shipments", "SCANNED", "shipment_id", `"s"`)
	m.applyJSON(22, "feedback", "LEFT", "feedback_id", `"f"`, "rating", "2")
	m.applyJSON(23, "claims", "OPENED", "claim_id", `"c"`)
	m.applyJSON(24, "returns", "REQUESTED", "return_id", `"r"`)
	m.applyJSON(25, "orders", "REFUNDED")
	m.advance(noon + 100*3_600_000)
	m.commit()
	a := m.ask()
	defer a.close()
	o, err := a.Order("S", "O")
	m.must(err)
	var got []string
	for _, f := range o.Row.Facts {
		got = append(got, fmt.Sprintln(f.Fact, f.Of, enginetest.Number(f.ID), enginetest.Number(f.Since.Since), enginetest.Number(f.NotBefore), enginetest.Number(f.NotAfter)))
	}
	since := func(hours float64) string { return hoursAfter(hours) + " null null" }
	var want []string
	for _, text := range []string{
		"orders order null " + since(0),
		"defective feedback f " + since(22), "defective claim c " + since(23),
		"negative_feedback feedback f " + since(22), "claim claim c " + since(23), "claim_counts claim c " + since(23),
		"refunded order null null " + hoursAfter(0) + " null", // It is not kept when.
		"late_shipped shipment s " + since(20), "shipments_confirmed shipment s " + since(20),
		"shipments_valid_tracking shipment s " + since(21),
		"shipments_settled shipment s " + hoursAfter(60)[:20] + "001Z null null",
		"returns_requested return r " + since(24), "returns_negative return r " + hoursAfter(72)[:20] + "001Z null null",
	} {
		want = append(want, text+"\n")
	}
	enginetest.CompareLists(t, "facts", got, want)
	if r := &o.Row.Returns[0]; fmt.Sprint(r.Reasons) != "[NOT_ANSWERED_IN_TIME]" || r.AnswerBy.String() != hoursAfter(72) {
		t.Errorf("the return is %+v", r)
	}
	if s := &o.Row.Shipments[0]; !s.Late || !s.Settled || s.OnTime || s.SettlesAt != nil || s.Promise.Of != "order" || s.Promise.By != "PLACED" {
		t.Errorf("the shipment is %+v", s)
	}
}

// Every answer is JSON that reads back the same, and of the style of the project's other outputs.
func TestAnswersAsJSON(t *testing.T) {
	m := newMachine(t, time.UTC, engine.Options{})
	m.applyJSON(0, "orders", "PLACED", "items", `[{"item_id":"1","product_line":"toys","quantity":2}]`, "ship_by", `"`+hoursAfter(10)+`"`)
	m.applyJSON(20, "shipments", "CONFIRMED", "shipment_id", `"s"`, "carrier", `"s10"`, "tracking_id", `"RB123456785GB"`)
	m.applyJSON(22, "feedback", "LEFT", "feedback_id", `"f"`, "rating", "2")
	m.applyJSON(23, "orders", "CANCELLED", "cancelled_by", `"BUYER"`, "reason", `"OTHER"`)
	m.applyJSON(24, "returns", "REQUESTED", "return_id", `"r"`)
	m.apply(fact(events.ClaimOpened, &events.Event{SellerID: "S", OrderID: "waits"}, noon+24*3_600_000, "c"))
	m.commit()
	a := m.ask()
	defer a.close()
	metric := rules.LateShipmentRate
	for name, ask := range map[string]func() (any, error){
		"period":   func() (any, error) { return a.Period("S", a.Today()-2, a.Today()) },
		"rules":    func() (any, error) { return a.Rules("S") },
		"orders":   func() (any, error) { return a.Orders("S", inspect.OrdersQuery{Metric: metric.FullName()}) },
		"order":    func() (any, error) { return a.Order("S", "O") },
		"parked":   func() (any, error) { return a.Order("S", "waits") },
		"history":  func() (any, error) { return a.History("S", inspect.HistoryQuery{Metric: metric.FullName()}) },
		"forecast": func() (any, error) { return a.Forecast("S", 3) },
	} {
		answer, err := ask()
		m.must(err)
		written, err := json.Marshal(answer)
		m.must(err)
		again := reflect.New(reflect.TypeOf(answer).Elem()).Interface()
		if err := json.Unmarshal(written, again); err != nil || !reflect.DeepEqual(again, answer) {
			t.Errorf("%s: %s reads back otherwise: %v", name, written, err)
		}
		if !bytes.HasPrefix(written, []byte(`{"seller_id":"S","as_of":"2026-05-02T12:00:00.000Z","today":"2026-05-02","kept_from":"2026-01-02","counted_from":"2026-01-02",`)) {
			t.Errorf("%s begins %.120s", name, written)
		}
	}
	page, err := a.Orders("S", inspect.OrdersQuery{Metric: metric.FullName()})
	m.must(err)
	written, err := json.Marshal(page)
	m.must(err)
	if string(written) != wantPage {
		t.Errorf("a page is\n%s, want\n%s", written, wantPage)
	}
}

const wantPage = `{"seller_id":"S","as_of":"2026-05-02T12:00:00.000Z","today":"2026-05-02","kept_from":"2026-01-02","counted_from":"2026-01-02",` +
	`"rule":null,"metric":"late_shipment_rate","part":null,"which":"miss","channel":"MFN","product_line":null,"from":"2026-04-23","to":"2026-05-02",` +
	`"numbers":{"numerator":1,"denominator":1,"rate":1},"total":1,"total_cut":false,` +
	`"orders":[{"order_id":"O","order_date":"2026-05-01","channel":"MFN","product_lines":["toys"],"product_lines_omitted":0,"numerator":1,"denominator":1,` +
	`"excused":false,"counts":{"orders":1,"defective":1,"negative_feedback":1,"claim":0,"claim_counts":0,"chargeback":0,"chargeback_counts":0,"refunded":1,` +
	`"seller_cancelled":0,"late_shipped":1,"shipments_confirmed":1,"shipments_valid_tracking":0,"shipments_settled":0,"shipments_on_time":0,` +
	`"returns_requested":1,"returns_negative":0},` +
	`"made_by":[{"fact":"late_shipped","of":"shipment","id":"s","since":"2026-05-02T08:00:00.000Z","not_before":null,"not_after":null,"without":null}],` +
	`"made_by_omitted":0}],"next_cursor":null}`
