package rules

// State is where a seller stands with a rule. The numbers are stored, and those of the schemas: they never change.
type State uint8

// The states. That of a rule not yet evaluated is NoData.
const (
	NoData   State = iota // the denominator is zero, or less than the rule asks for
	OK                    // the target is met
	AtRisk                // the target is met, but not by much
	Breached              // the target is missed, or was and is not yet met as clearly as the rule asks for
	NumStates
)

var stateNames = [NumStates]string{NoData: "NO_DATA", OK: "OK", AtRisk: "AT_RISK", Breached: "BREACHED"}

// String is the state as alerts and reports have it.
func (s State) String() string { return stateNames[s] }

// Status is the account status that is recommended for a seller.
type Status uint8

// The statuses, numbered as in the schema: from the best to the worst.
const (
	StatusActive Status = iota
	StatusAtRisk
	StatusUnderReview
	NumStatuses
)

var statusNames = [NumStatuses]string{StatusActive: "ACTIVE", StatusAtRisk: "AT_RISK", StatusUnderReview: "UNDER_REVIEW"}

// String is the status as reports have it.
func (s Status) String() string { return statusNames[s] }

// StatusOf is the status that a rule's state recommends by itself. A seller's is the worst of those of its rules.
func StatusOf(c Class, s State) Status {
	switch {
	case c != Contractual:
		return StatusActive
	case s == Breached:
		return StatusUnderReview
	case s == AtRisk:
		return StatusAtRisk
	default:
		return StatusActive
	}
}
