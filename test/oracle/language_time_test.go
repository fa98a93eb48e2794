package oracle

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sellerpulse/pkg/events"
)

// Point 45: weeks and months end before the one that holds the day, also on its last day. 1 January 2026 is a Thursday.
func TestWindows45(t *testing.T) {
	for _, c := range []struct {
		span     Text
		lag      int
		day      Text
		from, to string
		days     int
	}{
		{"7d", 0, "2026-01-10", "2026-01-04", "2026-01-10", 7},
		{"7d", 3, "2026-01-10", "2026-01-01", "2026-01-07", 7},
		{"1w", 0, "2026-01-11", "2025-12-29", "2026-01-04", 7}, // A Sunday.
		{"1w", 0, "2026-01-12", "2026-01-05", "2026-01-11", 7}, // The Monday after it.
		{"2w", 0, "2026-01-15", "2025-12-29", "2026-01-11", 14},
		{"1w", 1, "2026-01-12", "2025-12-29", "2026-01-04", 7},
		{"1mo", 0, "2026-03-01", "2026-02-01", "2026-02-28", 28},
		{"1mo", 0, "2026-03-31", "2026-02-01", "2026-02-28", 28},
		{"1mo", 1, "2026-03-01", "2026-01-01", "2026-01-31", 31},
		{"3mo", 0, "2026-03-20", "2025-12-01", "2026-02-28", 90},
		{"12mo", 0, "2025-01-20", "2024-01-01", "2024-12-31", 366},
		{"12mo", 2, "2025-03-02", "2024-02-01", "2025-01-31", 366},
	} {
		got := spanOf(c.span, c.lag).on(dayNamed(c.day))
		if got.From.String() != c.from || got.To.String() != c.to || got.Days != c.days {
			t.Errorf("%s, lag %d, on %s: %s to %s, %d days; want %s to %s, %d", c.span, c.lag, c.day, got.From, got.To, got.Days, c.from, c.to, c.days)
		}
	}
}

// Point 31: the first window with enough in it; a total below the minimum decides on the last.
func TestChoiceOfWindow31(t *testing.T) {
	r := Run(records(slices.Concat(manyPlaced(30, start), log(placed(days(20), inOrder("B"), dated(days(20))), placed(days(20), inOrder("C"), dated(days(20)), afn)),
		log(claimOf(1, days(20))))...), Options{Rules: pack(
		Rule{Name: "two", Metric: "claim_rate", Window: Windows{{"10d", 2}, {"60d", 0}}, Target: "< 0.1"},
		Rule{Name: "three", Metric: "claim_rate", Window: Windows{{"10d", 3}, {"60d", 0}}, Target: "< 0.1"},
		Rule{Name: "lines", Metric: "claim_rate", Window: Windows{{"10d", 2}, {"60d", 0}}, Target: "< 0.1", Where: Where{Channel: Texts{"MFN"}}},
		Rule{Name: "few", Metric: "claim_rate", Window: Windows{{"10d", 2}, {"60d", 0}}, MinDenominator: 3, Target: "< 0.1"},
		Rule{Name: "narrow", Metric: "claim_rate", Window: Windows{{"60d", 33}, {"30d", 32}, {"2d", 0}}, Target: "< 0.1"},
	)})
	want := []string{"two 10 0/2 OK", "three 60 1/32 OK", "lines 60 1/31 OK", "few 10 0/2 NO_DATA", "narrow 30 1/32 OK"}
	var got []string
	for _, x := range r.Report("S").Rules {
		got = append(got, fmt.Sprintf("%s %d %d/%d %s", x.Rule, x.Window.Days, x.Numerator, x.Denominator, x.State))
	}
	if !slices.Equal(got, want) {
		t.Errorf("rules\n got %q\nwant %q", got, want)
	}
}

