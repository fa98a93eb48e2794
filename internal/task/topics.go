package task

import (
	"slices"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Topics are the names of the topics that an application reads and writes.
type Topics struct {
	Inputs       [events.NumTopics]string
	Alerts       string
	SellerHealth string
	DeadLetters  string
	Changelog    string
	Rules        string // of the rules that are applied while it runs (package rulebook); empty for none
}

// TopicsOf names the topics of an application, the prefix put before each name as it is.
func TopicsOf(prefix, appID string) Topics {
	t := Topics{
		Alerts:       prefix + "alerts",
		SellerHealth: prefix + "seller-health",
		DeadLetters:  prefix + "dead-letters",
		Changelog:    prefix + appID + "-changelog",
		Rules:        prefix + appID + "-rules",
	}
	for i := range t.Inputs {
		t.Inputs[i] = prefix + events.Topic(i).String()
	}
	return t
}

// names is the names of all topics that tasks read and write but the changelog.
func (t *Topics) names() []string {
	return append(slices.Clone(t.Inputs[:]), t.Alerts, t.SellerHealth, t.DeadLetters)
}

// InputPartitions is a partition of each input.
func (t *Topics) InputPartitions(partition int32) (inputs []stream.TopicPartition) {
	for _, name := range t.Inputs {
		inputs = append(inputs, stream.TopicPartition{Topic: name, Partition: partition})
	}
	return inputs
}
