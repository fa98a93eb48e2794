package oracle

import (
	"fmt"
	"testing"

	"sellerpulse/pkg/events"
)

// keeping is a retention of 40 days and a history of 100: the orders of the first day expire as day 41 begins.
func keeping(rules ...Rule) Options {
	return Options{RetentionDays: 40, HistoryDays: 100, Rules: pack(rules...)}
}

const expires = 41

func claims(window Text, changes ...func(*Rule)) Rule {
	r := Rule{Name: "r", Metric: "claim_rate", Window: Over(window), Target: "< 0.6", Warn: "0.6"}
	for _, c := range changes {
		c(&r)
	}
	return r
}

// Points 11, 12 and 14: what has expired counts on as it was, and names no orders.
func TestHistory(t *testing.T) {
	list := append(manyPlaced(3, start), claimOf(1, hours(1)), claimOf(2, hours(2)))
	r := Run(records(list...), keeping(claims("60d")))
	checkAlerts(t, r, "r/1 OK>BREACHED 2/3 @14h EVENT 4")
	r.Alerts = nil
	r.AsOf(midnight + expires*day)
	checkParts(t, r, "r - 2/3 BREACHED")
	r.Take(records(claimOf(3, days(45)))[0])
	r.Take(records(event(events.OrderExcused, days(45), inOrder("A1")))[0])
	r.Take(records(placed(days(45), inOrder("A1"), dated(days(45))))[0])
	checkBuried(t, r, "0 expired", "0 expired", "0 expired")
	for i := range 2 { // Two fresh orders make it 2 of 5; a claim on one of them 3 of 5.
		r.Take(records(placed(days(46), inOrder(fmt.Sprint("B", i)), dated(days(46))))[0])
	}
	r.Take(records(event(events.ClaimOpened, days(47), inOrder("B1")))[0])
	checkAlerts(t, r, "r/2 BREACHED>OK 2/4 @46d12h EVENT 0", "r/3 OK>BREACHED 3/5 @47d12h EVENT 0")
	if ids := fmt.Sprint(r.Alerts[1].OrderIDs); ids != "[B1]" {
		t.Errorf("order ids %s, want the live one", ids)
	}
	r.AsOf(midnight + 60*day)
	checkParts(t, r, "r - 1/2 OK")
	without := Run(records(list...), Options{RetentionDays: 40, Rules: pack(claims("60d"))})
	without.AsOf(midnight + expires*day)
	checkParts(t, without, "r - 0/0 NO_DATA")
}

// Point 12: what falls due as the order expires does not count any more; a millisecond before it does.
func TestFrozenBeforeAllElse(t *testing.T) {
	const s = expires * day
	due := Rule{Name: "r", Metric: "due", Window: Over("60d"), Target: "< 0.6"}
	for _, c := range []struct {
		promise events.Millis
		want    string
	}{{midnight + s - 2, "r - 1/1 BREACHED"}, {midnight + s - 1, "r - 0/1 OK"}} {
		packs := []Pack{{Metrics: []Metric{{Name: "due", Unit: "shipment", Bad: Texts{"promise_due"}}}, Rules: []Rule{due}}}
		r := Run(records(placed(start, deliveredBy(c.promise)), event(events.ShipmentConfirmed, hours(1))), Options{RetentionDays: 40, HistoryDays: 100, Rules: packs})
		r.AsOf(midnight + s + day)
		checkParts(t, r, c.want)
	}
}

// Point 13: a measure that is loaded later has nothing for dates that had expired, and the report says from when on it counts.
func TestAMeasureThatComesLater(t *testing.T) {
	// Orders of days 0 and 3, which expire on days 41 and 44; the rules change on day 42.
	list := append(manyPlaced(2, start, at("DE")), claimOf(1, hours(1)), placed(days(3), inOrder("B"), at("DE"), dated(days(3))))
	from := func(r *Result, i int) string {
		if x := r.Report("S").Rules[i].CountsFrom; x != nil {
			return x.String()
		}
		return "always"
	}
	where := func(r *Rule) { r.Name, r.Where = "de", Where{Marketplace: Texts{"DE"}} }
	by := func(r *Rule) { r.Name, r.By = "by", "marketplace" }
	other := func(r *Rule) { r.Name, r.Target = "other", "< 0.7" }
	r := Run(records(list...), keeping(claims("60d")))
	r.AsOf(days(42))
	r.SetRules(pack(claims("60d"), claims("60d", where), claims("60d", by), claims("60d", other)))
	r.AsOf(days(45))
	checkParts(t, r, "r - 1/3 OK", "de - 0/1 OK", `by "DE" 0/1 OK`, "other - 1/3 OK")
	// On day 42 what was live began on day 2, 3 January.
	for i, want := range []string{"always", "2026-01-03", "2026-01-03", "always"} {
		if got := from(r, i); got != want {
			t.Errorf("rule %d counts from %s, want %s", i, got, want)
		}
	}
	r.AsOf(days(62)) // The window begins on 5 January.
	if got := from(r, 1); got != "always" {
		t.Errorf("counts from %s in a window that begins later", got)
	}
	// A measure that was there in between keeps what expired then.
	r = Run(records(list...), keeping(claims("60d", where)))
	r.AsOf(days(42))
	r.SetRules(pack(claims("60d")))
	r.AsOf(days(45))
	r.SetRules(pack(claims("60d", where)))
	checkParts(t, r, "de - 1/2 OK")
	if got := from(r, 0); got != "2026-01-06" { // Dates up to 5 January had expired by day 45.
		t.Errorf("counts from %s", got)
	}
}

// Rules that are not in force are measured too.
func TestARuleNotInForceIsMeasured(t *testing.T) {
	later := claims("60d", func(r *Rule) { r.From, r.Where = "2026-02-20", Where{Channel: Texts{"MFN"}} })
	r := Run(records(placed(start), event(events.ClaimOpened, hours(1))), keeping(later))
	r.AsOf(days(50)) // 20 February.
	checkParts(t, r, "r - 1/1 BREACHED")
}

// A list of windows, months, and the report's rows count what has expired too.
func TestHistoryElsewhere(t *testing.T) {
	list := append(manyPlaced(3, start), claimOf(1, hours(1)))
	list = append(list, placed(days(42), inOrder("B"), dated(days(42)), lines("books")))
	r := Run(records(list...), keeping(claims("10d", func(r *Rule) { r.Window = Windows{{"10d", 2}, {"1mo", 2}, {"60d", 0}} })))
	checkParts(t, r, "r - 1/3 OK") // January: 12 February is in no whole month, and 1 order in ten days.
	if w := r.Report("S").Rules[0].Window; w.From.String() != "2026-01-01" || w.Days != 31 {
		t.Errorf("window %+v", w)
	}
	report := r.Report("S")
	for _, c := range []struct {
		days int
		line string
		want string
	}{{10, "", "0/1"}, {31, "", "1/3"}, {60, "", "1/4"}, {60, "toys", "1/3"}, {60, "books", "0/1"}, {31, "books", "none"}} {
		if got := metricText(report, "claim_rate", c.days, "ALL", c.line); got != c.want {
			t.Errorf("%d days, line %q: %s, want %s", c.days, c.line, got, c.want)
		}
	}
}

// Once the key of an expired order is gone its id is free again, and what it counted for stays.
func TestAnIdIsUsedAgain(t *testing.T) {
	o := keeping(claims("200d"))
	o.HistoryDays = 250
	r := Run(records(placed(start), event(events.ClaimOpened, hours(1)), placed(days(140), dated(days(140)))), o)
	checkParts(t, r, "r - 1/2 OK")
}
