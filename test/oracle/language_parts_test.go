package oracle

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sellerpulse/pkg/events"
)

// partsText is a report's rules as "rule part numerator/denominator state", a part of none as "-".
func partsText(r Report) (texts []string) {
	for _, x := range r.Rules {
		part := "-"
		if x.Part != nil {
			part = fmt.Sprintf("%q", *x.Part)
		}
		texts = append(texts, fmt.Sprintf("%s %s %d/%d %s", x.Rule, part, x.Numerator, x.Denominator, x.State))
	}
	return texts
}

func checkParts(t *testing.T, r *Result, want ...string) {
	t.Helper()
	if got := partsText(r.Report("S")); !slices.Equal(got, want) {
		t.Errorf("parts\n got %q\nwant %q", got, want)
	}
}

func byField(by Text, changes ...func(*Rule)) Rule {
	r := Rule{Name: "r", Metric: "claim_rate", Window: Over("30d"), Target: "< 0.6", Warn: "0.6", By: by, Class: "contractual"}
	for _, c := range changes {
		c(&r)
	}
	return r
}

// Points 23 to 27.
func TestParts(t *testing.T) {
	list := log(
		placed(start, inOrder("A1"), at("DE"), to("AT"), lines("toys", "books", "toys")), placed(start, inOrder("A2"), at("FR"), lines()),
		placed(start, inOrder("A3"), afn, lines("")), placed(start, inOrder("A4"), at("IT"), pending), claimOf(1, hours(1)), claimOf(3, hours(2)),
	)
	for _, c := range []struct {
		rule Rule
		want []string
	}{
		{byField(""), []string{"r - 2/3 BREACHED"}},
		{byField("marketplace"), []string{`r "" 1/1 BREACHED`, `r "DE" 1/1 BREACHED`, `r "FR" 0/1 OK`}}, // IT's order is pending.
		{byField("ship_country"), []string{`r "" 1/2 OK`, `r "AT" 1/1 BREACHED`}},
		{byField("product_line"), []string{`r "" 1/2 OK`, `r "books" 1/1 BREACHED`, `r "toys" 1/1 BREACHED`}},
		{byField("channel"), []string{`r "AFN" 1/1 BREACHED`, `r "MFN" 1/2 OK`}},
		{byField("channel", func(r *Rule) { r.Metric = "cancellation_rate" }), []string{`r "MFN" 0/2 OK`}},
		{byField("marketplace", func(r *Rule) { r.Where.Marketplace = Texts{"DE", "UK"} }), []string{`r "DE" 1/1 BREACHED`}},
		{byField("product_line", func(r *Rule) { r.Where.ProductLine = Texts{"toys"} }), []string{`r "toys" 1/1 BREACHED`}},
		{byField("product_line", func(r *Rule) { r.Where.Marketplace = Texts{"DE"} }), []string{`r "books" 1/1 BREACHED`, `r "toys" 1/1 BREACHED`}},
		{byField("", func(r *Rule) { r.Where.Marketplace = Texts{""} }), []string{"r - 1/1 BREACHED"}},
		{byField("", func(r *Rule) { r.Where.ProductLine = Texts{""} }), []string{"r - 1/2 OK"}},
		{byField("", func(r *Rule) { r.Where.ProductLine = Texts{"books", "pots"} }), []string{"r - 1/1 BREACHED"}},
		{byField("", func(r *Rule) { r.Where.Channel, r.Metric = Texts{"AFN"}, "cancellation_rate" }), []string{"r - 0/0 NO_DATA"}},
		{byField("", func(r *Rule) { r.Where.ShipCountry, r.Where.Channel = Texts{"", "AT"}, Texts{"MFN"} }), []string{"r - 1/2 OK"}},
	} {
		r := Run(records(list...), Options{Rules: pack(c.rule)})
		if got := partsText(r.Report("S")); !slices.Equal(got, c.want) {
			t.Errorf("by %q, where %+v:\n got %q\nwant %q", c.rule.By, c.rule.Where, got, c.want)
		}
	}
}

// Point 28: what pack and rule ask for must hold both.
func TestWhereOfPackAndRule(t *testing.T) {
	packs := pack(byField("", func(r *Rule) { r.Where.Marketplace, r.Where.Reason = Texts{"DE", "FR"}, Texts{"DAMAGED", "OTHER"} }))
	packs[0].Where = Where{Marketplace: Texts{"DE"}, Reason: Texts{"DAMAGED"}}
	r := Run(records(placed(start, inOrder("A1"), at("DE")), placed(start, inOrder("A2"), at("DE")), placed(start, inOrder("A3"), at("FR")),
		claimOf(1, hours(1), because(events.Damaged)), claimOf(2, hours(1), because(events.OtherBuyerReason)), claimOf(3, hours(1), because(events.Damaged))),
		Options{Rules: packs})
	checkParts(t, r, "r - 1/2 OK")
}

// Ids and parts of alerts.
func TestAlertsOfParts(t *testing.T) {
	r := Run(records(placed(start, inOrder("A1"), at("DE")), placed(start, inOrder("A2")), claimOf(1, hours(1)), claimOf(2, hours(2))),
		Options{Rules: pack(byField("marketplace"))})
	checkAlerts(t, r, "r:DE/1 OK>BREACHED 1/1 @13h EVENT 2", "r:/1 OK>BREACHED 1/1 @14h EVENT 3")
	if a := r.Alerts[0]; *a.Part != "DE" || !slices.Equal(a.OrderIDs, []string{"A1"}) {
		t.Errorf("alert %+v", a)
	}
}

