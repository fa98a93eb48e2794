package api

import (
	"bufio"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"sellerpulse/pkg/outputs"
	"sellerpulse/test/apiclient"
)

// A client that was generated from the document reads every answer of a real server.
func TestAGeneratedClient(t *testing.T) {
	m := newMarket(t, random(1, 500))
	s, _ := m.open(nil)
	reports, alerts := m.published()
	client, err := apiclient.NewClientWithResponses(s.url + Prefix)
	if err != nil {
		t.Fatal(err)
	}
	sellers := walkSellers(t, client)
	if len(sellers) != len(reports) || len(sellers) == 0 {
		t.Fatalf("%d sellers, want %d", len(sellers), len(reports))
	}
	for _, seller := range sellers {
		got, err := client.GetSellerWithResponse(t.Context(), seller.SellerId, nil)
		if err != nil || got.JSON200 == nil {
			t.Fatalf("%s: %v: %s", seller.SellerId, err, got.Body)
		}
		report, err := got.JSON200.AsReport()
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, report, string(reports[seller.SellerId].AppendJSON(nil)))
		if !reflect.DeepEqual(report.Rules, seller.Rules) {
			t.Errorf("the list has %+v, the report %+v", seller.Rules, report.Rules)
		}
		askAbout(t, client, &report)
	}
	askOthers(t, client, alerts)
}

func walkSellers(t *testing.T, client *apiclient.ClientWithResponses) (all []apiclient.Seller) {
	t.Helper()
	limit, params := int64(1), apiclient.ListSellersParams{}
	for params.Limit = &limit; ; {
		page, err := client.ListSellersWithResponse(t.Context(), &params)
		if err != nil || page.JSON200 == nil {
			t.Fatalf("%v: %s", err, page.Body)
		}
		all = append(all, page.JSON200.Sellers...)
		if params.Cursor = page.JSON200.NextCursor; params.Cursor == nil {
			return all
		}
	}
}

// askAbout asks of the state of a seller: each answer is read whole, and its numbers are those of the report.
func askAbout(t *testing.T, client *apiclient.ClientWithResponses, report *apiclient.Report) {
	t.Helper()
	id := report.SellerId
	rules, err := client.GetSellerRulesWithResponse(t.Context(), id, nil)
	if err != nil || rules.JSON200 == nil {
		t.Fatalf("%v: %s", err, rules.Body)
	}
	sameJSON(t, rules.JSON200, string(rules.Body))
	for i := range report.Rules {
		r := &report.Rules[i]
		which := apiclient.ListOrdersParamsWhichDenominator
		orders, err := client.ListOrdersWithResponse(t.Context(), id, &apiclient.ListOrdersParams{Rule: &r.Rule, Which: &which})
		if err != nil || orders.JSON200 == nil {
			t.Fatalf("%v: %s", err, orders.Body)
		}
		sameJSON(t, orders.JSON200, string(orders.Body))
		if s := &rules.JSON200.Rules[i]; orders.JSON200.Numbers == nil || orders.JSON200.Numbers.Denominator != s.Denominator || s.Rule != r.Rule {
			t.Errorf("%s: orders %+v, rules %+v", id, orders.JSON200.Numbers, s)
		}
		for j := range orders.JSON200.Orders {
			order, err := client.GetOrderWithResponse(t.Context(), id, orders.JSON200.Orders[j].OrderId, nil)
			if err != nil || order.JSON200 == nil {
				t.Fatalf("%v: %s", err, order.Body)
			}
			sameJSON(t, order.JSON200, string(order.Body))
			behind, err := client.ListOrderEventsWithResponse(t.Context(), id, orders.JSON200.Orders[j].OrderId, nil)
			if err != nil || behind.JSON200 == nil {
				t.Fatalf("%v: %s", err, behind.Body)
			}
			sameJSON(t, behind.JSON200, string(behind.Body))
		}
	}
	metric := "order_defect_rate"
	history, err := client.GetHistoryWithResponse(t.Context(), id, &apiclient.GetHistoryParams{Metric: &metric})
	if err != nil || history.JSON200 == nil {
		t.Fatalf("%v: %s", err, history.Body)
	}
	sameJSON(t, history.JSON200, string(history.Body))
	forecast, err := client.GetForecastWithResponse(t.Context(), id, nil)
	if err != nil || forecast.JSON200 == nil {
		t.Fatalf("%v: %s", err, forecast.Body)
	}
	sameJSON(t, forecast.JSON200, string(forecast.Body))
	period, err := client.GetSellerWithResponse(t.Context(), id, &apiclient.GetSellerParams{From: &history.JSON200.From, To: &history.JSON200.To})
	if err != nil || period.JSON200 == nil {
		t.Fatalf("%v: %s", err, period.Body)
	}
	numbers, err := period.JSON200.AsPeriod()
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, numbers, string(period.Body))
}

