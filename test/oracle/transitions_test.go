package oracle

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sellerpulse/pkg/events"
)

// checkAlerts compares alerts as "rule/n before>after numerator/denominator @time cause", the time counted from the first midnight.
func checkAlerts(t *testing.T, r *Result, want ...string) {
	t.Helper()
	var got []string
	for _, a := range r.Alerts {
		cause := a.Cause.Kind
		if cause == CauseEvent {
			cause = fmt.Sprint(cause, " ", a.Cause.Offset)
		}
		got = append(got, fmt.Sprintf("%s %s>%s %d/%d @%s %s", a.AlertID[len(a.SellerID)+1:], a.PreviousState, a.State,
			a.Numerator, a.Denominator, since(a.AsOf), cause))
	}
	if !slices.Equal(got, want) {
		t.Errorf("alerts\n got %q\nwant %q", got, want)
	}
}

// since writes an instant as days, hours and milliseconds since the first midnight.
func since(at events.Millis) string {
	at -= midnight
	text := ""
	if at >= 2*day {
		text, at = fmt.Sprint(at/day, "d"), at%day
	}
	if at >= hour || text == "" {
		text, at = text+fmt.Sprint(at/hour, "h"), at%hour
	}
	if at > 0 {
		text += fmt.Sprint(at, "ms")
	}
	return text
}

// only runs the built-in rule of a name.
func only(name Text, list ...events.Event) *Result {
	rules := slices.DeleteFunc(BuiltIn()[0].Rules, func(r Rule) bool { return r.Name != name })
	return Run(records(list...), Options{Rules: pack(rules...), ValidTracking: goodTracking})
}

// manyPlaced are orders A1, A2, … placed at one time.
func manyPlaced(n int, at events.Millis, changes ...change) (list []events.Event) {
	for i := range n {
		list = append(list, placed(at, append([]change{inOrder(fmt.Sprint("A", i+1))}, changes...)...))
	}
	return list
}

func TestBuiltInRules(t *testing.T) {
	promised := deliveredBy(hours(30))
	shipped := event(events.ShipmentConfirmed, hours(1), tracked("ups", "OK1"), inOrder("A1"))
	unscanned := event(events.ShipmentConfirmed, hours(2), tracked("ups", "OK2"), inOrder("A2"))
	for _, c := range []struct {
		rule Text
		log  []events.Event
		want []string
	}{
		{
			"odr", append(manyPlaced(2, start), event(events.FeedbackLeft, hours(1), inOrder("A1"))),
			[]string{"odr/1 NO_DATA>BREACHED 1/2 @30d TIME", "odr/2 BREACHED>NO_DATA 0/0 @90d TIME"},
		},
		{
			"odr-early", append(manyPlaced(2, start), event(events.FeedbackLeft, hours(1), inOrder("A1"))),
			[]string{"odr-early/1 OK>BREACHED 1/2 @13h EVENT 2", "odr-early/2 BREACHED>NO_DATA 0/0 @60d TIME"},
		},
		{
			"cancellation", append(manyPlaced(40, start), placed(start, afn), event(events.OrderCancelled, hours(1), inOrder("A1"))),
			[]string{"cancellation/1 OK>BREACHED 1/40 @13h EVENT 41", "cancellation/2 BREACHED>NO_DATA 0/0 @7d TIME"},
		},
		{
			"cancellation", append(manyPlaced(50, start), event(events.OrderCancelled, hours(1), inOrder("A1"))),
			[]string{"cancellation/1 OK>AT_RISK 1/50 @13h EVENT 50", "cancellation/2 AT_RISK>NO_DATA 0/0 @7d TIME"},
		},
		{"cancellation", append(manyPlaced(51, start), event(events.OrderCancelled, hours(1), inOrder("A1"))), nil},
		{"cancellation", log(placed(start, afn), event(events.OrderCancelled, hours(1))), nil},
		{
			"late-shipment-10d", append(manyPlaced(25, start, shippedBy(start)), event(events.ShipmentConfirmed, hours(1), inOrder("A1"))),
			[]string{"late-shipment-10d/1 OK>BREACHED 1/25 @13h EVENT 25", "late-shipment-10d/2 BREACHED>NO_DATA 0/0 @10d TIME"},
		},
		{
			"late-shipment-30d", append(manyPlaced(25, start, shippedBy(start)), event(events.ShipmentConfirmed, hours(1), inOrder("A1"))),
			[]string{"late-shipment-30d/1 OK>BREACHED 1/25 @13h EVENT 25", "late-shipment-30d/2 BREACHED>NO_DATA 0/0 @30d TIME"},
		},
		{
			"valid-tracking", append(manyPlaced(2, start), shipped, unscanned, event(events.ShipmentScanned, hours(3), inOrder("A1"))),
			[]string{"valid-tracking/1 NO_DATA>BREACHED 1/2 @10d TIME", "valid-tracking/2 BREACHED>NO_DATA 0/0 @40d TIME"},
		},
		{
			"on-time-delivery", append(manyPlaced(2, start, promised), shipped, unscanned, event(events.ShipmentScanned, hours(3), inOrder("A1"))),
			[]string{"on-time-delivery/1 NO_DATA>BREACHED 0/1 @10d TIME", "on-time-delivery/2 BREACHED>NO_DATA 0/0 @40d TIME"},
		},
		{
			"on-time-delivery", append(manyPlaced(1, start, deliveredBy(days(11))), shipped, event(events.ShipmentScanned, hours(3), inOrder("A1"))),
			[]string{"on-time-delivery/1 NO_DATA>BREACHED 0/1 @11d12h1ms TIME", "on-time-delivery/2 BREACHED>NO_DATA 0/0 @40d TIME"},
		},
		{
			"return-dissatisfaction", log(placed(start), event(events.ReturnRequested, hours(1))),
			[]string{"return-dissatisfaction/1 OK>BREACHED 1/1 @2d13h1ms TIME", "return-dissatisfaction/2 BREACHED>NO_DATA 0/0 @30d TIME"},
		},
	} {
		t.Run(string(c.rule), func(t *testing.T) {
			r := only(c.rule, c.log...)
			r.AsOf(days(100))
			checkAlerts(t, r, c.want...)
		})
	}
}

