package rules

import (
	"math"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sellerpulse/pkg/windows"
)

func TestDefectsToBreach(t *testing.T) {
	percent, tracking := Rule{Target: Target{Less, Decimal{1, 100}}}, Rule{Target: Target{Greater, Decimal{95, 100}}}
	for _, row := range []struct {
		rule                   Rule
		numerator, denominator int64
		state                  State
		want                   int64
		ok                     bool
	}{
		{percent, 0, 0, NoData, 0, false},
		{percent, 0, 1, OK, 1, true},
		{percent, 0, 100, OK, 1, true},
		{percent, 0, 101, OK, 2, true},
		{percent, 1, 1000, OK, 9, true},
		{percent, 1, 100, Breached, 0, true},
		{tracking, 100, 100, OK, 5, true},
		{tracking, 1, 1, OK, 1, true},
		{tracking, 0, 1, Breached, 0, true},
		{Rule{Target: percent.Target, Resolve: &Decimal{5, 1000}}, 1, 150, Breached, 0, true}, // within the target, but the breach goes on
	} {
		if got, ok := row.rule.DefectsToBreach(row.numerator, row.denominator, row.state); got != row.want || ok != row.ok {
			t.Errorf("%d of %d, %v, %v: %d, %v; want %d, %v", row.numerator, row.denominator, row.rule.Target, row.state, got, ok, row.want, row.ok)
		}
	}
}

func TestOrdersToRecover(t *testing.T) {
	percent, tracking := Rule{Target: Target{Less, Decimal{1, 100}}}, Rule{Target: Target{Greater, Decimal{95, 100}}}
	for _, row := range []struct {
		rule                   Rule
		numerator, denominator int64
		state                  State
		want                   int64
		ok                     bool
	}{
		{percent, 1, 1, Breached, 100, true},
		{percent, 1, 100, Breached, 1, true},
		{percent, 2, 150, Breached, 51, true},
		{percent, 1, 101, AtRisk, 0, false},
		{percent, 0, 0, NoData, 0, false},
		{tracking, 0, 1, Breached, 20, true},
		{tracking, 95, 100, Breached, 1, true},
		{Rule{Target: percent.Target, Resolve: &Decimal{5, 1000}}, 1, 150, Breached, 51, true},
		{Rule{Target: Target{Less, Decimal{}}}, 1, 1, Breached, 0, false},
		{Rule{Target: Target{Greater, Decimal{1, 1}}}, 0, 1, Breached, 0, false},
		// More than can be counted: by far, by a quotient that begins with the 65th bit, and by one.
		{percent, 1 << 60, 1 << 60, Breached, 0, false},
		{Rule{Target: Target{Less, Decimal{1, 10}}}, 3e18, 3e18, Breached, 0, false},
		{Rule{Target: Target{Less, Decimal{1, 1}}}, math.MaxInt64, math.MaxInt64, Breached, 0, false},
	} {
		if got, ok := row.rule.OrdersToRecover(row.numerator, row.denominator, row.state); ok != row.ok || ok && got != row.want {
			t.Errorf("%d of %d, %v, %v: %d, %v; want %d, %v", row.numerator, row.denominator, row.rule.Target, row.state, got, ok, row.want, row.ok)
		}
	}
}

// TestExplanationsAreLeast checks with exact fractions that the number does it, and that one less does not.
func TestExplanationsAreLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRule().Draw(t, "rule")
		numerator, denominator := anyCounts(t)
		state := naiveNext(r, numerator, denominator, State(rapid.IntRange(0, int(NumStates)-1).Draw(t, "before"))).State
		if rapid.IntRange(0, 9).Draw(t, "official") == 0 {
			state = Breached // as of the last evaluation day
		}
		checkDefects(t, r, numerator, denominator, state)
		checkRecovery(t, r, numerator, denominator, state)
	})
}