// Point 9: the windows are placed, and of a list chosen, anew for each day to come; days that no rule is evaluated on are not asked.
func TestRecovery9(t *testing.T) {
	for _, c := range []struct {
		rule Rule
		want string
	}{
		{Rule{Window: Over("10d")}, "2026-01-11"},
		{Rule{Window: Over("1w")}, "none"}, // It counts no day of this week: there is no breach.
		{Rule{Window: Over("10d"), Lag: "2d"}, "none"},
		{Rule{Window: Windows{{"3d", 1}, {"30d", 0}}}, "2026-01-31"}, // From 4 January on nothing is in the first window.
		{Rule{Window: Windows{{"3d", 1}, {"1d", 0}}}, "2026-01-04"},
	} {
		c.rule.Name, c.rule.Metric, c.rule.Target = "r", "claim_rate", "< 0.1"
		r := Run(records(placed(start), event(events.ClaimOpened, hours(1))), Options{Rules: pack(c.rule)})
		got := "none"
		if len(r.Alerts) > 0 {
			got = r.Alerts[0].RecoversOn.String()
		}
		if got != c.want {
			t.Errorf("%+v: recovers on %s, want %s", c.rule.Window, got, c.want)
		}
	}
	// Evaluated on Mondays: on the 12th the order of the 1st is in the window, on the 19th it is not.
	weekly := Rule{Name: "r", Metric: "claim_rate", Window: Over("14d"), Target: "< 0.1", Evaluate: "weekly mon"}
	r := Run(records(placed(start), event(events.ClaimOpened, hours(1))), Options{Rules: pack(weekly)})
	r.AsOf(midnight + 4*day)
	checkAlerts(t, r, "r/1 NO_DATA>BREACHED 1/1 @4d TIME")
	if got := r.Alerts[0].RecoversOn.String(); got != "2026-01-19" {
		t.Errorf("recovers on %s", got)
	}
}

// versions are two of a rule: until a day, and from a day.
func versions(until, from Text, changes ...func(*Rule)) []Pack {
	first := Rule{Name: "r", Metric: "claim_rate", Window: Over("30d"), Target: "< 0.1", Until: until, Class: "contractual"}
	second := first
	second.Until, second.From, second.Target, second.Warn = "", from, "< 0.6", "0.6"
	for _, c := range changes {
		c(&second)
	}
	return pack(first, second)
}

// Points 10, 17, 18, 19 and 20.
func TestVersions(t *testing.T) {
	breached := append(manyPlaced(2, start), claimOf(1, hours(1)))
	for _, c := range []struct {
		name  string
		rules []Pack
		want  []string
	}{
		{"the next is looser", versions("2026-01-05", "2026-01-06"), []string{"r/1 OK>BREACHED 1/2 @13h EVENT 2", "r/2 BREACHED>OK 1/2 @5d TIME"}},
		{"a day between", versions("2026-01-05", "2026-01-07"), []string{"r/1 OK>BREACHED 1/2 @13h EVENT 2", "r/2 BREACHED>NO_DATA 1/2 @5d TIME"}},
		{"the next is as strict, after a gap", versions("2026-01-05", "2026-01-07", func(r *Rule) { r.Target, r.Warn = "< 0.2", "" }), []string{
			"r/1 OK>BREACHED 1/2 @13h EVENT 2", "r/2 BREACHED>NO_DATA 1/2 @5d TIME", "r/3 NO_DATA>BREACHED 1/2 @6d TIME", "r/4 BREACHED>NO_DATA 0/0 @30d TIME",
		}},
		{"the next is as strict", versions("2026-01-05", "2026-01-06", func(r *Rule) { r.Target, r.Warn = "< 0.2", "" }), []string{
			"r/1 OK>BREACHED 1/2 @13h EVENT 2", "r/2 BREACHED>NO_DATA 0/0 @30d TIME",
		}},
		{"the next has levels", versions("2026-01-05", "2026-01-06", func(r *Rule) { r.Target, r.Warn, r.Levels = "", "", marketLevels() }), []string{
			"r/1 OK>BREACHED 1/2 @13h EVENT 2", "r/2 BREACHED>BREACHED 1/2 @5d TIME", "r/3 BREACHED>NO_DATA 0/0 @30d TIME",
		}},
		// On the day of the change the window is the new one's, and slides at once.
		{"the next has a shorter window", versions("2026-01-05", "2026-01-06", func(r *Rule) { r.Window = Over("5d") }), []string{
			"r/1 OK>BREACHED 1/2 @13h EVENT 2", "r/2 BREACHED>NO_DATA 0/0 @5d TIME",
		}},
		{"not yet in force", versions("2025-12-31", "2026-01-06", func(r *Rule) { r.Target, r.Warn = "< 0.2", "" }), []string{
			"r/1 NO_DATA>BREACHED 1/2 @5d TIME", "r/2 BREACHED>NO_DATA 0/0 @30d TIME",
		}},
		{"in force from the first event on", versions("2025-12-31", "2026-01-01", func(r *Rule) { r.Target, r.Warn = "< 0.2", "" }), []string{
			"r/1 OK>BREACHED 1/2 @13h EVENT 2", "r/2 BREACHED>NO_DATA 0/0 @30d TIME",
		}},
		{"evaluated on days, ended on another", versions("2026-01-07", "2026-01-09", func(*Rule) {}), []string{
			"r/1 OK>BREACHED 1/2 @13h EVENT 2", "r/2 BREACHED>NO_DATA 1/2 @7d TIME",
		}},
		// Point 21: a version's first day moves nothing, unless it is a day of evaluation; 12 January is a Monday.
		{"the next is evaluated on Mondays", versions("2026-01-05", "2026-01-06", func(r *Rule) { r.Evaluate = "weekly mon" }), []string{
			"r/1 OK>BREACHED 1/2 @13h EVENT 2", "r/2 BREACHED>OK 1/2 @11d TIME",
		}},
		{"the next is evaluated on Mondays, of which its first day is one", versions("2026-01-04", "2026-01-05", func(r *Rule) { r.Evaluate = "weekly mon" }), []string{
			"r/1 OK>BREACHED 1/2 @13h EVENT 2", "r/2 BREACHED>OK 1/2 @4d TIME",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Run(records(breached...), Options{Rules: c.rules})
			r.AsOf(midnight + 40*day)
			checkAlerts(t, r, c.want...)
		})
	}
	r := Run(records(breached...), Options{Rules: versions("2026-01-05", "2026-01-07")})
	r.AsOf(midnight + 5*day)
	if report := r.Report("S"); report.Rules != nil || report.Status != Active {
		t.Errorf("between two versions: %+v, %s; want no rule", report.Rules, report.Status)
	}
}

