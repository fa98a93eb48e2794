package rules

// State is where a seller stands with a rule. The numbers are stored, and those of the schemas: they never change.
type State uint8

// The states. That of a rule not yet evaluated is NoData.
const (
	NoData   State = iota // the denominator is zero, or less than the rule asks for
	OK                    // the target is met
	AtRisk                // the target is met, but not by much
	Breached              // the target is missed, or was and is not yet met as clearly as the rule asks for
	numStates
)

var stateNames = [numStates]string{NoData: "NO_DATA", OK: "OK", AtRisk: "AT_RISK", Breached: "BREACHED"}

// String is the state as alerts and reports have it.
func (s State) String() string { return stateNames[s] }

// Alerts is whether a change of state is published: it enters or leaves BREACHED or AT_RISK.
func Alerts(before, after State) bool {
	return before != after && (before >= AtRisk || after >= AtRisk)
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

func alertKind(after State) AlertKind {
	switch after {
	case Breached:
		return KindBreached
	case AtRisk:
		return KindAtRisk
	default:
		return KindResolved
	}
}

// Status is the account status that is recommended for a seller.
type Status uint8

// The statuses, numbered as in the schema: from the best to the worst.
const (
	StatusActive Status = iota
	StatusAtRisk
	StatusUnderReview
	numStatuses
)

var statusNames = [numStatuses]string{StatusActive: "ACTIVE", StatusAtRisk: "AT_RISK", StatusUnderReview: "UNDER_REVIEW"}

// String is the status as reports have it.
func (s Status) String() string { return statusNames[s] }

// StatusOf recommends a status by the states of the contractual rules.
func StatusOf(reports []RuleReport) Status {
	status := StatusActive
	for i := range reports {
		if reports[i].Class == Contractual {
			status = max(status, statusUnder(reports[i].State))
		}
	}
	return status
}

func statusUnder(s State) Status {
	switch s {
	case Breached:
		return StatusUnderReview
	case AtRisk:
		return StatusAtRisk
	default:
		return StatusActive
	}
}
