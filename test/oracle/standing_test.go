package oracle

import (
	"fmt"
	"slices"
	"testing"
)

// marketLevels are the five levels of a marketplace, of which the last two are breaches.
func marketLevels() []Level {
	return []Level{
		{"leader", "<= 0.01", "ok"}, {"green", "<= 0.02", "ok"}, {"yellow", "<= 0.045", "at_risk"}, {"orange", "<= 0.08", "breached"}, {"red", "", "breached"},
	}
}

// punctual are levels of a rate that is to be high.
func punctual() []Level {
	return []Level{{"recommended", ">= 0.95", "ok"}, {"required", ">= 0.9", "at_risk"}, {"restricted", "", "breached"}}
}

// mild are levels without a breach.
func mild() []Level { return []Level{{"gold", "< 0.1", "ok"}, {"silver", "", "at_risk"}} }

func (s standing) words() string {
	if s.level == "" {
		return string(s.state)
	}
	return string(s.state) + " " + s.level
}

// Points 2 to 5 of section 4: what the state is, from a state, numerator and denominator.
func TestStandings(t *testing.T) {
	for _, c := range []struct {
		rule   Rule
		before State
		n, d   int
		want   string
	}{
		// One miss of three, five needed: a breach by rate alone is a risk where something warns, else nothing.
		{Rule{Target: "< 0.1", MinMisses: 5}, OK, 1, 3, "AT_RISK"},
		{Rule{Target: "> 0.9", MinMisses: 5}, OK, 2, 3, "OK"},
		{Rule{Target: "> 0.9", Warn: "0.95", MinMisses: 5}, OK, 2, 3, "AT_RISK"},
		{Rule{Target: "< 0.1", MinMisses: 5}, OK, 5, 50, "BREACHED"},
		{Rule{Target: "< 0.1", MinMisses: 5}, OK, 4, 40, "AT_RISK"},
		{Rule{Target: "> 0.9", MinMisses: 5}, OK, 45, 50, "BREACHED"},
		{Rule{Target: "> 0.9", MinMisses: 5}, OK, 36, 40, "OK"},
		// A breach that resolve holds ends with too few misses.
		{Rule{Target: "< 0.1", Resolve: "0.05", MinMisses: 5}, Breached, 5, 60, "BREACHED"},
		{Rule{Target: "< 0.1", Resolve: "0.05", MinMisses: 5}, Breached, 4, 60, "OK"},
		{Rule{Target: "< 0.1", Resolve: "0.05", MinMisses: 5}, AtRisk, 5, 60, "AT_RISK"},
		{Rule{Target: "< 0.1", Resolve: "0.05"}, Breached, 1, 20, "BREACHED"},
		{Rule{Target: "<= 0.1", Resolve: "0.05"}, Breached, 1, 20, "OK"},
		{Rule{Target: ">= 0.9", Resolve: "0.95"}, Breached, 94, 100, "BREACHED"},
		{Rule{Target: ">= 0.9", Resolve: "0.95"}, Breached, 95, 100, "OK"},
		// The limit itself.
		{Rule{Target: "< 0.02"}, OK, 2, 100, "BREACHED"},
		{Rule{Target: "<= 0.02"}, OK, 2, 100, "AT_RISK"},
		{Rule{Target: "<= 0.02"}, OK, 3, 100, "BREACHED"},
		{Rule{Target: "> 0.9"}, OK, 9, 10, "BREACHED"},
		{Rule{Target: ">= 0.9"}, OK, 9, 10, "OK"},
		{Rule{Target: ">= 0.9"}, OK, 89, 100, "BREACHED"},
		// The warning: 80 % of a limit above 0, at the warning itself.
		{Rule{Target: "<= 0.05"}, OK, 4, 100, "AT_RISK"},
		{Rule{Target: "<= 0.05"}, OK, 39, 1000, "OK"},
		{Rule{Target: "<= 0"}, OK, 0, 9, "OK"},
		{Rule{Target: "<= 0"}, OK, 1, 9, "BREACHED"},
		{Rule{Target: ">= 0.9", Warn: "0.92"}, OK, 92, 100, "AT_RISK"},
		{Rule{Target: ">= 0.9", Warn: "0.92"}, OK, 93, 100, "OK"},
		{Rule{Target: "<= 0.05", Warn: "0.05"}, OK, 5, 100, "AT_RISK"},
		// Too little data, whatever the state was.
		{Rule{Target: "< 0.1", MinDenominator: 10}, Breached, 9, 9, "NO_DATA"},
		{Rule{Levels: marketLevels(), MinDenominator: 10}, Breached, 9, 9, "NO_DATA"},
		{Rule{Levels: marketLevels()}, Breached, 0, 0, "NO_DATA"},
		// Levels: the first that is met.
		{Rule{Levels: marketLevels()}, OK, 1, 100, "OK leader"},
		{Rule{Levels: marketLevels()}, OK, 2, 100, "OK green"},
		{Rule{Levels: marketLevels()}, OK, 45, 1000, "AT_RISK yellow"},
		{Rule{Levels: marketLevels()}, OK, 46, 1000, "BREACHED orange"},
		{Rule{Levels: marketLevels()}, OK, 81, 1000, "BREACHED red"},
		{Rule{Levels: punctual()}, OK, 95, 100, "OK recommended"},
		{Rule{Levels: punctual()}, OK, 94, 100, "AT_RISK required"},
		{Rule{Levels: punctual()}, OK, 89, 100, "BREACHED restricted"},
		{Rule{Levels: mild()}, OK, 9, 9, "AT_RISK silver"},
		// With too few misses it is the last level that is no breach.
		{Rule{Levels: marketLevels(), MinMisses: 3}, OK, 2, 10, "AT_RISK yellow"},
		{Rule{Levels: marketLevels(), MinMisses: 3}, OK, 3, 10, "BREACHED red"},
		{Rule{Levels: marketLevels(), MinMisses: 3}, OK, 1, 100, "OK leader"},
		{Rule{Levels: punctual(), MinMisses: 3}, OK, 8, 10, "AT_RISK required"},
		{Rule{Levels: punctual(), MinMisses: 3}, OK, 7, 10, "BREACHED restricted"},
	} {
		got := ruleOf(c.rule).next(standing{state: c.before}, c.n, c.d)
		if got.words() != c.want {
			t.Errorf("%d of %d under %+v from %s: %s, want %s", c.n, c.d, c.rule, c.before, got.words(), c.want)
		}
	}
}

