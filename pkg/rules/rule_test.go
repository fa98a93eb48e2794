package rules

import (
	"math/big"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// TestBuiltInRules holds the embedded file against the policy, row by row.
func TestBuiltInRules(t *testing.T) {
	want := []Rule{
		{Name: "odr", Metric: OrderDefectRate, Windows: []Choice{{Window: windows.Window{Count: 60, Lag: 30}}}, Target: Target{Less, Decimal{1, 100}}, Class: Contractual},
		{Name: "odr-early", Metric: OrderDefectRate, Windows: []Choice{{Window: windows.Window{Count: 60}}}, Target: Target{Less, Decimal{1, 100}}, Class: Advisory, Provisional: true},
		{Name: "cancellation", Metric: CancellationRate, Windows: []Choice{{Window: windows.Window{Count: 7}}}, Target: Target{Less, Decimal{25, 1000}}, Class: Contractual},
		{Name: "late-shipment-10d", Metric: LateShipmentRate, Windows: []Choice{{Window: windows.Window{Count: 10}}}, Target: Target{Less, Decimal{4, 100}}, Class: Contractual},
		{Name: "late-shipment-30d", Metric: LateShipmentRate, Windows: []Choice{{Window: windows.Window{Count: 30}}}, Target: Target{Less, Decimal{4, 100}}, Class: Contractual},
		{Name: "valid-tracking", Metric: ValidTrackingRate, Windows: []Choice{{Window: windows.Window{Count: 30, Lag: 10}}}, Target: Target{Greater, Decimal{95, 100}}, Class: Advisory},
		{Name: "on-time-delivery", Metric: OnTimeDeliveryRate, Windows: []Choice{{Window: windows.Window{Count: 30, Lag: 10}}}, Target: Target{Greater, Decimal{97, 100}}, Class: Advisory},
		{Name: "return-dissatisfaction", Metric: ReturnDissatisfactionRate, Windows: []Choice{{Window: windows.Window{Count: 30}}}, Target: Target{Less, Decimal{1, 10}}, Class: Advisory},
	}
	got := BuiltIn().Versions()
	if len(got) != len(want) {
		t.Fatalf("%d rules, want %d", len(got), len(want))
	}
	for i := range want {
		want[i].Pack, want[i].MinDenominator, want[i].MinMisses = BuiltInPack, 1, 1
		if got[i].Metric.Good != got[i].Target.Good() {
			t.Errorf("%s: that %v is good is %v, and its target is %v", got[i].Name, got[i].Metric, got[i].Metric.Good, got[i].Target)
		}
		if !reflect.DeepEqual(*got[i], want[i]) {
			t.Errorf("rule %d is %+v, want %+v", i, *got[i], want[i])
		}
	}
}

func TestMetrics(t *testing.T) {
	for _, row := range []struct {
		name                   string
		numerator, denominator windows.Measure
		channel                string
	}{
		{"order_defect_rate", windows.Defective, windows.Orders, "ALL"},
		{"negative_feedback_rate", windows.NegativeFeedback, windows.Orders, "ALL"},
		{"claim_rate", windows.Claim, windows.Orders, "ALL"},
		{"chargeback_rate", windows.Chargeback, windows.Orders, "ALL"},
		{"refund_rate", windows.Refunded, windows.Orders, "ALL"},
		{"cancellation_rate", windows.SellerCancelled, windows.Orders, "MFN"},
		{"late_shipment_rate", windows.LateShipped, windows.Orders, "MFN"},
		{"valid_tracking_rate", windows.ShipmentsValidTracking, windows.ShipmentsConfirmed, "MFN"},
		{"on_time_delivery_rate", windows.ShipmentsOnTime, windows.ShipmentsSettled, "MFN"},
		{"return_dissatisfaction_rate", windows.ReturnsNegative, windows.ReturnsRequested, "ALL"},
	} {
		m, err := ParseMetric(row.name)
		if err != nil {
			t.Fatal(err)
		}
		numerator, denominator := m.Measures()
		if numerator != row.numerator || denominator != row.denominator || m.Channel.String() != row.channel || m.String() != row.name {
			t.Errorf("%v counts %v of %v over %v, want %+v", m, numerator, denominator, m.Channel, row)
		}
	}
	for c, want := range map[Channel]events.Channel{AllChannels: 0, AFN: events.AFN, MFN: events.MFN} {
		if parsed, err := ParseChannel(c.String()); parsed != c || err != nil {
			t.Errorf("%v reads as %v, %v", c, parsed, err)
		}
		if c.Of() != want {
			t.Errorf("%v is %v of events, want %v", c, c.Of(), want)
		}
	}
	if _, err := ParseChannel("BOTH"); err == nil {
		t.Error("BOTH is no channel")
	}
	if _, err := ParseMetric("odr"); err == nil {
		t.Error("odr is a rule, not a metric")
	}
}

func TestNext(t *testing.T) {
	decimal := func(number, scale int64) *Decimal { return &Decimal{number, scale} }
	percent := Target{Less, Decimal{1, 100}}
	tracking := Target{Greater, Decimal{95, 100}}
	for _, row := range []struct {
		name                   string
		rule                   Rule
		numerator, denominator int64
		before, want           State
	}{
		{"no denominator", Rule{Target: percent}, 0, 0, Breached, NoData},
		{"no denominator, greater", Rule{Target: tracking}, 0, 0, OK, NoData},
		{"below the least denominator", Rule{Target: percent, MinDenominator: 10}, 9, 9, Breached, NoData},
		{"at the least denominator", Rule{Target: percent, MinDenominator: 10}, 1, 10, NoData, Breached},
		{"none", Rule{Target: percent}, 0, 1, NoData, OK},
		{"1 of 100 misses < 1 %", Rule{Target: percent}, 1, 100, OK, Breached},
		{"1 of 101 meets < 1 %, at risk", Rule{Target: percent}, 1, 101, Breached, AtRisk},
		{"exactly 80 % of the limit", Rule{Target: percent}, 1, 125, OK, AtRisk},
		{"just below 80 % of the limit", Rule{Target: percent}, 1, 126, AtRisk, OK},
		{"warn given, reached", Rule{Target: percent, Warn: decimal(5, 1000)}, 1, 200, OK, AtRisk},
		{"warn given, not reached", Rule{Target: percent, Warn: decimal(5, 1000)}, 1, 201, OK, OK},
		{"warn at the limit is never", Rule{Target: percent, Warn: decimal(1, 100)}, 1, 101, OK, OK},
		{"95 of 100 misses > 95 %", Rule{Target: tracking}, 95, 100, OK, Breached},
		{"96 of 100 meets > 95 %, no warning by default", Rule{Target: tracking}, 96, 100, Breached, OK},
		{"greater, warn reached", Rule{Target: tracking, Warn: decimal(97, 100)}, 97, 100, OK, AtRisk},
		{"greater, warn not reached", Rule{Target: tracking, Warn: decimal(97, 100)}, 98, 100, OK, OK},
		{"resolve not met keeps the breach", Rule{Target: percent, Resolve: decimal(5, 1000)}, 1, 200, Breached, Breached},
		{"resolve met ends the breach", Rule{Target: percent, Resolve: decimal(5, 1000)}, 1, 201, Breached, OK},
		{"resolve is for a breach only", Rule{Target: percent, Resolve: decimal(5, 1000)}, 1, 150, AtRisk, OK},
		{"greater, resolve not met", Rule{Target: tracking, Resolve: decimal(98, 100)}, 98, 100, Breached, Breached},
		{"at most, at the limit", Rule{Target: Target{AtMost, Decimal{1, 100}}}, 1, 100, OK, AtRisk},
		{"at most, at the limit, after a breach", Rule{Target: Target{AtMost, Decimal{1, 100}}}, 1, 100, Breached, AtRisk},
		{"at most, beyond it", Rule{Target: Target{AtMost, Decimal{1, 100}}}, 1, 99, OK, Breached},
		{"at most nothing, nothing", Rule{Target: Target{AtMost, Decimal{0, 1}}}, 0, 5, OK, OK},
		{"at most nothing, one", Rule{Target: Target{AtMost, Decimal{0, 1}}}, 1, 1 << 40, OK, Breached},
		{"at least, at the limit", Rule{Target: Target{AtLeast, Decimal{9, 10}}}, 9, 10, OK, OK},
		{"at least, below it", Rule{Target: Target{AtLeast, Decimal{9, 10}}}, 8, 9, OK, Breached},
		{"too few misses warn where there is a warn", Rule{Target: percent, MinMisses: 5}, 1, 3, OK, AtRisk},
		{"too few misses are nothing where there is none", Rule{Target: tracking, MinMisses: 5}, 2, 3, OK, OK},
		{"enough misses", Rule{Target: percent, MinMisses: 5}, 5, 500, OK, Breached},
		{"too few misses end what resolve holds", Rule{Target: percent, Resolve: decimal(5, 1000), MinMisses: 2}, 1, 150, Breached, OK},
		{"greater, resolve met", Rule{Target: tracking, Resolve: decimal(98, 100)}, 99, 100, Breached, OK},
		{"counts whose products need 128 bits", Rule{Target: percent}, 1 << 60, 100 << 56, OK, Breached},
	} {
		if got := row.rule.Next(row.numerator, row.denominator, Standing{State: row.before}).State; got != row.want {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

// TestNextLevels: the first level that is met, and no breached one with too few misses.
func TestNextLevels(t *testing.T) {
	at := func(c Comparator, percent int64) Target { return Target{c, Decimal{percent, 100}} }
	claims := Rule{MinDenominator: 10, MinMisses: 3, Levels: []Level{
		{"leader", at(AtMost, 1), OK}, {"green", at(AtMost, 2), OK}, {"yellow", at(AtMost, 4), AtRisk}, {"orange", at(AtMost, 8), Breached}, {"red", Target{}, Breached},
	}, Target: at(AtMost, 4)}
	punctual := Rule{Levels: []Level{{"good", at(Greater, 90), OK}, {"bad", Target{}, AtRisk}}}
	for _, row := range []struct {
		rule                   *Rule
		numerator, denominator int64
		want                   Standing
	}{
		{&claims, 9, 9, Standing{}},
		{&claims, 0, 10, Standing{OK, "leader"}},
		{&claims, 1, 100, Standing{OK, "leader"}},
		{&claims, 2, 100, Standing{OK, "green"}},
		{&claims, 4, 100, Standing{AtRisk, "yellow"}},
		{&claims, 5, 100, Standing{Breached, "orange"}},
		{&claims, 8, 100, Standing{Breached, "orange"}},
		{&claims, 9, 100, Standing{Breached, "red"}},
		{&claims, 2, 10, Standing{AtRisk, "yellow"}},
		{&claims, 3, 10, Standing{Breached, "red"}},
		{&punctual, 90, 100, Standing{AtRisk, "bad"}},
		{&punctual, 91, 100, Standing{OK, "good"}},
		{&punctual, 0, 0, Standing{}},
	} {
		for before := range NumStates {
			if got := row.rule.Next(row.numerator, row.denominator, Standing{State: before}); got != row.want {
				t.Errorf("%d of %d after %v: %v, want %v", row.numerator, row.denominator, before, got, row.want)
			}
		}
	}
}

// TestAlertsOfLevels: a change of level is told of where either state is.
func TestAlertsOfLevels(t *testing.T) {
	for _, row := range []struct {
		before, after Standing
		want          bool
	}{
		{Standing{OK, "green"}, Standing{OK, "leader"}, false},
		{Standing{NoData, ""}, Standing{OK, "leader"}, false},
		{Standing{Breached, "red"}, Standing{Breached, "orange"}, true},
		{Standing{AtRisk, "yellow"}, Standing{AtRisk, "yellow"}, false},
		{Standing{AtRisk, "yellow"}, Standing{AtRisk, ""}, true},
		{Standing{Breached, "red"}, Standing{}, true},
	} {
		if got := Alerts(row.before, row.after); got != row.want {
			t.Errorf("%v to %v alerts: %v", row.before, row.after, got)
		}
	}
}

func TestAlerts(t *testing.T) {
	for _, row := range []struct {
		before, after State
		want          bool
	}{
		{NoData, NoData, false},
		{NoData, OK, false},
		{NoData, AtRisk, true},
		{NoData, Breached, true},
		{OK, NoData, false},
		{OK, OK, false},
		{OK, AtRisk, true},
		{OK, Breached, true},
		{AtRisk, NoData, true},
		{AtRisk, OK, true},
		{AtRisk, AtRisk, false},
		{AtRisk, Breached, true},
		{Breached, NoData, true},
		{Breached, OK, true},
		{Breached, AtRisk, true},
		{Breached, Breached, false},
	} {
		if got := Alerts(Standing{State: row.before}, Standing{State: row.after}); got != row.want {
			t.Errorf("%v to %v alerts: %v", row.before, row.after, got)
		}
	}
}

func TestStatusOf(t *testing.T) {
	for _, row := range []struct {
		class Class
		state State
		want  string
	}{
		{Contractual, NoData, "ACTIVE"},
		{Contractual, OK, "ACTIVE"},
		{Contractual, AtRisk, "AT_RISK"},
		{Contractual, Breached, "UNDER_REVIEW"},
		{Advisory, AtRisk, "ACTIVE"},
		{Advisory, Breached, "ACTIVE"},
	} {
		if got := StatusOf(row.class, row.state).String(); got != row.want {
			t.Errorf("%v in %v: %s, want %s", row.class, row.state, got, row.want)
		}
	}
}

func TestDecimal(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "1": "1", "0.025": "0.025", "0.10": "0.1", "00.5": "0.5", "1.000": "1", "0.123456789": "0.123456789", "0.0000000010": "0.000000001",
	} {
		if d, err := ParseDecimal(text); err != nil || d.String() != want {
			t.Errorf("%q is %v, %v; want %s", text, d, err, want)
		}
	}
	for _, text := range []string{"", ".", ".5", "5.", "-0.1", "+0.1", "1e-2", "1.1", "2", "0,5", "0.1234567891", " 0.1", "0.1.1", "٠.٥", "99999999999999999999"} {
		if d, err := ParseDecimal(text); err == nil {
			t.Errorf("%q is %v, want an error", text, d)
		}
	}
}

// TestNextAgainstRationals compares standings with those that exact fractions give.
func TestNextAgainstRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRule().Draw(t, "rule")
		numerator, denominator := anyCounts(t)
		before := State(rapid.IntRange(0, int(NumStates)-1).Draw(t, "before"))
		if got, want := r.Next(numerator, denominator, Standing{State: before}), naiveNext(r, numerator, denominator, before); got != want {
			t.Fatalf("%s, %d of %d after %v: %v, want %v", r.Canonical(), numerator, denominator, before, got, want)
		}
	})
}

