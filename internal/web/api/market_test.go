package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/simulate"
	"sellerpulse/internal/web/ask"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/oracle"
)

// Whatever happens on a market, what is answered is what the report command prints, what the oracle makes of the log, and what inspect says of the state.
func TestAnswersOfRandomMarkets(t *testing.T) {
	start := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC).UnixMilli()
	for name, all := range map[string][]events.Event{
		"days":    random(1, 500),
		"awkward": simulate.RandomMarketplace(simulate.RandomOptions{Seed: 2, Events: 1500, Sellers: 8, Start: start}),
	} {
		t.Run(name, func(t *testing.T) {
			m := newMarket(t, all)
			s, states := m.open(nil)
			reports, alerts := m.published()
			checked := 0
			for _, result := range m.references() {
				for _, id := range result.Sellers() {
					checkReport(s, id, reports[id], result)
					checkNumbers(s, id, result)
					checkOrders(s, states, id)
					checkAsInspect(s, states, id)
					checked++
				}
				checkAlertsOf(t, result, alerts)
			}
			checkSellers(s, reports)
			checkAlerts(s, alerts)
			if checked != len(reports) || checked < 3 || len(alerts) < 10 {
				t.Errorf("%d sellers of %d with reports, %d alerts: the test tests little", checked, len(reports), len(alerts))
			}
		})
	}
}

// checkReport compares the report with what the command prints, byte by byte, and its numbers with the oracle's.
func checkReport(s *site, id string, report *outputs.Report, result *oracle.Result) {
	s.t.Helper()
	path := "/sellers/" + segment(id)
	a := s.ask(path)
	conforms(s.t, path, "Report", a.body)
	if want := append(report.AppendJSON(nil), '\n'); !bytes.Equal(a.body, want) {
		s.t.Errorf("%s is\n%s, want\n%s", path, a.body, want)
	}
	var got Report
	if err := json.Unmarshal(a.body, &got); err != nil {
		s.t.Fatal(err)
	}
	want := result.Report(id)
	if string(got.Status) != want.Status {
		s.t.Errorf("%s: status %s, want %s", path, got.Status, want.Status)
	}
	for i, r := range want.Rules {
		if g := &got.Rules[i]; g.Rule != r.Rule || g.Numerator != int64(r.Numerator) || g.Denominator != int64(r.Denominator) || string(g.State) != fmt.Sprint(r.State) {
			s.t.Errorf("%s: %+v, want %+v", path, g, r)
		}
	}
}

// checkNumbers compares what is asked of the state with the oracle.
func checkNumbers(s *site, id string, result *oracle.Result) {
	s.t.Helper()
	want := result.Report(id)
	path := "/sellers/" + segment(id)
	standings := get200[inspect.Standings](s, path+"/rules", "Standings")
	for i, r := range want.Rules {
		g := &standings.Rules[i]
		if g.Rule != r.Rule || g.Numerator != int64(r.Numerator) || g.Denominator != int64(r.Denominator) || g.State != fmt.Sprint(r.State) || g.Window.From.String() != fmt.Sprint(r.Window.From) {
			s.t.Errorf("%s/rules: %+v, want %+v", path, g, r)
		}
	}
	numbers := map[string][2]int64{}
	today := standings.Today
	for _, days := range []int32{7, 30, 60} {
		period := get200[inspect.Period](s, fmt.Sprintf("%s?from=%v&to=%v", path, today+1-windows.Date(days), today), "Period")
		for _, n := range period.Metrics {
			numbers[fmt.Sprint(days, n.Metric, n.Channel, textOf(n.ProductLine))] = [2]int64{n.Numerator, n.Denominator}
		}
	}
	for _, w := range want.Metrics {
		got, ok := numbers[fmt.Sprint(w.Window.Days, w.Metric, w.Channel, textOf(w.ProductLine))]
		if w.Window.Days == 10 {
			continue // Of these no period was asked for.
		}
		if !ok || got != [2]int64{int64(w.Numerator), int64(w.Denominator)} {
			s.t.Errorf("%s: period of %d days has %v, want %+v", path, w.Window.Days, got, w)
		}
	}
}

func textOf(text *string) string {
	if text == nil {
		return "all"
	}
	return fmt.Sprintf("%q", *text)
}

