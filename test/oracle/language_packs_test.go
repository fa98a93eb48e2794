package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"sellerpulse/pkg/events"
)

const zalando = `
pack: zalando
figures: 2026-11-25
sources: [https://example.com/a, https://example.com/b]
where: {marketplace: [DE, 007]}
metrics:
  - {name: late, bad: late_shipped, unless: [claim], channel: mfn}
  - {name: tracked, unit: shipment, good: [valid_tracking], total: promise_due}
rules:
  - name: cancellation
    metric: cancellation_rate
    by: marketplace
    window: 7d
    lag: 1d
    target: "<= 0.010"
    min_denominator: 31
    min_misses: 2
    class: contractual
  - name: late
    metric: late
    window: [{days: 1w, min_total: 40}, {days: 3mo}]
    from: 2026-01-01
    until: 2026-12-31
    evaluate: weekly mon
    levels:
      - {level: fine, target: "<= 0.04", state: ok}
      - {level: over, state: breached}
    where: {ship_country: ""}
    class: advisory
    provisional: true
`

// The reader takes texts as they stand, and one value for a list of one.
func TestRead(t *testing.T) {
	got, err := Read([]byte(zalando))
	if err != nil {
		t.Fatal(err)
	}
	want := Pack{
		Name: "zalando", Figures: "2026-11-25", Sources: []Text{"https://example.com/a", "https://example.com/b"},
		Where: Where{Marketplace: Texts{"DE", "007"}},
		Metrics: []Metric{
			{Name: "late", Bad: Texts{"late_shipped"}, Unless: Texts{"claim"}, Channel: "mfn"},
			{Name: "tracked", Unit: "shipment", Good: Texts{"valid_tracking"}, Total: Texts{"promise_due"}},
		},
		Rules: []Rule{
			{Name: "cancellation", Metric: "cancellation_rate", By: "marketplace", Window: Over("7d"), Lag: "1d", Target: "<= 0.010", MinDenominator: 31, MinMisses: 2, Class: "contractual"},
			{
				Name: "late", Metric: "late", Window: Windows{{"1w", 40}, {"3mo", 0}}, From: "2026-01-01", Until: "2026-12-31", Evaluate: "weekly mon",
				Levels: []Level{{"fine", "<= 0.04", "ok"}, {"over", "", "breached"}}, Where: Where{ShipCountry: Texts{""}}, Class: "advisory", Provisional: true,
			},
		},
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	for _, text := range []string{"rules:\n  - {name: a, colour: red}\n", "pack: [a]\n", "rules:\n  - {window: [{days: 1d, hours: 3}]}\n", "rules: {"} {
		if _, err := Read([]byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

// Points 39 to 41 and 44: names, statuses and rows of packs.
func TestPacks(t *testing.T) {
	rule := func(name, metric Text, class Text) Rule {
		return Rule{Name: name, Metric: metric, Window: Over("30d"), Target: "< 0.6", Warn: "0.6", Class: class}
	}
	claimed := Metric{Name: "mine", Bad: Texts{"claim"}}
	packs := []Pack{
		{Rules: []Rule{rule("late", "late_shipment_rate", "contractual")}},
		{Name: "a", Metrics: []Metric{claimed}, Rules: []Rule{rule("late", "mine", "contractual"), rule("other", "refund_rate", "contractual")}},
		{Name: "b", Metrics: []Metric{{Name: "mine", Bad: Texts{"refunded"}}}, Rules: []Rule{rule("late", "mine", "contractual")}},
		{Name: "c", Rules: []Rule{rule("late", "claim_rate", "advisory")}},
	}
	r := Run(records(placed(start), event(events.ClaimOpened, hours(1)), event(events.OrderExcused, hours(2), excusing("refund_rate"))), Options{Rules: packs})
	checkParts(t, r, "late - 0/1 OK", "a/late - 1/1 BREACHED", "a/other - 0/1 OK", "b/late - 0/1 OK", "c/late - 1/1 BREACHED")
	checkAlerts(t, r, "a/late/1 OK>BREACHED 1/1 @13h EVENT 1", "c/late/1 OK>BREACHED 1/1 @13h EVENT 1")
	if a := r.Alerts[0]; a.AlertID != "S/a/late/1" || a.Metric != "a/mine" || a.Rule != "a/late" {
		t.Errorf("alert %+v", a)
	}
	report := r.Report("S")
	if want := map[string]string{BuiltInPack: Active, "a": UnderReview, "b": Active, "c": Active}; !maps.Equal(report.Statuses, want) || report.Status != UnderReview {
		t.Errorf("statuses %v, status %s", report.Statuses, report.Status)
	}
	for _, c := range []struct {
		metric string
		days   int
		want   string
	}{{"a/mine", 30, "1/1"}, {"b/mine", 30, "0/1"}, {"claim_rate", 30, "1/1"}, {"claim_rate", 60, "none"}, {"chargeback_rate", 60, "0/1"}, {"a/mine", 60, "none"}} {
		if got := metricText(report, c.metric, c.days, "ALL", ""); got != c.want {
			t.Errorf("%s over %d days: %s, want %s", c.metric, c.days, got, c.want)
		}
	}
	// An excuse by the bare name holds in every pack.
	r.Take(records(event(events.OrderExcused, hours(3), excusing("mine")))[0])
	checkParts(t, r, "late - 0/1 OK", "a/late - 0/1 OK", "a/other - 0/1 OK", "b/late - 0/1 OK", "c/late - 1/1 BREACHED")
	if got := metricText(r.Report("S"), "a/mine", 30, "ALL", ""); got != "0/1" {
		t.Errorf("row of an excused order: %s", got)
	}
}

// Point 44: the rows' windows are those of the rules, each once and without lag.
func TestWindowsOfRows(t *testing.T) {
	rule := func(name Text, w Windows, lag Text) Rule {
		return Rule{Name: name, Metric: "claim_rate", Window: w, Lag: lag, Target: "< 0.6"}
	}
	r := Run(records(placed(start)), Options{RetentionDays: 30, Rules: pack(
		rule("a", Over("5d"), "3d"), rule("b", Windows{{"5d", 9}, {"2w", 3}, {"1mo", 0}}, ""), rule("c", Over("14d"), "4d"),
	)})
	spans := map[string][]string{}
	for _, m := range r.Report("S").Metrics {
		if m.Channel == "ALL" && m.ProductLine == nil {
			spans[m.Metric] = append(spans[m.Metric], fmt.Sprint(m.Window.Days, " to ", m.Window.To))
		}
	}
	if got, want := spans["claim_rate"], []string{"5 to 2026-01-01", "14 to 2026-01-01", "31 to 2025-12-31", "14 to 2025-12-28"}; !slices.Equal(got, want) {
		t.Errorf("claim_rate: %q, want %q", got, want)
	}
	if got := spans["refund_rate"]; !slices.Equal(got, []string{"30 to 2026-01-01"}) {
		t.Errorf("refund_rate: %q, want the retention", got)
	}
}

// Point 35: components are of the built-in rate alone, over the orders of its numerator.
func TestComponents35(t *testing.T) {
	odr := func(changes ...func(*Rule)) Rule {
		r := Rule{Name: "r", Metric: "order_defect_rate", Window: Over("30d"), Target: "< 0.001"}
		for _, c := range changes {
			c(&r)
		}
		return r
	}
	list := log(
		placed(start, inOrder("A1"), at("DE")), placed(start, inOrder("A2")), placed(start, inOrder("A3"), at("DE")),
		event(events.OrderExcused, start, inOrder("A3"), excusing("order_defect_rate")), event(events.FeedbackLeft, hours(1), inOrder("A3")),
		claimOf(2, hours(1), because(events.Damaged)), event(events.FeedbackLeft, hours(1), inOrder("A1")), claimOf(1, hours(2)),
	)
	for _, c := range []struct {
		rule Rule
		want string
	}{
		{odr(), "r/1 1 of 3: 0 1 0"}, // A3 is excused: no alert of its feedback.
		{odr(func(r *Rule) { r.Where.Marketplace = Texts{"DE"} }), "r/1 1 of 2: 1 0 0"},
		{odr(func(r *Rule) { r.By = "marketplace" }), "r:/1 1 of 1: 0 1 0, r:DE/1 1 of 2: 1 0 0"},
		{odr(func(r *Rule) { r.Where.Reason = Texts{"DAMAGED"} }), "r/1 1 of 3: 0 1 0"},
		{odr(func(r *Rule) { r.Where.Reason = Texts{"OTHER"} }), "r/1 1 of 3: 1 0 0"},
	} {
		r := Run(records(list...), Options{Rules: pack(c.rule)})
		var got []string
		for _, a := range r.Alerts {
			x := a.Components
			got = append(got, fmt.Sprintf("%s %d of %d: %d %d %d", strings.TrimPrefix(a.AlertID, "S/"), a.Numerator, a.Denominator, x.NegativeFeedback, x.Claims, x.Chargebacks))
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%+v: %s, want %s", c.rule.Where, text, c.want)
		}
	}
	own := []Pack{{Name: "p", Metrics: []Metric{{Name: "defects", Bad: Texts{"defective"}}}, Rules: []Rule{{Name: "r", Metric: "defects", Window: Over("30d"), Target: "< 0.001"}}}}
	if r := Run(records(list...), Options{Rules: own}); r.Alerts[0].Components != nil {
		t.Errorf("components %+v of a metric of a pack", r.Alerts[0].Components)
	}
}

// Point 43: a rule is evaluated at once when anything changes that it rests on, unless it moves on certain days only.
func TestChangesOfRules(t *testing.T) {
	base := Pack{Name: "p", Metrics: []Metric{{Name: "m", Bad: Texts{"claim"}}}, Rules: []Rule{{Name: "r", Metric: "m", Window: Over("30d"), Target: "< 0.6", Warn: "0.6"}}}
	for name, c := range map[string]struct {
		change func(*Pack)
		want   []string
	}{
		"nothing":            {func(*Pack) {}, nil},
		"the target":         {func(p *Pack) { p.Rules[0].Target, p.Rules[0].Warn = "< 0.5", "0.5" }, []string{"p/r/1 OK>BREACHED 1/2 @13h RULES"}},
		"the window":         {func(p *Pack) { p.Rules[0].Window = Over("1w") }, nil}, // To no data, of which nothing is told.
		"the pack's where":   {func(p *Pack) { p.Where.Marketplace = Texts{"DE"} }, []string{"p/r/1 OK>BREACHED 1/1 @13h RULES"}},
		"the rule's where":   {func(p *Pack) { p.Rules[0].Where.Marketplace = Texts{"DE"} }, []string{"p/r/1 OK>BREACHED 1/1 @13h RULES"}},
		"the metric":         {func(p *Pack) { p.Metrics[0].Bad = Texts{"counted"} }, []string{"p/r/1 OK>BREACHED 2/2 @13h RULES"}},
		"levels for states":  {func(p *Pack) { p.Rules[0].Target, p.Rules[0].Warn, p.Rules[0].Levels = "", "", punctualClaims() }, []string{"p/r/1 OK>AT_RISK 1/2 @13h RULES"}},
		"days of evaluation": {func(p *Pack) { p.Rules[0].Target, p.Rules[0].Warn, p.Rules[0].Evaluate = "< 0.5", "0.5", "weekly sat" }, []string{"p/r/1 OK>BREACHED 1/2 @2d TIME"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := Run(records(placed(start, inOrder("A1"), at("DE")), placed(start, inOrder("A2")), claimOf(1, hours(1))), Options{Rules: []Pack{base}})
			changed := base
			changed.Metrics, changed.Rules = slices.Clone(base.Metrics), slices.Clone(base.Rules)
			c.change(&changed)
			r.SetRules([]Pack{changed})
			r.AsOf(midnight + 2*day)
			checkAlerts(t, r, c.want...)
		})
	}
}

func punctualClaims() []Level {
	return []Level{{"good", "<= 0.4", "ok"}, {"bad", "<= 0.5", "at_risk"}, {"worst", "", "breached"}}
}
