package oracle

import (
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

// Components are the orders with each kind of defect.
type Components struct{ NegativeFeedback, Claims, Chargebacks int }

// Alert is a change of state or level.
type Alert struct {
	AlertID, Kind          string
	SellerID, Rule, Metric string // Rule and Metric are full names
	Class, Channel         string
	Provisional            bool
	State, PreviousState   State
	Level, PreviousLevel   string  // empty for none
	Part                   *string // nil of a rule without parts
	AsOf                   events.Millis
	Window                 Window
	Numerator, Denominator int
	Rate                   *float64 // nil without a denominator
	Target                 string   // empty for none
	Components             *Components
	DefectsToBreach        *int
	OrdersToRecover        *int
	RecoversOn             *Day
	OrderIDs               []string
	Cause                  Cause
}

// figures are a rule's numbers: over the window chosen.
type figures struct {
	Window
	numerator, denominator int
}

func (r *Result) alert(s *seller, of *rule, p part, before standing, is figures, cause Cause) Alert {
	kept := s.kept(of.name, p)
	a := Alert{
		AlertID: s.name + "/" + of.name + p.suffix() + "/" + strconv.Itoa(kept.transitions), Kind: string(kept.state),
		SellerID: s.name, Rule: of.name, Metric: of.metric.fullName(), Class: of.class(), Channel: of.metric.channel, Provisional: of.Provisional,
		State: kept.state, PreviousState: before.state, Level: kept.level, PreviousLevel: before.level, Part: p.optional(),
		AsOf: r.StreamTime, Window: is.Window, Numerator: is.numerator, Denominator: is.denominator, Rate: rate(is.numerator, is.denominator),
		Target: of.aimed().String(), DefectsToBreach: of.defectsToBreach(kept.standing, is), OrderIDs: r.misses(s, of, p, is.Window), Cause: cause,
	}
	if kept.state == OK || kept.state == NoData {
		a.Kind = Resolved
	}
	if of.metric.pack == "" && of.metric.name == "order_defect_rate" {
		a.Components = r.components(s, of, p, is.Window)
	}
	if kept.state == Breached {
		a.OrdersToRecover = of.ordersToRecover(kept.standing, is)
		a.RecoversOn = r.recoversOn(s, of, p)
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

// class is the contract's word for how binding a rule is.
func (r *rule) class() string {
	if r.contractual() {
		return "CONTRACTUAL"
	}
	return "ADVISORY"
}

func (r *rule) contractual() bool { return r.Class == "contractual" }