// naiveNext is [Rule.Next], as the language words it.
func naiveNext(r *Rule, numerator, denominator int64, before State) Standing {
	if denominator == 0 || denominator < r.MinDenominator {
		return Standing{}
	}
	misses := numerator
	if r.Good() {
		misses = denominator - numerator
	}
	rate := big.NewRat(numerator, denominator)
	if len(r.Levels) > 0 {
		return naiveLevel(r, rate, misses)
	}
	missed := !naiveMet(r.Target, rate) || before == Breached && r.Resolve != nil && !naiveMet(Target{r.Target.Comparator, *r.Resolve}, rate)
	if missed && misses >= r.MinMisses {
		return Standing{State: Breached}
	}
	warn := new(big.Rat).Mul(rational(r.Target.Limit), big.NewRat(8, 10))
	if r.Warn != nil {
		warn = rational(*r.Warn)
	}
	side := 1
	if r.Good() {
		side = -1
	}
	if warns := r.Warn != nil || !r.Good() && r.Target.Limit.Number > 0; warns && (rate.Cmp(warn)*side >= 0 || !naiveMet(r.Target, rate)) {
		return Standing{State: AtRisk}
	}
	return Standing{State: OK}
}

func naiveLevel(r *Rule, rate *big.Rat, misses int64) Standing {
	at := 0
	for at < len(r.Levels)-1 && !naiveMet(r.Levels[at].Target, rate) {
		at++
	}
	for r.Levels[at].State == Breached && misses < r.MinMisses {
		at--
	}
	return Standing{r.Levels[at].State, r.Levels[at].Name}
}

