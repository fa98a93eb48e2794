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

// PackStatus is the account status that the rules of a pack recommend.
type PackStatus struct {
	Pack   string
	Status Status
}

// Statuses are those of the set's packs, in their order, before any rule has a state: ACTIVE, which that of a pack without contractual rules stays.
func (s *Set) Statuses() []PackStatus {
	statuses := make([]PackStatus, len(s.packs))
	for i, p := range s.packs {
		statuses[i] = PackStatus{p.Name, StatusActive}
	}
	return statuses
}

// Recommend has the state of a rule count in the status of its pack, and tells what it recommends by itself. The status of the account is the worst.
func (r *Rule) Recommend(statuses []PackStatus, s State) Status {
	recommended := StatusOf(r.Class, s)
	for i := range statuses {
		if statuses[i].Pack == r.Pack {
			statuses[i].Status = max(statuses[i].Status, recommended)
		}
	}
	return recommended
}
