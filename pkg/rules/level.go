package rules

// Level is one of the steps of a rule, from the best down.
type Level struct {
	Name   string
	Target Target // that a rate must meet to be on it; none of the last
	State  State
}

// Standing is where a seller stands with a rule: a state and, of a rule with levels, the name of one of them. The zero value is that of a rule
// not yet evaluated.
type Standing struct {
	State State
	Level string // empty for NO_DATA, and of a rule without levels
}

// Alerts is whether a change of standing is published: state or level changes, and the state before or after is AT_RISK or BREACHED.
func Alerts(before, after Standing) bool {
	return before != after && (before.State >= AtRisk || after.State >= AtRisk)
}