func checkDefects(t *rapid.T, r *Rule, numerator, denominator int64, state State) {
	k, ok := r.DefectsToBreach(numerator, denominator, state)
	if want := state != NoData && !r.Target.IsZero(); ok != want || !ok {
		if ok != want {
			t.Fatalf("%s, %v has defects to breach: %v", r.Canonical(), state, ok)
		}
		return
	}
	breached := func(k int64) bool {
		n, misses := numerator+k, numerator+k
		if r.Good() {
			n, misses = numerator-k, denominator-numerator+k
		}
		return state == Breached || !naiveMet(r.Target, big.NewRat(n, denominator)) && misses >= r.MinMisses
	}
	if k < 0 || !breached(k) || k > 0 && breached(k-1) {
		t.Fatalf("%s, %d of %d, %v: %d defects to breach", r.Canonical(), numerator, denominator, state, k)
	}
}

func checkRecovery(t *rapid.T, r *Rule, numerator, denominator int64, state State) {
	k, ok := r.OrdersToRecover(numerator, denominator, state)
	if state != Breached {
		if ok {
			t.Fatalf("%s, %d of %d, %v has orders to recover", r.Canonical(), numerator, denominator, state)
		}
		return
	}
	ended := func(k int64) bool {
		n := numerator
		if r.Good() {
			n += k
		}
		return naiveNext(r, n, denominator+k, Breached).State != Breached
	}
	limit := r.ResolveAt()
	if !ok {
		never := limit.Comparator == AtMost && limit.Limit.Number == 0 || limit.Comparator == AtLeast && limit.Limit.Number == limit.Limit.Scale
		if !never || ended(0) || ended(1<<30) {
			t.Fatalf("%s, %d of %d: no orders to recover", r.Canonical(), numerator, denominator)
		}
		return
	}
	if k < 0 || !ended(k) || k > 0 && ended(k-1) {
		t.Fatalf("%s, %d of %d: %d orders to recover", r.Canonical(), numerator, denominator, k)
	}
}

var utc = windows.NewCalendar(time.UTC)

func TestRecoversOn(t *testing.T) {
	const today = windows.Date(1000)
	week := Rule{Windows: []Choice{{Window: windows.Window{Count: 7}}}, Target: Target{Less, Decimal{25, 1000}}}
	lagged := Rule{Windows: []Choice{{Window: windows.Window{Count: 7, Lag: 3}}}, Target: Target{Less, Decimal{25, 1000}}}
	for _, row := range []struct {
		name string
		rule Rule
		days map[windows.Date][2]int64
		want windows.Date
		ok   bool
	}{
		{"the miss leaves with its day", week, map[windows.Date][2]int64{998: {1, 1}}, 1005, true},
		{"the miss leaves, others stay", week, map[windows.Date][2]int64{995: {1, 1}, 1000: {0, 1}}, 1002, true},
		{"the miss stays to the last", week, map[windows.Date][2]int64{995: {0, 30}, 1000: {1, 5}}, 1007, true},
		{"dates of the lag come in", lagged, map[windows.Date][2]int64{997: {1, 1}, 999: {0, 40}}, 1002, true},
		{"misses of the lag come in", lagged, map[windows.Date][2]int64{991: {1, 1}, 992: {0, 1}, 998: {1, 1}}, 1008, true},
		{"as many misses of the lag come in", lagged, map[windows.Date][2]int64{997: {1, 30}, 998: {1, 30}}, 1008, true},
		{"a gap without data counts as over", lagged, map[windows.Date][2]int64{991: {1, 1}, 1000: {1, 1}}, 1001, true},
		{"no breach", week, map[windows.Date][2]int64{1000: {0, 1}}, 0, false},
	} {
		counts, last := countsOf(row.days)
		if got, ok := row.rule.RecoversOn(utc, today, last, counts); got != row.want || ok != row.ok {
			t.Errorf("%s: %d, %v; want %d, %v", row.name, got, ok, row.want, row.ok)
		}
	}
}

