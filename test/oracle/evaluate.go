package oracle

import (
	"math/big"
	"strconv"

	"sellerpulse/pkg/events"
)

// State is how a seller stands with a rule.
type State string

// The states.
const (
	NoData   State = "NO_DATA"
	OK       State = "OK"
	AtRisk   State = "AT_RISK"
	Breached State = "BREACHED"
)

// Resolved is the kind of an alert that ends a breach or a risk; other alerts are of the kind of their new state.
const Resolved = "RESOLVED"

// Kinds of causes.
const (
	CauseEvent = "EVENT"
	CauseTime  = "TIME"
	CauseRules = "RULES"
)

// Cause is what tipped a rule. Only an event's has more than its kind.
type Cause struct {
	Kind      string
	Topic     events.Topic
	Partition int
	Offset    int64
	EventID   string
	OrderID   string
	EventKind events.Kind
}

// Window is a range of order dates, inclusive.
type Window struct {
	Days     int
	From, To Day
}

// Components are the orders with each kind of defect.
type Components struct{ NegativeFeedback, Claims, Chargebacks int }

// Alert is a change of state.
type Alert struct {
	AlertID, Kind          string
	SellerID, Rule, Metric string
	Class, Channel         string
	Provisional            bool
	State, PreviousState   State
	AsOf                   events.Millis
	Window                 Window
	Numerator, Denominator int
	Rate                   *float64 // nil without a denominator
	Target                 string
	Components             *Components // of order_defect_rate alone
	DefectsToBreach        *int
	OrdersToRecover        *int
	RecoversOn             *Day
	OrderIDs               []string
	Cause                  Cause
}

// ruleState is all that is kept of a seller and a rule.
type ruleState struct {
	state       State
	transitions int
}

func (s *seller) ruleState(rule string) *ruleState {
	if s.rules[rule] == nil {
		s.rules[rule] = &ruleState{state: NoData}
	}
	return s.rules[rule]
}

// evaluate finds the states of a seller's rules at the present stream time, and publishes what changed.
func (r *Result) evaluate(s *seller, rules []Rule, cause Cause) {
	for i := range rules {
		rule := &rules[i]
		numerator, denominator := r.count(s, rule, rule.window(r.calendar.today(r.StreamTime)))
		kept := s.ruleState(rule.Name)
		before := kept.state
		kept.state = rule.next(before, numerator, denominator)
		if !isAlert(before, kept.state) {
			continue
		}
		kept.transitions++
		r.Alerts = append(r.Alerts, r.alert(s, rule, before, numerator, denominator, cause))
	}
}

// isAlert is whether a change of state enters or leaves a breach or a risk.
func isAlert(before, now State) bool {
	return before != now && (before == Breached || before == AtRisk || now == Breached || now == AtRisk)
}

// count adds up a rule's metric over the orders in a window, at the present stream time.
func (r *Result) count(s *seller, rule *Rule, window Window) (numerator, denominator int) {
	m := metricNamed(rule.Metric)
	for _, o := range r.ordersIn(s, window, rule.channel()) {
		n, d := m.count(r.at(o))
		numerator, denominator = numerator+n, denominator+d
	}
	return numerator, denominator
}

// ordersIn are the orders that count in a window and a channel, in no order.
func (r *Result) ordersIn(s *seller, window Window, channel string) []*order {
	var in []*order
	for _, o := range s.orders {
		f := r.at(o)
		if f.counted && window.From <= f.date && f.date <= window.To && ofChannel(f, channel) && !r.expired(f.date, r.StreamTime) {
			in = append(in, o)
		}
	}
	return in
}

// next is the state that follows a state.
func (r *Rule) next(before State, numerator, denominator int) State {
	switch {
	case denominator < max(1, r.MinDenominator):
		return NoData
	case !r.beats(numerator, denominator, r.Limit), before == Breached && !r.over(numerator, denominator):
		return Breached
	case r.warned(numerator, denominator):
		return AtRisk
	}
	return OK
}

// over is whether counts end a breach. No data ends it too.
func (r *Rule) over(numerator, denominator int) bool {
	return denominator < max(1, r.MinDenominator) ||
		r.beats(numerator, denominator, r.Limit) && r.beats(numerator, denominator, r.resolve())
}

func (r *Rule) resolve() *big.Rat {
	if r.Resolve != nil {
		return r.Resolve
	}
	return r.Limit
}

func (r *Result) alert(s *seller, rule *Rule, before State, numerator, denominator int, cause Cause) Alert {
	kept, window := s.ruleState(rule.Name), rule.window(r.calendar.today(r.StreamTime))
	a := Alert{
		AlertID: s.name + "/" + rule.Name + "/" + strconv.Itoa(kept.transitions), Kind: string(kept.state),
		SellerID: s.name, Rule: rule.Name, Metric: rule.Metric, Class: rule.class(), Channel: rule.channel(), Provisional: rule.Provisional,
		State: kept.state, PreviousState: before, AsOf: r.StreamTime, Window: window,
		Numerator: numerator, Denominator: denominator, Rate: rate(numerator, denominator), Target: rule.target(),
		DefectsToBreach: rule.defectsToBreach(kept.state, numerator, denominator), OrderIDs: r.misses(s, rule, window), Cause: cause,
	}
	if kept.state == OK || kept.state == NoData {
		a.Kind = Resolved
	}
	if rule.Metric == "order_defect_rate" {
		a.Components = r.components(s, rule, window)
	}
	if kept.state == Breached {
		a.OrdersToRecover = rule.ordersToRecover(numerator, denominator)
		a.RecoversOn = r.recoversOn(s, rule)
	}
	return a
}

func rate(numerator, denominator int) *float64 {
	if denominator == 0 {
		return nil
	}
	quotient := float64(numerator) / float64(denominator)
	return &quotient
}