// Point 1: what is published.
func TestAlertsOfStandings(t *testing.T) {
	leader, green, yellow := standing{OK, "leader"}, standing{OK, "green"}, standing{AtRisk, "yellow"}
	orange, red, none := standing{Breached, "orange"}, standing{Breached, "red"}, standing{state: NoData}
	for _, c := range []struct {
		before, after standing
		want          bool
	}{
		{green, leader, false},
		{none, green, false},
		{green, none, false},
		{green, green, false},
		{red, red, false},
		{green, yellow, true},
		{yellow, leader, true},
		{orange, red, true},
		{red, orange, true},
		{red, none, true},
		{none, orange, true},
		{standing{state: AtRisk}, yellow, true}, // From a rule without levels to one with them.
	} {
		if got := isAlert(c.before, c.after); got != c.want {
			t.Errorf("%s to %s: published %t, want %t", c.before.words(), c.after.words(), got, c.want)
		}
	}
}

// Points 6 to 8: the target, what is missing to a breach, and to the end of one.
func TestDistancesWithMissesAndLevels(t *testing.T) {
	for _, c := range []struct {
		rule                     Rule
		n, d                     int
		target, breach, recovery string
	}{
		{Rule{Levels: marketLevels()}, 1, 100, "<= 0.045", "4", "none"},               // 5 of 100.
		{Rule{Levels: marketLevels()}, 5, 100, "<= 0.045", "0", "12"},                 // 5 of 112 is 0.0446, of 111 0.0450450.
		{Rule{Levels: marketLevels(), MinMisses: 9}, 1, 100, "<= 0.045", "8", "none"}, // By the rate 4.
		{Rule{Levels: punctual()}, 97, 100, ">= 0.9", "8", "none"},                    // 89 of 100.
		{Rule{Levels: punctual()}, 80, 100, ">= 0.9", "0", "100"},                     // 180 of 200.
		{Rule{Levels: punctual(), MinMisses: 12}, 97, 100, ">= 0.9", "9", "none"},     // 3 misses so far.
		{Rule{Levels: mild()}, 3, 100, "", "none", "none"},                            // No level is a breach.
		{Rule{Levels: []Level{{"a", "<= 0.1", "ok"}, {"b", "", "ok"}}}, 3, 9, "", "none", "none"},
		{Rule{Target: "< 0.1", MinMisses: 5}, 1, 3, "< 0.1", "4", "none"},      // Beyond the denominator.
		{Rule{Target: "> 0.9", MinMisses: 5}, 1, 3, "> 0.9", "3", "none"},      // 3 of 3 would leave less than nothing.
		{Rule{Target: "< 0.1", MinMisses: 5}, 1, 100, "< 0.1", "9", "none"},    // The rate needs more: 10 of 100.
		{Rule{Target: "< 0.1", Resolve: "0.05"}, 10, 100, "< 0.1", "0", "101"}, // 10 of 201.
		{Rule{Target: "<= 0.1", Resolve: "0"}, 11, 100, "<= 0.1", "0", "none"},
		{Rule{Target: ">= 0.9", Resolve: "1"}, 8, 10, ">= 0.9", "0", "none"},
		{Rule{Target: "< 0.1", MinDenominator: 10}, 1, 9, "< 0.1", "none", "none"}, // No data.
	} {
		of := ruleOf(c.rule)
		at, recovery := of.next(standing{}, c.n, c.d), "none"
		is := figures{numerator: c.n, denominator: c.d}
		if at.state == Breached {
			recovery = show(of.ordersToRecover(at, is))
		}
		got := []string{of.aimed().String(), show(of.defectsToBreach(at, is)), recovery}
		if want := []string{c.target, c.breach, c.recovery}; !slices.Equal(got, want) {
			t.Errorf("%d of %d under %+v: %q, want %q", c.n, c.d, c.rule, got, want)
		}
	}
	held := ruleOf(Rule{Target: "< 0.1", Resolve: "0.05"})
	is := figures{numerator: 9, denominator: 100}
	if breach := show(held.defectsToBreach(standing{state: Breached}, is)); breach != "0" {
		t.Errorf("a breach that resolve holds is %s from a breach, want 0", breach)
	}
}