func naiveMet(t Target, rate *big.Rat) bool {
	sign := rate.Cmp(rational(t.Limit))
	return map[Comparator]bool{Less: sign < 0, AtMost: sign <= 0, Greater: sign > 0, AtLeast: sign >= 0}[t.Comparator]
}

func rational(d Decimal) *big.Rat { return big.NewRat(d.Number, d.Scale) }

// anyRule draws rules as a rule file can have them.
func anyRule() *rapid.Generator[*Rule] {
	return rapid.Custom(func(t *rapid.T) *Rule {
		r := &Rule{MinDenominator: rapid.Int64Range(1, 4).Draw(t, "min"), MinMisses: rapid.SampledFrom([]int64{1, 1, 2, 5}).Draw(t, "misses")}
		lag := rapid.Int32Range(0, 6).Draw(t, "lag")
		for i := range rapid.SampledFrom([]int{1, 1, 3}).Draw(t, "windows") {
			w := windows.Window{Count: rapid.Int32Range(1, 12).Draw(t, "count"), Every: windows.Period(rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "every")), Lag: lag}
			if w.Every != windows.Day {
				w.Count = 1 + w.Count%2
			}
			if i > 0 {
				r.Windows[i-1].MinTotal = rapid.Int64Range(1, 12).Draw(t, "total")
			}
			r.Windows = append(r.Windows, Choice{Window: w})
		}
		r.Evaluate = rapid.SampledFrom([]Schedule{{}, {}, {Weekly: 3}, {Monthly: 20}}).Draw(t, "evaluate")
		c := Comparator(rapid.IntRange(int(Less), int(AtLeast)).Draw(t, "comparator"))
		if rapid.Bool().Draw(t, "levels") {
			anyLevels(t, r, c)
		} else {
			anyTarget(t, r, c)
		}
		return r
	})
}

