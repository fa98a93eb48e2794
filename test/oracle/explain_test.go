package oracle

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sellerpulse/pkg/events"
)

func show(k *int) string {
	if k == nil {
		return "none"
	}
	return fmt.Sprint(*k)
}

func TestDistances(t *testing.T) {
	for _, c := range []struct {
		target           Text
		good, all        int
		breach, recovery string
	}{
		{"< 0.01", 1, 1, "0", "100"},
		{"< 0.01", 1, 100, "0", "1"},
		{"< 0.01", 0, 1000, "10", "none"},
		{"< 0.01", 9, 1000, "1", "none"},
		{"< 0.01", 0, 0, "none", "none"},
		{"<= 0", 0, 7, "1", "none"},
		{"<= 0", 1, 7, "0", "none"},
		{"<= 0.02", 2, 100, "1", "none"},
		{"<= 0.02", 3, 100, "0", "50"},
		{"> 0.95", 95, 100, "0", "1"},
		{"> 0.95", 0, 1, "0", "20"},
		{"> 0.95", 96, 100, "1", "none"},
		{"> 0.95", 100, 100, "5", "none"},
		{"> 0", 3, 9, "3", "none"},
		{">= 0.9", 9, 10, "1", "none"},
		{">= 0.9", 8, 10, "0", "10"},
		{">= 1", 9, 9, "1", "none"},
		{">= 1", 8, 9, "0", "none"},
	} {
		of := ruleOf(Rule{Target: c.target})
		at, recovery := of.next(standing{}, c.good, c.all), "none"
		is := figures{numerator: c.good, denominator: c.all}
		if at.state == Breached {
			recovery = show(of.ordersToRecover(at, is))
		}
		if breach := show(of.defectsToBreach(at, is)); breach != c.breach || recovery != c.recovery {
			t.Errorf("%d of %d against %s: %s to breach, %s to recover; want %s, %s", c.good, c.all, c.target, breach, recovery, c.breach, c.recovery)
		}
	}
}

func TestTargets(t *testing.T) {
	for text, want := range map[Text]string{
		"< 0.01": "< 0.01", "<0.0250": "< 0.025", "> 0.95": "> 0.95", "<= 0.1": "<= 0.1", ">=  0.900": ">= 0.9", ">= 1.0": ">= 1",
	} {
		if got := targetOf(text).String(); got != want {
			t.Errorf("target %q, want %q", got, want)
		}
	}
}

func TestAnAlertExplainsItself(t *testing.T) {
	log := slices.Concat(manyPlaced(2, start), log(placed(days(2), inOrder("B1"))), log(
		event(events.FeedbackLeft, days(3), inOrder("A2")), event(events.ClaimOpened, days(3), inOrder("A2")), event(events.ClaimDenied, days(3), inOrder("A1")),
		event(events.ChargebackOpened, days(3), inOrder("B1"), fraud), event(events.ChargebackOpened, days(4), inOrder("B1"), ofPart("2")),
	))
	r := Run(records(log...), Options{})
	r.Alerts = nil
	r.SetRules(pack(Rule{Name: "r", Metric: "order_defect_rate", Window: Over("60d"), Target: "< 0.01", Class: "contractual"}))
	if len(r.Alerts) != 1 {
		t.Fatalf("alerts %+v, want one", r.Alerts)
	}
	a := r.Alerts[0]
	if a.AlertID != "S/r/1" || a.Kind != "BREACHED" || a.Class != "CONTRACTUAL" || a.Channel != "ALL" || a.AsOf != days(4) || *a.DefectsToBreach != 0 {
		t.Errorf("alert %+v", a)
	}
	if *a.Components != (Components{NegativeFeedback: 1, Claims: 1, Chargebacks: 1}) {
		t.Errorf("components %+v", *a.Components)
	}
	if !slices.Equal(a.OrderIDs, []string{"B1", "A2"}) {
		t.Errorf("order ids %q, want the newest first", a.OrderIDs)
	}
	if a.RecoversOn.String() != "2026-03-04" { // The day on which B1 of 3 January leaves the 60 days.
		t.Errorf("recovers on %s", a.RecoversOn)
	}
	if *a.OrdersToRecover != 198 || *a.Rate != 2.0/3 || a.Window.From.String() != "2025-11-07" || a.Window.To.String() != "2026-01-05" {
		t.Errorf("%d orders to recover, rate %v, window %+v", *a.OrdersToRecover, *a.Rate, a.Window)
	}
}

func TestRecoversBeforeTheWindowIsEmpty(t *testing.T) {
	for _, c := range []struct {
		newer int
		want  string
	}{{150, "2026-03-02"}, {100, "2026-03-05"}} { // 1 of 150 is left when the first order leaves; 1 of 100 is still a breach.
		list := slices.Concat(log(placed(start, inOrder("bad"))), manyPlaced(c.newer, days(3)), log(
			event(events.FeedbackLeft, days(3), inOrder("A1")), event(events.FeedbackLeft, days(3), inOrder("bad")),
		))
		r := only("odr-early", list...)
		last := r.Alerts[len(r.Alerts)-1]
		if last.State != Breached || last.RecoversOn == nil || last.RecoversOn.String() != c.want {
			t.Errorf("%d newer orders: %s, recovers on %v; want %s", c.newer, last.State, last.RecoversOn, c.want)
		}
	}
}

func TestOrderIDsOfAFloor(t *testing.T) {
	shipped := func(id, tracking string) events.Event {
		return event(events.ShipmentConfirmed, hours(1), inOrder(id), tracked("ups", tracking))
	}
	rules := pack(Rule{Name: "r", Metric: "valid_tracking_rate", Window: Over("7d"), Target: "> 0.5"})
	list := append(manyPlaced(3, start), shipped("A1", "OK"), event(events.ShipmentScanned, hours(1), inOrder("A1")), shipped("A2", "no"))
	r := Run(records(list...), Options{Rules: rules, ValidTracking: goodTracking})
	last := r.Alerts[len(r.Alerts)-1]
	if !slices.Equal(last.OrderIDs, []string{"A2"}) || last.Components != nil {
		t.Errorf("order ids %q, components %v", last.OrderIDs, last.Components)
	}
}

func TestAtMostTwentyOrderIDs(t *testing.T) {
	list := manyPlaced(25, start)
	for i := range 25 {
		list = append(list, event(events.FeedbackLeft, hours(1), inOrder(fmt.Sprint("A", i+1))))
	}
	r := only("odr-early", list...)
	got := r.misses(r.sellers["S"], r.policy.versions()[0], part{}, Window{From: 0, To: 1 << 20})
	if len(got) != 20 || strings.Join(got[:3], " ") != "A1 A10 A11" {
		t.Errorf("%d ids: %q", len(got), got)
	}
}
