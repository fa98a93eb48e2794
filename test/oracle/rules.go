package oracle

import (
	"math/big"
	"reflect"
	"strings"

	"sellerpulse/pkg/events"
)

// Rule is a target for a metric over a window. Channel is MFN, AFN or ALL; empty, the metric's own.
type Rule struct {
	Name, Metric, Channel    string
	Days, Lag                int
	Op                       byte // '<' or '>'
	Limit, Warn, Resolve     *big.Rat
	MinDenominator           int
	Contractual, Provisional bool
}

// metric is what an order adds to a numerator and to a denominator.
type metric struct {
	name, channel string
	count         func(*facts) (numerator, denominator int)
}

func orders(is func(*facts) bool) func(*facts) (int, int) {
	return func(f *facts) (int, int) { return oneIf(is(f)), 1 }
}

var metrics = []metric{
	{"order_defect_rate", "ALL", orders(func(f *facts) bool { return f.defective })},
	{"negative_feedback_rate", "ALL", orders(func(f *facts) bool { return f.negativeFeedback })},
	{"claim_rate", "ALL", orders(func(f *facts) bool { return f.claim })},
	{"chargeback_rate", "ALL", orders(func(f *facts) bool { return f.chargeback })},
	{"refund_rate", "ALL", orders(func(f *facts) bool { return f.refunded })},
	{"cancellation_rate", "MFN", orders(func(f *facts) bool { return f.sellerCancelled })},
	{"late_shipment_rate", "MFN", orders(func(f *facts) bool { return f.lateShipped })},
	{"valid_tracking_rate", "MFN", func(f *facts) (int, int) { return f.validTracking, f.shipments }},
	{"on_time_delivery_rate", "MFN", func(f *facts) (int, int) { return f.onTime, f.settled }},
	{"return_dissatisfaction_rate", "ALL", func(f *facts) (int, int) { return f.negativeReturns, f.returns }},
}

func metricNamed(name string) metric {
	for _, m := range metrics {
		if m.name == name {
			return m
		}
	}
	panic("oracle: no metric " + name)
}

// BuiltIn are the rules of the policy.
func BuiltIn() []Rule {
	return []Rule{
		{Name: "odr", Metric: "order_defect_rate", Days: 60, Lag: 30, Op: '<', Limit: big.NewRat(1, 100), Contractual: true},
		{Name: "odr-early", Metric: "order_defect_rate", Days: 60, Op: '<', Limit: big.NewRat(1, 100), Provisional: true},
		{Name: "cancellation", Metric: "cancellation_rate", Days: 7, Op: '<', Limit: big.NewRat(25, 1000), Contractual: true},
		{Name: "late-shipment-10d", Metric: "late_shipment_rate", Days: 10, Op: '<', Limit: big.NewRat(4, 100), Contractual: true},
		{Name: "late-shipment-30d", Metric: "late_shipment_rate", Days: 30, Op: '<', Limit: big.NewRat(4, 100), Contractual: true},
		{Name: "valid-tracking", Metric: "valid_tracking_rate", Days: 30, Lag: 10, Op: '>', Limit: big.NewRat(95, 100)},
		{Name: "on-time-delivery", Metric: "on_time_delivery_rate", Days: 30, Lag: 10, Op: '>', Limit: big.NewRat(97, 100)},
		{Name: "return-dissatisfaction", Metric: "return_dissatisfaction_rate", Days: 30, Op: '<', Limit: big.NewRat(10, 100)},
	}
}

func (r *Rule) channel() string {
	if r.Channel == "" {
		return metricNamed(r.Metric).channel
	}
	return strings.ToUpper(r.Channel)
}

func ofChannel(f *facts, channel string) bool {
	return channel == "ALL" || channel == "MFN" && f.channel == events.MFN || channel == "AFN" && f.channel == events.AFN
}

// class is the contract's word for how binding a rule is.
func (r *Rule) class() string {
	if r.Contractual {
		return "CONTRACTUAL"
	}
	return "ADVISORY"
}

// target is the contract's text of what is to be met.
func (r *Rule) target() string {
	for digits := 0; ; digits++ {
		text := r.Limit.FloatString(digits)
		if exact, _ := new(big.Rat).SetString(text); exact.Cmp(r.Limit) == 0 || digits == 18 {
			return string(r.Op) + " " + text
		}
	}
}

// beats is whether a rate is on the right side of a level, never on it.
func (r *Rule) beats(numerator, denominator int, level *big.Rat) bool {
	rate := big.NewRat(int64(numerator), int64(denominator))
	if r.Op == '<' {
		return rate.Cmp(level) < 0
	}
	return rate.Cmp(level) > 0
}

// warned is whether a rate is at the level of warning or worse.
func (r *Rule) warned(numerator, denominator int) bool {
	warn := r.Warn
	if warn == nil {
		if r.Op == '>' {
			return false
		}
		warn = new(big.Rat).Mul(r.Limit, big.NewRat(8, 10))
	}
	return !r.beats(numerator, denominator, warn)
}

func (r *Rule) window(today Day) Window {
	return Window{Days: r.Days, From: today - Day(r.Lag) - Day(r.Days) + 1, To: today - Day(r.Lag)}
}

func sameRule(a, b Rule) bool {
	rat := func(r *big.Rat) string {
		if r == nil {
			return "default"
		}
		return r.RatString()
	}
	if rat(a.Limit) != rat(b.Limit) || rat(a.Warn) != rat(b.Warn) || rat(a.Resolve) != rat(b.Resolve) {
		return false
	}
	a.Limit, a.Warn, a.Resolve, b.Limit, b.Warn, b.Resolve = nil, nil, nil, nil, nil, nil
	return reflect.DeepEqual(a, b)
}