// checkOrders walks the pages of the orders behind each number: each is there once, and they add up to it.
func checkOrders(s *site, states *ask.States, id string) {
	s.t.Helper()
	path := "/sellers/" + segment(id)
	for _, r := range rules.BuiltIn().Versions() {
		for _, part := range inspect.Whiches() {
			var numerator, denominator int64
			seen := map[string]bool{}
			first := get200[inspect.Orders](s, fmt.Sprintf("%s/orders?rule=%s&which=%s&limit=2", path, r.Name, part), "Orders")
			for page := first; ; {
				for _, line := range page.Orders {
					if seen[line.OrderID] {
						s.t.Errorf("%s: order %q twice", path, line.OrderID)
					}
					seen[line.OrderID] = true
					numerator, denominator = numerator+line.Numerator, denominator+line.Denominator
				}
				if page.Next == nil {
					break
				}
				page = get200[inspect.Orders](s, fmt.Sprintf("%s/orders?rule=%s&which=%s&limit=3&cursor=%s", path, r.Name, part, *page.Next), "Orders")
			}
			if int64(len(seen)) != *first.Total {
				s.t.Errorf("%s: %d orders of %s of %s, told were %d", path, len(seen), part, r.Name, *first.Total)
			}
			if part == inspect.Numerator && numerator != first.Numbers.Numerator || part == inspect.Denominator && denominator != first.Numbers.Denominator {
				s.t.Errorf("%s: %s of %s adds up to %d of %d, want %+v", path, part, r.Name, numerator, denominator, first.Numbers)
			}
		}
	}
	all := get200[inspect.Orders](s, path+"/orders?limit=500", "Orders")
	for _, line := range all.Orders {
		of := path + "/orders/" + segment(line.OrderID)
		same(s, states, id, of, "Order", func(p *inspect.Partition) (any, error) { return p.Order(id, line.OrderID) })
	}
}

// checkAsInspect compares answers with those of inspect itself.
func checkAsInspect(s *site, states *ask.States, id string) {
	s.t.Helper()
	path := "/sellers/" + segment(id)
	same(s, states, id, path+"/forecast?days=40", "Forecast", func(p *inspect.Partition) (any, error) { return p.Forecast(id, 40) })
	same(s, states, id, path+"/forecast", "Forecast", func(p *inspect.Partition) (any, error) { return p.Forecast(id, 30) })
	for _, m := range rules.Metrics() {
		for _, line := range []*string{nil, new(string)} {
			query := url.Values{"metric": {m.String()}, "channel": {"MFN"}}
			if line != nil {
				query.Set("product_line", *line)
			}
			same(s, states, id, path+"/history?"+query.Encode(), "History", func(p *inspect.Partition) (any, error) {
				channel := rules.MFN
				return p.History(id, inspect.HistoryQuery{Metric: m.FullName(), Channel: &channel, ProductLine: line})
			})
		}
	}
	same(s, states, id, path+"/orders?metric=claim_rate&which=denominator&channel=AFN&product_line=toys", "Orders", func(p *inspect.Partition) (any, error) {
		metric, channel, line := rules.ClaimRate, rules.AFN, "toys"
		return p.Orders(id, inspect.OrdersQuery{Metric: metric.FullName(), Which: inspect.Denominator, Channel: &channel, ProductLine: &line})
	})
}

