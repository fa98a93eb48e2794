package api

import (
	"fmt"
	"strings"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/enginetest"
)

// Each parameter's error names it and what is allowed.
func TestParametersThatAreWrong(t *testing.T) {
	m := newMarket(t, random(1, 100))
	s, _ := m.open(nil)
	const seller = "/sellers/S1"
	sellers := get200[struct {
		Next *string `json:"next_cursor"`
	}](s, "/sellers?limit=1", "Sellers")
	orders := get200[struct {
		Next *string `json:"next_cursor"`
	}](s, seller+"/orders?limit=1", "Orders")
	for path, want := range map[string][2]string{
		"/sellers?status=BAD":                              {"query.status[0]", "ACTIVE, AT_RISK, UNDER_REVIEW"},
		"/sellers?status=ACTIVE,active":                    {"query.status[1]", "ACTIVE, AT_RISK, UNDER_REVIEW"},
		"/sellers?state=GOOD":                              {"query.state[0]", "NO_DATA, OK, AT_RISK, BREACHED"},
		"/sellers?sort=name":                               {"query.sort", "nearness, id, as_of, recovered"},
		"/sellers?limit=0":                                 {"query.limit", ">= 1"},
		"/sellers?limit=501":                               {"query.limit", "<= 500"},
		"/sellers?limit=ten":                               {"query.limit", "invalid integer"},
		"/sellers?limit=99999999999999999999":              {"query.limit", "invalid integer"},
		"/sellers?cursor=x":                                {"query.cursor", "begin again without one"},
		"/sellers?sort=id&cursor=" + *sellers.Next:         {"query.cursor", "of another order of sellers"},
		"/sellers?cursor=" + *orders.Next:                  {"query.cursor", "begin again without one"},
		"/sellers?statuss=ACTIVE":                          {"query.statuss", "use status, rule, state, text, sort, cursor, limit"},
		"/sellers?limit=1&limit=2":                         {"query.limit", "given 2 times"},
		"/sellers?text=%zz":                                {"query", "percent-encode"},
		"/sellers?text=a;b":                                {"query", "percent-encode"},
		"/overview?limit=1000":                             {"query.limit", "<= 500"},
		"/rules?rule=odr":                                  {"query.rule", "nothing is to be given here"},
		seller + "?from=yesterday":                         {"query.from", "date"},
		seller + "?from=2016-13-01":                        {"query.from", "date"},
		seller + "?from=2016-03-02&to=2016-03-01":          {"query.from", "give the earlier date first"},
		seller + "?from=1999-01-01&to=1999-01-02":          {"query.from", "are kept: choose of these"},
		seller + "/rules?from=2016-01-01":                  {"query.from", "use seller"},
		seller + "/orders?rule=none":                       {"query.rule", "use odr, odr-early, cancellation"},
		seller + "/orders?rule=odr&metric=claim_rate":      {"query.rule", "give one of them"},
		seller + "/orders?metric=none":                     {"query.metric", "order_defect_rate, negative_feedback_rate"},
		seller + "/orders?rule=odr&part=DE":                {"query.part", "has no parts: give none"},
		seller + "/orders?metric=claim_rate&part=DE":       {"query.part", "give the rule too"},
		seller + "/orders?which=some":                      {"query.which", "numerator, denominator, miss, all"},
		seller + "/orders?which=miss":                      {"query.which", "give a metric or a rule"},
		seller + "/orders?channel=FBA":                     {"query.channel", "ALL, AFN, MFN"},
		seller + "/orders?to=x":                            {"query.to", "date"},
		seller + "/orders?limit=501":                       {"query.limit", "<= 500"},
		seller + "/orders?cursor=x":                        {"query.cursor", "begin again without one"},
		seller + "/orders?rule=odr&cursor=" + *orders.Next: {"query.cursor", "another question"},
		seller + "/orders?cursor=" + *sellers.Next:         {"query.cursor", "begin again without one"},
		seller + "/history":                                {"query.metric", "give a metric or a rule"},
		seller + "/history?metric=claims":                  {"query.metric", "claim_rate"},
		seller + "/history?metric=claim_rate&from=1":       {"query.from", "date"},
		seller + "/history?metric=claim_rate&channel=all":  {"query.channel", "ALL, AFN, MFN"},
		seller + "/forecast?days=0":                        {"query.days", ">= 1"},
		seller + "/forecast?days=181":                      {"query.days", "<= 180"},
		seller + "/orders/O1?which=all":                    {"query.which", "use seller, order"},
		seller + "/rules?seller=S2":                        {"query.seller", "put ~ in its place"},
		"/sellers/~/rules?seller=":                         {"query.seller", "it is empty"},
		"/sellers/~/rules?seller=S1&seller=S2":             {"query.seller", "given 2 times"},
		seller + "/orders/O1?order=O2":                     {"query.order", "put ~ in its place"},
		"/sellers/~/orders/~?seller=S1&order=":             {"query.order", "it is empty"},
		"/sellers?seller=S1":                               {"query.seller", "use status"},
		"/alerts/S1%2Fodr%2F1?id=S2%2Fodr%2F1":             {"query.id", "put ~ in its place"},
		"/alerts?from=then":                                {"query.from", "2026-01-31T12:00:00Z"},
		"/alerts?to=2016-02-30":                            {"query.to", "2026-01-31T12:00:00Z"},
		"/alerts?kind=GONE":                                {"query.kind[0]", "BREACHED, AT_RISK, RESOLVED"},
		"/alerts?class=contractual":                        {"query.class[0]", "CONTRACTUAL, ADVISORY"},
		"/alerts?format=xml":                               {"query.format", "json, csv"},
		"/alerts?cursor=AAAA":                              {"query.cursor", "begin again without one"},
		"/alerts?format=csv&cursor=AAAA":                   {"query.cursor", "begin again without one"},
		"/alerts/stream?cursor=AAAA":                       {"query.cursor", "begin again without one"},
		"/alerts/stream?from=2016-01-01":                   {"query.from", "use cursor"},
	} {
		p := s.problem(path, 422)
		if len(p.Errors) != 1 || p.Detail != "validation failed: "+p.Errors[0].Location+": "+p.Errors[0].Message || p.Errors[0].Location != want[0] || !strings.Contains(strings.ReplaceAll(p.Errors[0].Message, `"`, ""), want[1]) {
			t.Errorf("%s: %+v, want one of %s with %q", path, p, want[0], want[1])
		}
	}
	nobody := "/sellers/" + neighbour("S1")
	for path, want := range map[string]string{
		nobody:                                "not found",
		nobody + "/rules":                     "no order of it was ever placed",
		nobody + "/orders":                    "no order of it was ever placed",
		nobody + "/history?metric=claim_rate": "no order of it was ever placed",
		nobody + "/forecast":                  "no order of it was ever placed",
		nobody + "/orders/O1":                 "no order of it was ever placed",
		seller + "/orders/none":               "there is none, or none any more",
		seller + "/order":                     "openapi.json",
		"/none":                               "openapi.json",
		"/":                                   "openapi.json",
		"/sellers/":                           "openapi.json",
		"/sellers//rules":                     "a segment of the path is empty",
		"//sellers":                           "a segment of the path is empty",
		seller + "/orders//O1":                "a segment of the path is empty",
	} {
		if p := s.problem(path, 404); !strings.Contains(p.Detail, want) {
			t.Errorf("%s: %+v, want %q", path, p, want)
		}
	}
}