func TestBreachAndRecoveryWithinOneInstant(t *testing.T) {
	r := only("odr-early", placed(start), event(events.FeedbackLeft, hours(1)), event(events.FeedbackRemoved, hours(1)))
	checkAlerts(t, r, "odr-early/1 OK>BREACHED 1/1 @13h EVENT 1", "odr-early/2 BREACHED>OK 0/1 @13h EVENT 2")
}

func TestDueBeforeTheEventOfTheSameInstant(t *testing.T) {
	log := log(placed(start), event(events.ReturnRequested, hours(1)), event(events.ReturnAnswered, hours(49)+1), event(events.ReturnAnswered, hours(2)))
	checkAlerts(t, only("return-dissatisfaction", log...), "return-dissatisfaction/1 OK>BREACHED 1/1 @2d13h1ms TIME",
		"return-dissatisfaction/2 BREACHED>OK 0/1 @2d13h1ms EVENT 3")
}

// A's order leaves the window as B's answer falls due: one after the other, the breach would end in between.
func TestAllDueAtOneInstantIsOneEvaluation(t *testing.T) {
	rule := Rule{Name: "r", Metric: "return_dissatisfaction_rate", Window: Over("2d"), Target: "< 0.5"}
	r := Run(records(
		placed(midnight+hour, inOrder("A")), event(events.ReturnRequested, midnight+hour, inOrder("A")),
		event(events.ReturnFeedback, midnight+2*hour, inOrder("A"), negative),                                            // Leaves the window at the second midnight.
		placed(midnight+day, inOrder("B"), dated(midnight+day)), event(events.ReturnRequested, midnight-1, inOrder("B")), // Falls due just then.
	), Options{Rules: pack(rule)})
	r.AsOf(midnight + 3*day)
	checkAlerts(t, r, "r/1 OK>BREACHED 1/1 @2h EVENT 2", "r/2 BREACHED>NO_DATA 0/0 @3d TIME")
}

