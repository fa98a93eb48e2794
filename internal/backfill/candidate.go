package backfill

import (
	"fmt"
	"regexp"

	"sellerpulse/internal/task"
)

// Candidate is a state that is built beside the live one: an application of its own that reads the live one's inputs.
type Candidate struct {
	Live    string // the application beside which it is
	Name    string
	AppID   string      // its group, and what its transactional ids begin with
	Topics  task.Topics // the live inputs, and outputs and a changelog of its own
	Control string      // topic that says what the candidate is, what is asked of it and what came of that
}

// infix is what comes between the live application and a candidate's name in everything that is named after it.
const infix = "-backfill-"

var legalName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,100}$`)

// Named is the candidate of a name. Its inputs are those of the live application, whose topics are given with the prefix of theirs and its id.
func Named(live task.Topics, prefix, liveAppID, name string) (*Candidate, error) {
	if !legalName.MatchString(name) {
		return nil, fmt.Errorf("backfill %q: name it with up to 100 letters, digits, '.', '_' and '-'", name)
	}
	c := &Candidate{Live: liveAppID, Name: name, AppID: liveAppID + infix + name}
	own := prefix + c.AppID
	c.Topics = task.Topics{
		Inputs: live.Inputs, Alerts: own + "-alerts", SellerHealth: own + "-seller-health", DeadLetters: own + "-dead-letters", Changelog: own + "-changelog",
	}
	c.Control = own + "-control"
	return c, nil
}