func askOthers(t *testing.T, client *apiclient.ClientWithResponses, alerts []outputs.Alert) {
	t.Helper()
	for i := range alerts {
		id := alerts[i].ID()
		why, err := client.GetAlertWithResponse(t.Context(), id, nil)
		if err != nil || why.JSON200 == nil || why.JSON200.Alert.AlertId != id {
			t.Fatalf("%s: %v: %s", id, err, why.Body)
		}
		sameJSON(t, why.JSON200, string(why.Body))
	}
	list, err := client.ListAlertsWithResponse(t.Context(), nil)
	if err != nil || list.JSON200 == nil {
		t.Fatalf("%v: %s", err, list.Body)
	}
	sameJSON(t, list.JSON200, string(list.Body))
	overview, err := client.GetOverviewWithResponse(t.Context(), nil)
	if err != nil || overview.JSON200 == nil {
		t.Fatalf("%v: %s", err, overview.Body)
	}
	sameJSON(t, overview.JSON200, string(overview.Body))
	rules, err := client.ListRulesWithResponse(t.Context())
	if err != nil || rules.JSON200 == nil || len(rules.JSON200.Rules) != 8 {
		t.Fatalf("%v: %s", err, rules.Body)
	}
	sameJSON(t, rules.JSON200, string(rules.Body))
	tasks, err := client.ListTasksWithResponse(t.Context())
	if err != nil || tasks.JSON200 == nil {
		t.Fatalf("%v: %s", err, tasks.Body)
	}
	missing, err := client.GetOrderWithResponse(t.Context(), "S1", "none", nil)
	if err != nil || missing.ApplicationproblemJSONDefault == nil || *missing.ApplicationproblemJSONDefault.Status != 404 {
		t.Errorf("%v: %s", err, missing.Body)
	}
	stream, err := client.StreamAlerts(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	if line, err := bufio.NewReader(stream.Body).ReadString('\n'); err != nil || !strings.HasPrefix(line, "retry: ") {
		t.Errorf("the stream begins with %q, error %v", line, err)
	}
}

// sameJSON compares what a client read with what was sent: nothing is lost, and nothing is other than the types say.
func sameJSON(t *testing.T, read any, sent string) {
	t.Helper()
	text, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(sent), &want); err != nil {
		t.Fatal(err)
	}
	if got, want = instants(got), instants(want); !reflect.DeepEqual(got, want) {
		t.Errorf("read is\n%v, sent was\n%v", got, want)
	}
}

// instants leaves out the zeros that Go does not write.
func instants(content any) any {
	switch c := content.(type) {
	case string:
		if strings.HasSuffix(c, "Z") && strings.Contains(c, ".") {
			return strings.TrimSuffix(strings.TrimRight(strings.TrimSuffix(c, "Z"), "0"), ".") + "Z"
		}
	case []any:
		for i := range c {
			c[i] = instants(c[i])
		}
	case map[string]any:
		for name := range c {
			c[name] = instants(c[name])
		}
	}
	return content
}
