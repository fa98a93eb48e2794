package backfill

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sellerpulse/internal/task"
)

// Candidate is a state that is built beside the live one: an application of its own that reads the live one's inputs.
type Candidate struct {
	Live       string // the application beside which it is
	LiveTopics task.Topics
	Name       string
	AppID      string      // its group, and what its transactional ids begin with
	Topics     task.Topics // the live inputs, and outputs and a changelog of its own
	Control    string      // topic that says what the candidate is, what is asked of it and what came of that
}

// infix is what comes between the live application and a candidate's name in everything that is named after it.
const infix = "-backfill-"

const controlSuffix = "-control"

// maxTopicName is how long Kafka lets the name of a topic be.
const maxTopicName = 249

var legalName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,100}$`)

// Named is the candidate of a name. Its inputs are those of the live application, whose topics are given with the prefix of theirs and its id.
func Named(live task.Topics, prefix, liveAppID, name string) (*Candidate, error) {
	if !legalName.MatchString(name) {
		return nil, fmt.Errorf("backfill %q: name it with up to 100 letters, digits, '.', '_' and '-'", name)
	}
	if strings.Contains(name, infix) {
		return nil, fmt.Errorf("backfill %q: choose a name without %q, by which those of another application are told apart", name, infix)
	}
	c := &Candidate{Live: liveAppID, LiveTopics: live, Name: name, AppID: liveAppID + infix + name}
	own := prefix + c.AppID
	c.Topics = task.Topics{
		Inputs: live.Inputs, Alerts: own + "-alerts", SellerHealth: own + "-seller-health", DeadLetters: own + "-dead-letters", Changelog: own + "-changelog",
	}
	c.Control = own + controlSuffix
	if longest := c.Topics.SellerHealth; len(longest) > maxTopicName {
		return nil, fmt.Errorf("backfill %q: topic %q would have %d characters, and may have %d: choose a name that is shorter by %d",
			name, longest, len(longest), maxTopicName, len(longest)-maxTopicName)
	}
	return c, nil
}

// Sibling is another candidate of the same application.
func (c *Candidate) Sibling(name string) (*Candidate, error) {
	prefix := strings.TrimSuffix(c.Control, c.AppID+controlSuffix)
	return Named(c.LiveTopics, prefix, c.Live, name)
}

// Describe makes the candidate what its description says: the inputs that it was begun with, and the changelog that its state is in.
func (c *Candidate) Describe(d *Description) {
	copy(c.Topics.Inputs[:], d.Inputs)
	c.Topics.Changelog = d.Changelog
}

// own are the topics that are the candidate's alone, the control topic last.
func (c *Candidate) own() []string {
	return []string{c.Topics.Alerts, c.Topics.SellerHealth, c.Topics.DeadLetters, c.Topics.Changelog, c.Control}
}

// Names are the names of an application's candidates, sorted: of those topics that are control topics.
func Names(topics []string, prefix, liveAppID string) (names []string) {
	for _, topic := range topics {
		rest, ours := strings.CutPrefix(topic, prefix+liveAppID+infix)
		name, control := strings.CutSuffix(rest, controlSuffix)
		if ours && control && legalName.MatchString(name) && !strings.Contains(name, infix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