// Point 27: an order leaves one part and enters another in one application, each with its own numbers of alerts; the part that it left stays.
func TestAnOrderChangesItsPart(t *testing.T) {
	r := Run(records(placed(start, at("DE")), event(events.ClaimOpened, hours(1)), placed(hours(2), at("FR")), placed(hours(3))),
		Options{Rules: pack(byField("marketplace"))})
	got := map[string]bool{}
	for _, a := range r.Alerts {
		got[fmt.Sprintf("%s %s>%s %d/%d %d", a.AlertID, a.PreviousState, a.State, a.Numerator, a.Denominator, a.Cause.Offset)] = true
	}
	want := []string{
		"S/r:DE/1 OK>BREACHED 1/1 1", "S/r:DE/2 BREACHED>NO_DATA 0/0 2", "S/r:FR/1 NO_DATA>BREACHED 1/1 2",
		"S/r:FR/2 BREACHED>NO_DATA 0/0 3", "S/r:/1 NO_DATA>BREACHED 1/1 3", // Given none, it has none.
	}
	for _, text := range want {
		if !got[text] {
			t.Errorf("no alert %s among %v", text, got)
		}
	}
	if len(r.Alerts) != len(want) {
		t.Errorf("%d alerts, want %d", len(r.Alerts), len(want))
	}
	checkParts(t, r, `r "" 1/1 BREACHED`, `r "DE" 0/0 NO_DATA`, `r "FR" 0/0 NO_DATA`)
}

// Of two PLACED at one time that are else alike the one with the greater marketplace counts, then that with the greater country.
func TestPlacedAtOneTime(t *testing.T) {
	for _, list := range [][]events.Event{
		{placed(start, at("DE"), to("AT")), placed(start, to("IT"))},
		{placed(start, to("IT")), placed(start, at("DE"), to("AT"))},
		{placed(start, at("DE"), to("AT")), placed(start, at("DE"))},
	} {
		if f := orderAt(0, list...); f.marketplace != "DE" || f.shipCountry != "AT" {
			t.Errorf("%q %q, want DE and AT", f.marketplace, f.shipCountry)
		}
	}
}

func site(i int) string { return fmt.Sprintf("m%02d", i) }

// Point 23: 32 places, never given back; of those that come at once the first by bytes.
func TestPlaces(t *testing.T) {
	var list []events.Event
	for i := range 31 {
		list = append(list, placed(start, inOrder(site(i)), at(site(i))))
	}
	list = append(list, placed(start, inOrder("z"), lines("toys"), at("z")), placed(start, inOrder("b"), at("b")), placed(start, inOrder("c"), at("c")))
	r := Run(records(list...), Options{Rules: pack(byField("marketplace"))})
	parts := partsText(r.Report("S"))
	if len(parts) != 32 || parts[31] != `r "z" 0/1 OK` || parts[0] != `r "m00" 0/1 OK` {
		t.Errorf("%d parts, from %s to %s", len(parts), parts[0], parts[len(parts)-1])
	}
	if n := r.Report("S").Rules[0].PartsOmitted; n != 2 {
		t.Errorf("%d parts omitted, want b and c", n)
	}
	r.AsOf(midnight + 121*day) // All have expired.
	if x := r.Report("S"); len(x.Rules) != 32 || x.Rules[0].PartsOmitted != 0 || x.Rules[0].State != NoData {
		t.Errorf("%d parts, %+v", len(x.Rules), x.Rules[0])
	}
	// At one instant, as the rule comes into force: z comes last.
	from := byField("marketplace", func(r *Rule) { r.From = "2026-01-03" })
	r = Run(records(list...), Options{Rules: pack(from)})
	r.AsOf(midnight + 2*day)
	got := strings.Join(partsText(r.Report("S")), " ")
	if strings.Contains(got, "z") || strings.Contains(got, "m30") || !strings.HasPrefix(got, `r "b" 0/1 OK r "c" 0/1 OK r "m00"`) {
		t.Errorf("parts at one instant: %s", got)
	}
}

// Points 20 and 22: a rule takes places while it is in force, also on days on which it is not evaluated.
func TestPlacesOfARuleWithDays(t *testing.T) {
	rule := byField("marketplace", func(r *Rule) { r.Evaluate, r.Until = "monthly 28", "2026-01-02" })
	r := Run(records(placed(start, inOrder("A1"), at("DE")), placed(days(2), inOrder("A2"), at("FR"))), Options{Rules: pack(rule)})
	later := byField("marketplace", func(r *Rule) { r.From, r.Where.Marketplace = "2026-01-01", Texts{"DE"} })
	r.SetRules(pack(later))
	checkParts(t, r, `r "DE" 0/1 OK`)
}

// Point 43: where the field changes, the parts of before fall silent and places begin anew; numbers go on.
func TestAnotherField(t *testing.T) {
	r := Run(records(placed(start, at("DE"), to("DE")), event(events.ClaimOpened, hours(1))), Options{Rules: pack(byField("marketplace"))})
	r.SetRules(pack(byField("ship_country", func(r *Rule) { r.Where.ShipCountry = Texts{"AT"} })))
	checkParts(t, r)
	r.SetRules(pack(byField("")))
	r.SetRules(pack(byField("marketplace", func(r *Rule) { r.Target, r.Warn = "< 2", "2" })))
	checkParts(t, r, `r "DE" 1/1 OK`)
	checkAlerts(t, r, "r:DE/1 OK>BREACHED 1/1 @13h EVENT 1", "r/1 NO_DATA>BREACHED 1/1 @13h RULES", "r:DE/2 BREACHED>OK 1/1 @13h RULES")
}