// neighbour is a seller that there is none of, of the partition of another.
func neighbour(of string) string {
	for i := 0; ; i++ {
		id := fmt.Sprint("nobody ", i)
		if stream.PartitionFor([]byte(id), partitions) == stream.PartitionFor([]byte(of), partitions) {
			return segment(id)
		}
	}
}

// Of dates one may be left out; an empty product line is a line, and none is all.
func TestParametersThatAreLeftOut(t *testing.T) {
	m := newMarket(t, random(1, 300))
	s, _ := m.open(nil)
	type period struct {
		From, To string
		KeptFrom string `json:"kept_from"`
		Today    string
	}
	all := get200[period](s, "/sellers/S1?from="+get200[period](s, "/sellers/S1/rules", "Standings").KeptFrom, "Period")
	if all.From != all.KeptFrom || all.To != all.Today {
		t.Errorf("%+v, want all that is kept", all)
	}
	if until := get200[period](s, "/sellers/S1?to="+all.Today, "Period"); until != all {
		t.Errorf("%+v, want %+v", until, all)
	}
	type history struct {
		Line  *string `json:"product_line"`
		Dates []struct{ Denominator int64 }
	}
	sum := func(h history) (n int64) {
		for _, d := range h.Dates {
			n += d.Denominator
		}
		return n
	}
	const path = "/sellers/S1/history?metric=claim_rate"
	whole, empty := get200[history](s, path, "History"), get200[history](s, path+"&product_line=", "History")
	if whole.Line != nil || empty.Line == nil || *empty.Line != "" || sum(empty) == 0 || sum(empty) >= sum(whole) {
		t.Errorf("%d orders of all lines, %d of the empty one", sum(whole), sum(empty))
	}
}

