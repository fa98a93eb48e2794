package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
)

// What the commands tell of real sellers is what their reports and alerts have.
func TestRealSellers(t *testing.T) {
	const asOf = "2018-03-01T00:00:00Z"
	var until []map[string]any
	for _, e := range realOrders(t, time.Time{}, time.Time{}) {
		if e["occurred_at"].(string) < asOf {
			until = append(until, e)
		}
	}
	environment := broker(t)
	directory := environment["SELLERPULSE_STATE_DIR"]
	delete(environment, "SELLERPULSE_STATE_DIR")
	must(t, environment, "", "topics", "--partitions", "1")
	must(t, environment, jsonLines(t, until), "produce")
	must(t, environment, "", "run", "--until-end", "--as-of", asOf, "--state-dir", directory)
	reports := map[string]*reportText{}
	for line := range strings.Lines(must(t, environment, "", "report", "--all")) {
		r := new(reportText)
		if err := json.Unmarshal([]byte(line), r); err != nil {
			t.Fatal(err)
		}
		reports[r.SellerID] = r
	}
	a := &asker{t: t, environment: environment, flags: []string{"--state-dir", directory, "--output", "json"}}
	sellers := busiest(reports, 12)
	for _, seller := range sellers {
		a.check(reports[seller])
	}
	a.alerts(sellers)
	if a.orders == 0 || a.explained == 0 {
		t.Errorf("%d orders listed, %d alerts explained: nothing was compared", a.orders, a.explained)
	}
	a.flags = []string{"--url", api(t, environment, directory, 1, ""), "--output", "json"}
	for _, seller := range sellers[:3] {
		a.check(reports[seller])
	}
}

// reportText is what is compared of a report.
type reportText struct {
	SellerID string `json:"seller_id"`
	AsOf     string `json:"as_of"`
	Rules    []struct {
		Rule, Metric, State, Target string
		Window                      window
		inspect.Numbers
	}
	Metrics []struct {
		Metric, Channel string
		ProductLine     *string `json:"product_line"`
		Window          window
		inspect.Numbers
	}
}

type window struct {
	Days     int
	From, To string
}

// busiest are the sellers with the most orders over 60 days.
func busiest(reports map[string]*reportText, n int) (sellers []string) {
	for id := range reports {
		sellers = append(sellers, id)
	}
	slices.SortFunc(sellers, func(a, b string) int {
		if x, y := reports[a].Metrics[0].Denominator, reports[b].Metrics[0].Denominator; x != y {
			return int(y - x)
		}
		return strings.Compare(a, b)
	})
	return sellers[:min(n, len(sellers))]
}

// asker asks, and compares.
type asker struct {
	t                 *testing.T
	environment       map[string]string
	flags             []string
	orders, explained int
}

// ask has a line of JSON for each answer.
func (a *asker) ask(args ...string) []string {
	a.t.Helper()
	out := must(a.t, a.environment, "", append(args, a.flags...)...)
	return slices.Collect(strings.Lines(out))
}

func decode[T any](t *testing.T, line string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return v
}

func (a *asker) check(r *reportText) {
	a.t.Helper()
	forecast := decode[inspect.Forecast](a.t, a.ask("forecast", "--seller", r.SellerID, "--days", "1")[0])
	for i := range r.Rules {
		rule := &r.Rules[i]
		for _, part := range []string{"numerator", "denominator", "miss"} {
			a.checkOrders(r.SellerID, rule.Target, part, rule.Numbers, "--rule", rule.Rule)
		}
		history := decode[inspect.History](a.t, a.ask("history", "--seller", r.SellerID, "--metric", rule.Metric, "--from", rule.Window.From, "--to", rule.Window.To)[0])
		a.checkHistory(r.SellerID, rule.Rule, rule.Numbers, &history)
		if f := &forecast.Rules[i]; f.Rule != rule.Rule || f.Days[0].State != rule.State || number(f.Days[0].Numbers) != number(rule.Numbers) {
			a.t.Errorf("%s, %s: today is forecast as %+v, and reported as %+v", r.SellerID, rule.Rule, f.Days[0], rule)
		}
	}
	for _, m := range r.Metrics {
		if m.ProductLine != nil && m.Denominator > 0 && m.Window.Days == 60 {
			a.checkOrders(r.SellerID, "< 1", "denominator", m.Numbers, "--metric", m.Metric, "--channel", m.Channel, "--product-line", *m.ProductLine, "--from", m.Window.From, "--to", m.Window.To)
			break
		}
	}
	a.checkPeriod(r)
}

func number(n inspect.Numbers) string { return fmt.Sprintf("%d/%d", n.Numerator, n.Denominator) }

