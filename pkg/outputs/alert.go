package outputs

import (
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Alert tells that the state of a seller under a rule changed, with the numbers behind it and what to do about it.
type Alert struct {
	SellerID    string
	Rule        string
	Transition  int64  // counts the alerts of this seller and rule, from 1
	Metric      string // its full name
	Class       rules.Class
	Channel     rules.Channel
	Provisional bool

	Part *string // the value of the field that the rule tells orders apart by; nil of a rule that does not

	State, PreviousState rules.State
	Level, PreviousLevel string        // of a rule with levels; empty for NO_DATA
	AsOf                 events.Millis // stream time of the evaluation

	Window   windows.Window // a decoded alert does not know the lag
	From, To windows.Date   // the order dates of the window, both inclusive

	Numerator, Denominator int64
	Target                 rules.Target // none where no level is BREACHED

	Components      *Components // of OrderDefectRate only
	DefectsToBreach *int64      // none without data
	OrdersToRecover *int64      // when breached
	RecoversOn      *windows.Date

	OrderIDs []string // orders behind the misses, newest first
	Cause    Cause
}

// Components are the orders of a window with each kind of defect. An order may have several.
type Components struct{ NegativeFeedback, Claims, Chargebacks int64 }

// Cause is what tipped the state: an event, or else the passing of time, a change of the rules, or a state that took the place of another.
type Cause struct {
	Kind string // the event's, TIME, RULES or BACKFILL

	// Of an event; Topic is empty where there is none.
	Topic     string
	Partition int32
	Offset    int64
	EventID   string
	OrderID   string
}

// TimeCause is the passing of time.
func TimeCause() Cause { return Cause{Kind: "TIME"} }

// RulesCause is a change of the rules.
func RulesCause() Cause { return Cause{Kind: "RULES"} }

// BackfillCause is that another state took the place of the one before.
func BackfillCause() Cause { return Cause{Kind: "BACKFILL"} }

// AlertKind says in a word what an alert tells.
type AlertKind uint8

// The kinds of alerts, numbered as in the schema.
const (
	KindBreached AlertKind = iota
	KindAtRisk
	KindResolved // left BREACHED or AT_RISK for OK or NO_DATA
	numAlertKinds
)

var alertKindNames = [numAlertKinds]string{KindBreached: "BREACHED", KindAtRisk: "AT_RISK", KindResolved: "RESOLVED"}

// String is the kind as alerts have it.
func (k AlertKind) String() string { return alertKindNames[k] }

// Kind is what the alert tells, in a word.
func (a *Alert) Kind() AlertKind {
	switch a.State {
	case rules.Breached:
		return KindBreached
	case rules.AtRisk:
		return KindAtRisk
	default:
		return KindResolved
	}
}