// hostileIDs are ids as nobody would name sellers and orders.
var hostileIDs = []string{
	"a/b", "/", "//", "a//b", "/a/", ".", "..", "../..", "./x", "a/../b", "...", "%2F", "%", "%00", "\x00", "a\x00b", "a b", " ", "+", "?", "a?b=c", "#", "&", ";", "=", "{seller}",
	"orders", "rules", "stream", "<script>", `"`, `\`, "'", "\n", "\r\nX: y", "\t", "\u202egnirts\u202c", "\u2028", "é", "e\u0301", "商", "\U0001F600", "\ufeff", "~", ":", "@", "!$&'()*+,;=", strings.Repeat("x", 300),
	strings.Repeat("商", 300), strings.Repeat("/", 300),
}

// Ids arrive as they were encoded, whatever they are, of sellers, orders and alerts.
func TestHostileIDs(t *testing.T) {
	var all []events.Event
	for i, id := range hostileIDs {
		at := enginetest.Noon.UnixMilli() + int64(i)
		placed := events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, EventID: "p", OccurredAt: at, SellerID: id, OrderID: id, OrderDate: at, Channel: events.MFN,
			ShipBy: events.None, DeliverBy: events.None, Items: []events.Item{{ItemID: id, ProductLine: id, Quantity: 1}},
		}
		cancelled := placed
		cancelled.Kind, cancelled.EventID, cancelled.CancelledBy, cancelled.Reason = events.OrderCancelled, "c", events.Seller, events.OutOfStock
		cancelled.OrderDate, cancelled.Channel, cancelled.Items = events.None, 0, nil
		all = append(all, placed, cancelled)
	}
	m := newMarket(t, all)
	s, _ := m.open(nil)
	type named struct {
		SellerID string `json:"seller_id"`
		OrderID  string `json:"order_id"`
		Total    *int64
		Alert    struct {
			AlertID string `json:"alert_id"`
		}
	}
	for _, id := range hostileIDs {
		path := "/sellers/" + segment(id)
		for below, schema := range map[string]string{"": "Report", "/rules": "Standings", "/forecast": "Forecast", "/history?metric=claim_rate": "History"} {
			if got := get200[named](s, path+below, schema); got.SellerID != id {
				t.Errorf("%s is of %q, want %q", path+below, got.SellerID, id)
			}
		}
		if got := get200[named](s, path+"/orders/"+segment(id), "Order"); got.SellerID != id || got.OrderID != id {
			t.Errorf("%q: %+v", id, got)
		}
		if got := get200[named](s, path+"/orders?rule=cancellation&product_line="+escaped(id), "Orders"); got.SellerID != id || *got.Total != 1 {
			t.Errorf("%q: %+v", id, got)
		}
		for path, schema := range map[string]string{
			"/sellers/~?seller=" + escaped(id): "Report", "/sellers/~/rules?seller=" + escaped(id): "Standings", "/sellers/~/forecast?days=1&seller=" + escaped(id): "Forecast",
			"/sellers/~/history?metric=claim_rate&seller=" + escaped(id): "History", "/sellers/~/orders?rule=cancellation&seller=" + escaped(id): "Orders",
			"/sellers/~/orders/~?order=" + escaped(id) + "&seller=" + escaped(id): "Order", "/sellers/~/orders/~/events?seller=" + escaped(id) + "&order=" + escaped(id): "OrderEvents",
			path + "/orders/~?order=" + escaped(id): "Order", path + "/orders/" + segment(id) + "/events": "OrderEvents", path + "/rules?seller=" + escaped(id): "Standings",
		} {
			if got := get200[named](s, path, schema); got.SellerID != id || got.OrderID != id && strings.HasPrefix(schema, "Order") && schema != "Orders" {
				t.Errorf("%s is of %q, want %q", path, got.SellerID, id)
			}
		}
		if got := get200[named](s, "/alerts/~?id="+escaped(id+"/cancellation/1"), "Why"); got.Alert.AlertID != id+"/cancellation/1" {
			t.Errorf("%q: %+v", id, got)
		}
		if got := get200[named](s, "/alerts/"+segment(id+"/cancellation/1"), "Why"); got.Alert.AlertID != id+"/cancellation/1" {
			t.Errorf("%q: %+v", id, got)
		}
		if got := pages(s, "seller="+escaped(id)); len(got) != 1 {
			t.Errorf("%q has %d alerts", id, len(got))
		}
	}
}