// Points 1 and 6 in a log: five levels gone through, each with what was before it.
func TestLevelsInALog(t *testing.T) {
	rules := pack(Rule{Name: "claims", Metric: "claim_rate", Window: Over("60d"), Levels: marketLevels(), MinDenominator: 10, Class: "contractual"})
	list := manyPlaced(100, start)
	for i := range 9 {
		list = append(list, claimOf(i+1, hours(1)))
	}
	r := Run(records(list...), Options{Rules: rules})
	r.AsOf(midnight + 60*day)
	var got []string
	for _, a := range r.Alerts {
		got = append(got, fmt.Sprintf("%s %s %s/%s>%s/%s %d/%d %s", a.AlertID, a.Kind, a.PreviousState, a.PreviousLevel, a.State, a.Level, a.Numerator, a.Denominator, a.Target))
	}
	want := []string{
		"S/claims/1 AT_RISK OK/green>AT_RISK/yellow 3/100 <= 0.045",
		"S/claims/2 BREACHED AT_RISK/yellow>BREACHED/orange 5/100 <= 0.045",
		"S/claims/3 BREACHED BREACHED/orange>BREACHED/red 9/100 <= 0.045",
		"S/claims/4 RESOLVED BREACHED/red>NO_DATA/ 0/0 <= 0.045",
	}
	if !slices.Equal(got, want) {
		t.Errorf("alerts\n got %q\nwant %q", got, want)
	}
}