func anyTarget(t *rapid.T, r *Rule, c Comparator) {
	scale := rapid.SampledFrom([]int64{1, 10, 100, 1000, 1_000_000_000}).Draw(t, "scale")
	within := func(from, to int64, name string) Decimal {
		return Decimal{rapid.Int64Range(from, to).Draw(t, name), scale}
	}
	least, most := int64(0), scale // the limits that can be met and missed
	switch c {
	case Less, AtLeast:
		least = 1
	case AtMost, Greater:
		most = scale - 1
	}
	r.Target = Target{c, within(least, most, "limit")}
	limit := r.Target.Limit.Number
	warnFrom, warnTo, resolveFrom, resolveTo := int64(1), limit, least, limit
	if c.Good() {
		warnFrom, warnTo, resolveFrom, resolveTo = limit, scale-1, limit, most
	}
	if warnFrom <= warnTo && rapid.Bool().Draw(t, "warns") {
		warn := within(warnFrom, warnTo, "warn")
		r.Warn = &warn
	}
	if rapid.Bool().Draw(t, "resolves") {
		resolve := within(resolveFrom, resolveTo, "resolve")
		r.Resolve = &resolve
	}
}

func anyLevels(t *rapid.T, r *Rule, c Comparator) {
	limits := rapid.SliceOfNDistinct(rapid.Int64Range(1, 99), 1, 4, rapid.ID).Draw(t, "limits")
	slices.Sort(limits)
	if c.Good() {
		slices.Reverse(limits)
	}
	state := State(rapid.IntRange(int(OK), int(AtRisk)).Draw(t, "best"))
	for i, limit := range append(limits, 0) {
		l := Level{Name: string(rune('a' + i)), State: state}
		if i < len(limits) {
			l.Target = Target{c, Decimal{limit, 100}}
		}
		r.Levels = append(r.Levels, l)
		if state != Breached {
			r.Target = l.Target
		}
		state = State(rapid.IntRange(int(state), int(Breached)).Draw(t, "state"))
	}
}

// anyCounts draws a numerator among a denominator, more often small ones, and none of which a thousand million times can not be counted.
func anyCounts(t *rapid.T) (numerator, denominator int64) {
	denominator = rapid.Int64Range(0, rapid.SampledFrom([]int64{5, 300, 1 << 33}).Draw(t, "size")).Draw(t, "denominator")
	return rapid.Int64Range(0, denominator).Draw(t, "numerator"), denominator
}

func BenchmarkNext(b *testing.B) {
	r := BuiltIn().Versions()[0]
	var state Standing
	for b.Loop() {
		state = r.Next(3, 400, state)
	}
}
