package cluster

import "sellerpulse/pkg/events"

// App is an application: processors with one id, and the topics that they read and write.
type App struct {
	ID         string
	Prefix     string // of the names of its topics
	Partitions int    // of each topic
	Strange    int    // partitions of the topic of a stranger; 0: there is none
}

// Stranger is the name of the topic of a stranger, whose records an intake carries over.
func (a *App) Stranger() string { return a.Prefix + "strange" }

// IntakeGroup is the group of the intake by the mapping named "strange".
func (a *App) IntakeGroup() string { return a.ID + "-intake-strange" }

// Input is the name of an input.
func (a *App) Input(topic events.Topic) string { return a.Prefix + topic.String() }

// Alerts is the name of the topic of alerts.
func (a *App) Alerts() string { return a.Prefix + "alerts" }

// SellerHealth is the name of the topic of reports.
func (a *App) SellerHealth() string { return a.Prefix + "seller-health" }

// DeadLetters is the name of the topic of dead letters.
func (a *App) DeadLetters() string { return a.Prefix + "dead-letters" }

// Changelog is the name of the changelog.
func (a *App) Changelog() string { return a.Prefix + a.ID + "-changelog" }

// Rules is the name of the topic of the rules that are applied, which has one partition.
func (a *App) Rules() string { return a.Prefix + a.ID + "-rules" }

// Inputs are the names of the inputs, in the events' order.
func (a *App) Inputs() (names []string) {
	for topic := range events.NumTopics {
		names = append(names, a.Input(topic))
	}
	return names
}

// Outputs are the names of what processors write to.
func (a *App) Outputs() []string {
	return []string{a.Alerts(), a.SellerHealth(), a.DeadLetters(), a.Changelog()}
}

// Topics are the names of all topics.
func (a *App) Topics() []string { return append(a.Inputs(), a.Outputs()...) }

// Keyed are the topics in whose partitions sellers have their place: the inputs and the changelog.
func (a *App) Keyed() []string { return append(a.Inputs(), a.Changelog()) }
