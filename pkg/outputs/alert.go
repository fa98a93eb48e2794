package outputs

import (
	"strconv"
	"strings"

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

// ID is the alert's id: the same on every replay of the same log.
func (a *Alert) ID() string { return string(a.appendID(nil)) }

func (a *Alert) appendID(dst []byte) []byte {
	dst = append(append(dst, a.SellerID...), '/')
	dst = append(dst, a.Rule...)
	if a.Part != nil {
		dst = append(append(dst, ':'), *a.Part...)
	}
	dst = append(dst, '/')
	return strconv.AppendInt(dst, a.Transition, 10)
}

// ParseAlertID takes an id apart, from its end: a seller may have a / in it. It is false for what is no alert's id.
func ParseAlertID(id string) (seller, rule string, transition int64, ok bool) {
	last := strings.LastIndexByte(id, '/')
	if last < 0 {
		return "", "", 0, false
	}
	middle := strings.LastIndexByte(id[:last], '/')
	if middle < 0 {
		return "", "", 0, false
	}
	digits := id[last+1:]
	transition, err := strconv.ParseInt(digits, 10, 64)
	ok = err == nil && transition > 0 && strconv.FormatInt(transition, 10) == digits
	return id[:middle], id[middle+1 : last], transition, ok
}

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