// same compares an answer with what is to be answered, byte by byte.
func same(s *site, states *ask.States, seller, path, schema string, of func(*inspect.Partition) (any, error)) {
	s.t.Helper()
	var want bytes.Buffer
	err := states.Of(s.t.Context(), seller, func(p *inspect.Partition) error {
		content, err := of(p)
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		if err == nil {
			err = encoder.Encode(content)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	a := s.ask(path)
	if conforms(s.t, path, schema, a.body); !bytes.Equal(a.body, want.Bytes()) {
		s.t.Errorf("%s is\n%s, want\n%s", path, a.body, want.Bytes())
	}
}

// checkSellers walks the pages of all sellers in every order, and compares each with its report.
func checkSellers(s *site, reports map[string]*outputs.Report) {
	s.t.Helper()
	for _, sort := range sorts {
		seen := map[string]bool{}
		for next := ""; ; {
			path := fmt.Sprintf("/sellers?sort=%s&limit=2&cursor=%s", sort, next)
			page := get200[struct {
				Sellers []struct {
					SellerID string `json:"seller_id"`
					Status   string
					Rules    []json.RawMessage
				}
				Total int
				Next  *string `json:"next_cursor"`
			}](s, path, "Sellers")
			if page.Total != len(reports) {
				s.t.Errorf("%s: %d in all, want %d", path, page.Total, len(reports))
			}
			for _, seller := range page.Sellers {
				report := reports[seller.SellerID]
				if seen[seller.SellerID] || report == nil || seller.Status != report.Status.String() || len(seller.Rules) != len(report.Rules) {
					s.t.Fatalf("%s has %+v, want %+v once", path, seller, report)
				}
				seen[seller.SellerID] = true
				for i := range seller.Rules {
					if want := report.Rules[i].AppendJSON(nil); !bytes.Equal(seller.Rules[i], want) {
						s.t.Errorf("%s has %s, want %s", path, seller.Rules[i], want)
					}
				}
			}
			if page.Next == nil {
				break
			}
			next = *page.Next
		}
		if len(seen) != len(reports) {
			s.t.Errorf("%d sellers by %s, want %d", len(seen), sort, len(reports))
		}
	}
	checkFilters(s, reports)
	checkOverview(s, reports)
}

// checkFilters compares what each filter finds with a look at each report.
func checkFilters(s *site, reports map[string]*outputs.Report) {
	s.t.Helper()
	under := func(r *outputs.Report, name string, states ...rules.State) bool {
		return slices.ContainsFunc(r.Rules, func(rr outputs.RuleReport) bool {
			return (name == "" || rr.Rule == name) && (len(states) == 0 || slices.Contains(states, rr.State))
		})
	}
	filters := map[string]func(*outputs.Report) bool{
		"status=UNDER_REVIEW":              func(r *outputs.Report) bool { return r.Status == rules.StatusUnderReview },
		"status=ACTIVE,AT_RISK":            func(r *outputs.Report) bool { return r.Status != rules.StatusUnderReview },
		"rule=odr":                         func(r *outputs.Report) bool { return under(r, "odr") },
		"rule=none":                        func(*outputs.Report) bool { return false },
		"state=NO_DATA":                    func(r *outputs.Report) bool { return under(r, "", rules.NoData) },
		"rule=odr-early&state=BREACHED,OK": func(r *outputs.Report) bool { return under(r, "odr-early", rules.Breached, rules.OK) },
		"text=s1":                          func(r *outputs.Report) bool { return slices.Contains([]string{"S1", "S10"}, r.SellerID) },
		"status=&rule=&state=&text=&sort=": func(*outputs.Report) bool { return true },
	}
	for _, r := range rules.BuiltIn().Versions() {
		for state := range rules.NumStates {
			filters[fmt.Sprintf("rule=%s&state=%v", r.Name, state)] = func(report *outputs.Report) bool { return under(report, r.Name, state) }
		}
	}
	some := 0
	for query, matches := range filters {
		var want []string
		for id, r := range reports {
			if matches(r) {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		page := get200[struct {
			Sellers []struct {
				SellerID string `json:"seller_id"`
			}
		}](s, "/sellers?limit=500&"+query, "Sellers")
		var got []string
		for _, seller := range page.Sellers {
			got = append(got, seller.SellerID)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			s.t.Errorf("%s: %q, want %q", query, got, want)
		}
		if len(want) > 0 && len(want) < len(reports) {
			some++
		}
	}
	if some < 5 {
		s.t.Errorf("%d filters find some sellers and not others: the test tests little", some)
	}
}

func checkOverview(s *site, reports map[string]*outputs.Report) {
	s.t.Helper()
	statuses, states := map[string]int{}, map[string]map[string]int{}
	for _, r := range reports {
		statuses[r.Status.String()]++
		for _, rr := range r.Rules {
			if states[rr.Rule] == nil {
				states[rr.Rule] = map[string]int{}
			}
			states[rr.Rule][rr.State.String()]++
		}
	}
	o := get200[struct {
		Total    int
		Version  string
		Whole    bool
		Statuses map[string]int
		Rules    []RuleCounts
	}](s, "/overview?limit=3", "Overview")
	maps.DeleteFunc(o.Statuses, func(_ string, n int) bool { return n == 0 })
	if o.Total != len(reports) || o.Version != "test" || !o.Whole || !maps.Equal(o.Statuses, statuses) || len(o.Rules) != len(states) {
		s.t.Errorf("%+v, want %v", o, statuses)
	}
	for _, r := range o.Rules {
		maps.DeleteFunc(r.States, func(_ string, n int) bool { return n == 0 })
		if !maps.Equal(r.States, states[r.Rule]) {
			s.t.Errorf("%s: %v, want %v", r.Rule, r.States, states[r.Rule])
		}
	}
}