func TestWarnResolveAndMinDenominator(t *testing.T) {
	rule := Rule{
		Name: "r", Metric: "order_defect_rate", Window: Over("1d"), Target: "< 0.5", Warn: "0.25", Resolve: "0.333333333", MinDenominator: 2,
	}
	log := log(
		placed(start, inOrder("A")), event(events.FeedbackLeft, start, inOrder("A")), // 1/1: too few.
		placed(start, inOrder("B")), // 1/2: breached.
		placed(start, inOrder("C")), // 1/3: the target is met, not yet the level.
		placed(start, inOrder("D")), // 1/4: at risk.
		placed(start, inOrder("E")), // 1/5
	)
	r := Run(records(log...), Options{Rules: pack(rule)})
	r.AsOf(midnight + day)
	checkAlerts(t, r, "r/1 NO_DATA>BREACHED 1/2 @12h EVENT 2", "r/2 BREACHED>AT_RISK 1/4 @12h EVENT 4", "r/3 AT_RISK>OK 1/5 @12h EVENT 5")
	if kinds := []string{r.Alerts[0].Kind, r.Alerts[1].Kind, r.Alerts[2].Kind}; !slices.Equal(kinds, []string{"BREACHED", "AT_RISK", "RESOLVED"}) {
		t.Errorf("kinds %q", kinds)
	}
	if k := *r.Alerts[0].OrdersToRecover; k != 2 {
		t.Errorf("%d orders to recover, want the 2 that reach the level", k)
	}
}

func TestWarnOfAFloor(t *testing.T) {
	rule := ruleOf(Rule{Target: "> 0.5", Warn: "0.7"})
	for _, c := range []struct {
		good, all int
		want      State
	}{{1, 2, Breached}, {3, 5, AtRisk}, {7, 10, AtRisk}, {3, 4, OK}, {0, 0, NoData}} {
		if got := rule.next(standing{}, c.good, c.all).state; got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.good, c.all, got, c.want)
		}
	}
	rule = ruleOf(Rule{Target: "> 0.5"})
	if got := rule.next(standing{}, 51, 100).state; got != OK {
		t.Errorf("51 of 100: %s, want OK: a floor warns of nothing by itself", got)
	}
}

func TestRulesChange(t *testing.T) {
	rule := Rule{Name: "r", Metric: "order_defect_rate", Window: Over("60d"), Target: "< 0.01"}
	r := Run(records(placed(start), event(events.FeedbackLeft, hours(1))), Options{Rules: pack(rule)})
	looser := rule
	looser.Target, looser.Warn = "< 1.5", "1.5"
	r.SetRules(pack(looser))
	r.SetRules(nil)
	r.Take(records(event(events.FeedbackRemoved, hours(3)))[0])
	r.SetRules(pack(rule))
	r.Take(records(event(events.FeedbackLeft, hours(4)))[0])
	checkAlerts(t, r, "r/1 OK>BREACHED 1/1 @13h EVENT 1", "r/2 BREACHED>OK 1/1 @13h RULES", "r/3 OK>BREACHED 1/1 @16h EVENT 0")
}

func TestPlacedAgainMovesTheOrder(t *testing.T) {
	r := only("odr-early", placed(start), event(events.FeedbackLeft, hours(1)), placed(days(40), dated(days(40)), lines("books")), placed(days(50), inOrder("P")))
	r.AsOf(midnight + 70*day)
	checkAlerts(t, r, "odr-early/1 OK>BREACHED 1/1 @13h EVENT 1")
	report := r.Report("S")
	if rule := report.Rules[0]; rule.Numerator != 1 || rule.Denominator != 2 || rule.State != Breached {
		t.Errorf("%+v", rule)
	}
}

func TestOrderOfTomorrowCountsFromTomorrow(t *testing.T) {
	r := only("odr-early", placed(start, dated(hours(24))), event(events.FeedbackLeft, hours(1)))
	checkAlerts(t, r)
	r.AsOf(midnight + day)
	checkAlerts(t, r, "odr-early/1 NO_DATA>BREACHED 1/1 @24h TIME")
}

func TestZoneDecidesTheDay(t *testing.T) {
	zone := time.FixedZone("", -5*3600)
	r := Run(records(placed(midnight), event(events.FeedbackLeft, midnight)), Options{Zone: zone})
	if from, to := r.Report("S").Rules[2].Window.From.String(), r.Report("S").Rules[2].Window.To.String(); from != "2025-12-25" || to != "2025-12-31" {
		t.Errorf("seven days are %s to %s", from, to)
	}
	r.AsOf(midnight + 60*day)
	checkAlerts(t, r, "odr-early/1 OK>BREACHED 1/1 @0h EVENT 1", "odr/1 NO_DATA>BREACHED 1/1 @29d5h TIME", "odr-early/2 BREACHED>NO_DATA 0/0 @59d5h TIME")
}
