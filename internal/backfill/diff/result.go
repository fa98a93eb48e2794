package diff

import (
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Seller is a seller of which something differs, or that did not settle.
type Seller struct {
	ID     string
	Moving bool // it did not settle: nothing is said of what differs
	In     Presence
	Rules  []Rule
	Rates  bool // whether rates of its report differ that no rule looks at: those of a channel, of a product line, without a target
	Alerts []Alert

	// Renumbered is how many alerts both have that differ in their number alone. It counts them where other alerts of the seller differ.
	Renumbered int

	Orders []Order // of the seller that was asked for
}

// Presence is on which sides something is.
type Presence string

// The presences.
const (
	Both          Presence = "both"
	LiveOnly      Presence = "live"
	CandidateOnly Presence = "candidate"
)

// presence is where something is that is on one side at least.
func presence(live, candidate bool) Presence {
	switch {
	case live && candidate:
		return Both
	case live:
		return LiveOnly
	default:
		return CandidateOnly
	}
}

// Rule is a rule under which a seller stands otherwise, or a part of one.
type Rule struct {
	Rule            string    // its name; of a part it, a colon and the value
	Live, Candidate *Standing // nil where the rule is not in force, or the seller is not known
}

// Standing is where a seller stands under a rule.
type Standing struct {
	State  rules.State
	Report *Numbers // nil where there is no report
}

// Numbers are those of a rule in a report, with the order dates of its window, both inclusive.
type Numbers struct {
	Numerator, Denominator int64
	Days                   int32
	From, To               windows.Date
}

// Alert is an alert that one side has and the other has not, or that has other numbers there.
type Alert struct {
	Rule                 string // or part, as of Rule
	State, PreviousState rules.State
	Cause                outputs.Cause
	Live, Candidate      *AlertNumbers
}

// AlertNumbers are what may differ of an alert that both sides have.
type AlertNumbers struct {
	ID                     string
	AsOf                   events.Millis
	Numerator, Denominator int64
}

// Order is an order that counts otherwise, or that one side has and the other has not.
type Order struct {
	ID              string
	Live, Candidate *OrderSide
	Why             []Register // what is stored otherwise
}

// OrderSide is what a side has of an order.
type OrderSide struct {
	Date    windows.Date
	Channel events.Channel // 0 where it has expired
	Expired bool
	Counts  windows.Counts
	Lines   []string
}

// Register is a register of an order and what each side has there; empty where it was never written.
type Register struct{ Name, Live, Candidate string }

// Definition is a rule that is not defined alike; empty where it is not in force.
type Definition struct{ Rule, Live, Candidate string }

// Summary counts what was compared and what was found.
type Summary struct {
	Sellers   int64 // known on either side
	Different int64
	Moving    int64

	Rules           int64 // of sellers, that differ
	Rates           int64 // sellers of which rates without a rule differ
	Alerts          int64 // compared, of both sides together
	AlertsLive      int64 // that only the live side has
	AlertsCandidate int64
	AlertsBoth      int64 // that have other numbers
	Renumbered      int64
	Orders          int64 // of the seller that was asked for

	LiveOnly, CandidateOnly int64 // sellers that only one side knows

	Definitions []Definition
	Shorter     []Shorter // by name
	Lag         Lag
}

// Lag is how far the candidate is behind.
type Lag struct {
	BehindLive int64         // records of the inputs that the live state has and the candidate has not
	BehindEnds int64         // records of the inputs that the candidate has not
	Time       events.Millis // by which the candidate's stream time is behind the live one's, in the partition where that is most
}