// Point 18 with days of evaluation: the end by until moves the state on whatever day that is.
func TestEndOfARuleWithDays(t *testing.T) {
	rule := Rule{Name: "r", Metric: "claim_rate", Window: Over("30d"), Target: "< 0.1", Evaluate: "monthly 5", Until: "2026-01-09"}
	r := Run(records(placed(start), event(events.ClaimOpened, hours(1))), Options{Rules: pack(rule)})
	r.AsOf(midnight + 40*day)
	checkAlerts(t, r, "r/1 NO_DATA>BREACHED 1/1 @4d TIME", "r/2 BREACHED>NO_DATA 1/1 @9d TIME")
}

// Points 21 and 22: an event at the start of such a day comes after the evaluation; in between the report projects.
func TestEvaluationDays(t *testing.T) {
	rule := Rule{Name: "r", Metric: "claim_rate", Window: Over("30d"), Target: "< 0.1", Evaluate: "monthly 3", Class: "contractual"}
	r := Run(records(placed(start), event(events.ClaimOpened, midnight+2*day), event(events.ClaimOpened, days(3))), Options{Rules: pack(rule)})
	checkAlerts(t, r)
	for _, c := range []struct {
		day              int64
		state, projected State
		status           string
	}{{29, OK, Breached, Active}, {30, OK, NoData, Active}, {33, NoData, NoData, Active}} {
		r.AsOf(midnight + c.day*day)
		if x := r.Report("S"); x.Rules[0].State != c.state || x.Rules[0].ProjectedState != c.projected || x.Status != c.status {
			t.Errorf("day %d: %s, %+v", c.day, x.Status, x.Rules[0])
		}
	}
	checkAlerts(t, r)
}

// The state that is projected follows the official one: resolve holds a breach.
func TestProjectionRemembersTheState(t *testing.T) {
	rule := Rule{Name: "r", Metric: "claim_rate", Window: Over("30d"), Target: "< 0.5", Resolve: "0.2", Warn: "0.5", Evaluate: "weekly fri"}
	r := Run(records(placed(start, inOrder("A1")), claimOf(1, hours(1))), Options{Rules: pack(rule)})
	r.AsOf(midnight + 1*day) // Friday.
	for _, e := range manyPlaced(5, days(1))[1:] {
		r.Take(records(e)[0])
	}
	if x := r.Report("S").Rules[0]; x.State != Breached || x.ProjectedState != Breached || x.Numerator != 1 || x.Denominator != 5 {
		t.Errorf("1 of 5: %+v", x)
	}
	r.Take(records(placed(days(1), inOrder("B")))[0])
	if x := r.Report("S").Rules[0]; x.State != Breached || x.ProjectedState != OK {
		t.Errorf("1 of 6: %+v", x)
	}
}

// Point 45: the day of evaluation begins at its first instant in the zone.
func TestEvaluationInAZone(t *testing.T) {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	first := time.Date(2018, 11, 3, 12, 0, 0, 0, zone).UnixMilli()
	rule := Rule{Name: "r", Metric: "claim_rate", Window: Over("7d"), Target: "< 0.1", Evaluate: "weekly sun"}
	r := Run(records(placed(first), event(events.ClaimOpened, first)), Options{Rules: pack(rule), Zone: zone})
	r.AsOf(first + day)
	if len(r.Alerts) != 1 || r.Alerts[0].AsOf != time.Date(2018, 11, 4, 3, 0, 0, 0, time.UTC).UnixMilli() {
		t.Errorf("alerts %+v, want one as the Sunday begins, at 01:00", r.Alerts)
	}
}