// checkOrders demands that the orders behind a number add up to it.
func (a *asker) checkOrders(seller, target, part string, want inspect.Numbers, args ...string) {
	a.t.Helper()
	var sum inspect.Numbers
	misses := int64(0)
	for _, line := range a.ask(append([]string{"orders", "--seller", seller, "--which", part}, args...)...) {
		o := decode[inspect.OrderLine](a.t, line)
		sum.Numerator, sum.Denominator = sum.Numerator+o.Numerator, sum.Denominator+o.Denominator
		if misses += o.Numerator; strings.HasPrefix(target, ">") {
			misses += o.Denominator - 2*o.Numerator
		}
		if len(o.MadeBy) == 0 {
			a.t.Errorf("%s, %v: order %s counts for nothing", seller, args, o.OrderID)
		}
		a.orders++
	}
	wantMisses := want.Numerator
	if strings.HasPrefix(target, ">") {
		wantMisses = want.Denominator - want.Numerator
	}
	if part == "numerator" && sum.Numerator != want.Numerator || part == "denominator" && number(sum) != number(want) || part == "miss" && misses != wantMisses {
		a.t.Errorf("%s, %v: orders of part %s add up to %s with %d misses, and %s are reported", seller, args, part, number(sum), misses, number(want))
	}
}

// checkHistory demands that a window's dates add up to the rule's number, and that the last window is it.
func (a *asker) checkHistory(seller, rule string, want inspect.Numbers, h *inspect.History) {
	a.t.Helper()
	var sum inspect.Numbers
	for _, d := range h.Dates {
		sum.Numerator, sum.Denominator = sum.Numerator+d.Numerator, sum.Denominator+d.Denominator
	}
	last := inspect.Numbers{}
	for _, r := range h.Rules {
		if r.Rule == rule {
			last = r.Windows[len(r.Windows)-1].Numbers
		}
	}
	if number(sum) != number(want) || number(last) != number(want) {
		a.t.Errorf("%s, %s: the history adds up to %s, its last window is %s, and %s are reported", seller, rule, number(sum), number(last), number(want))
	}
}

// checkPeriod demands that a period which is a window has the report's numbers.
func (a *asker) checkPeriod(r *reportText) {
	a.t.Helper()
	of := r.Metrics[0].Window
	p := decode[inspect.Period](a.t, a.ask("report", "--seller", r.SellerID, "--from", of.From, "--to", of.To)[0])
	byName := map[string]string{}
	for _, m := range p.Metrics {
		byName[m.Metric+" "+m.Channel+" "+textOf(m.ProductLine)] = number(m.Numbers)
	}
	for _, m := range r.Metrics {
		if name := m.Metric + " " + m.Channel + " " + textOf(m.ProductLine); m.Window == of && byName[name] != number(m.Numbers) {
			a.t.Errorf("%s, %s: %s over the period, and %s are reported", r.SellerID, name, byName[name], number(m.Numbers))
		}
	}
}

// alerts demands that each alert of some sellers is explained by what it and the one before say.
func (a *asker) alerts(sellers []string) {
	a.t.Helper()
	type alert struct {
		AlertID                string `json:"alert_id"`
		SellerID               string `json:"seller_id"`
		Rule                   string
		Numerator, Denominator int64
		OrderIDs               []string `json:"order_ids"`
	}
	last := map[string]alert{}
	for line := range strings.Lines(must(a.t, a.environment, "", "alerts", "--from-beginning", "--until-end", "--output", "json")) {
		now := decode[alert](a.t, line)
		if !slices.Contains(sellers, now.SellerID) {
			continue
		}
		before, known := last[now.SellerID+" "+now.Rule]
		last[now.SellerID+" "+now.Rule] = now
		text := a.ask("why", now.AlertID)[0]
		why := decode[struct {
			Alert, Previous *alert
			Changed         *changed
			Now             *inspect.Standing
			Orders          []alertOrderJSON
		}](a.t, text)
		a.explained++
		if fmt.Sprint(*why.Alert) != fmt.Sprint(now) || (why.Previous != nil) != known || why.Now == nil || len(why.Orders) != len(now.OrderIDs) || len(now.OrderIDs) > outputs.MaxOrderIDs {
			a.t.Errorf("%s is explained by %s", now.AlertID, text)
		}
		if known && (fmt.Sprint(*why.Previous) != fmt.Sprint(before) || *why.Changed != changed{now.Numerator - before.Numerator, now.Denominator - before.Denominator}) {
			a.t.Errorf("%s after %s is explained by %s", now.AlertID, before.AlertID, text)
		}
	}
}

type changed struct{ Numerator, Denominator int64 }