func countsOf(days map[windows.Date][2]int64) (func(from, to windows.Date) (int64, int64), windows.Date) {
	last := windows.Date(0)
	for d := range days {
		last = max(last, d)
	}
	return func(from, to windows.Date) (numerator, denominator int64) {
		for d := from; d <= to; d++ {
			numerator += days[d][0]
			denominator += days[d][1]
		}
		return numerator, denominator
	}, last
}

// TestRecoversOnAgainstEveryDay compares the sliding sums with whole windows, day by day.
func TestRecoversOnAgainstEveryDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRule().Draw(t, "rule")
		const today = windows.Date(100)
		days := map[windows.Date][2]int64{}
		for range rapid.IntRange(0, 12).Draw(t, "orders") {
			denominator := rapid.Int64Range(0, 5).Draw(t, "denominator")
			days[today-windows.Date(rapid.IntRange(-1, 70).Draw(t, "age"))] = [2]int64{rapid.Int64Range(0, denominator).Draw(t, "numerator"), denominator}
		}
		counts, last := countsOf(days)
		over := func(d windows.Date) bool {
			_, numerator, denominator := r.Choose(func(w windows.Window) (int64, int64) { return counts(w.Range(d)) })
			return naiveNext(r, numerator, denominator, Breached).State != Breached
		}
		got, ok := r.RecoversOn(utc, today, last, counts)
		if want := !r.Evaluate.Always() || !over(today); ok != want {
			t.Fatalf("%s: breach today: %v, recovers: %v", r.Canonical(), !over(today), ok)
		}
		want := today + 1
		for ok && !(over(want) && r.Evaluate.Has(want)) {
			want++
		}
		if ok && (got != want || got > max(last, today)+windows.Date(r.Needs())+32) {
			t.Fatalf("%s: recovers on %d, want %d", r.Canonical(), got, want)
		}
	})
}

// A day that the zone leaves out has no start, so that nobody recovers on it.
func TestRecoversOnADayThatThereIs(t *testing.T) {
	zone, err := time.LoadLocation("Pacific/Apia") // It left out 30 December 2011.
	if err != nil {
		t.Fatal(err)
	}
	gone, err := windows.ParseDate("2011-12-30")
	if err != nil {
		t.Fatal(err)
	}
	r := Rule{Windows: []Choice{{Window: windows.Window{Count: 7}}}, Target: Target{Less, Decimal{25, 1000}}}
	for _, row := range []struct {
		name string
		days map[windows.Date][2]int64
		want windows.Date
	}{
		{"over on the day left out, and after it", map[windows.Date][2]int64{gone - 7: {1, 1}, gone - 3: {0, 1}}, gone + 1},
		{"over on the day left out alone", map[windows.Date][2]int64{gone - 7: {1, 1}, gone - 6: {0, 45}, gone - 1: {1, 1}}, gone + 6},
		{"not over yet", map[windows.Date][2]int64{gone - 6: {1, 1}}, gone + 1},
	} {
		counts, last := countsOf(row.days)
		if got, ok := r.RecoversOn(windows.NewCalendar(zone), gone-1, last, counts); got != row.want || !ok {
			t.Errorf("%s: %v, %v; want %v", row.name, got, ok, row.want)
		}
	}
}

func TestMissesAllowedAgainstTrying(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRule().Draw(t, "rule")
		denominator := rapid.Int64Range(0, 300).Draw(t, "denominator")
		met := func(misses int64) bool {
			if r.Good() {
				return naiveMet(r.Target, big.NewRat(denominator-misses, denominator))
			}
			return naiveMet(r.Target, big.NewRat(misses, denominator))
		}
		got, ok := r.MissesAllowed(denominator)
		if ok != (denominator > 0 && !r.Target.IsZero()) {
			t.Fatalf("%s, of %d: %d, %v", r.Canonical(), denominator, got, ok)
		}
		if ok && (got < 0 || !met(got) || met(got+1)) {
			t.Fatalf("%s allows %d misses of %d", r.Canonical(), got, denominator)
		}
	})
}
