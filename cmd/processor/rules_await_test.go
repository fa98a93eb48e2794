package main

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
)

// keep has the group keep marks, one a partition.
func keep(t *testing.T, broker *brokertest.Broker, group string, marks ...task.Mark) {
	t.Helper()
	var all kadm.Offsets
	for p, m := range marks {
		for topic := range events.NumTopics {
			all.Add(kadm.Offset{Topic: broker.Prefix + topic.String(), Partition: int32(p), At: 1, LeaderEpoch: -1, Metadata: m.Encode()})
		}
	}
	if _, err := brokertest.Admin(t, broker).CommitOffsets(t.Context(), group, all); err != nil {
		t.Fatal(err)
	}
}

// How far new counts are is told by the group alone, of each partition, and by who waits for them.
func TestHowFarNewCountsAreIsTold(t *testing.T) {
	broker := brokertest.Embedded(t)
	environment := map[string]string{
		"SELLERPULSE_BROKERS": strings.Join(broker.Addresses, ","), "SELLERPULSE_TOPIC_PREFIX": broker.Prefix, "SELLERPULSE_APP_ID": broker.Prefix + "app",
	}
	must(t, environment, "", "topics", "--partitions", "3")
	keep(t, broker, broker.Prefix+"app", task.Mark{Changelog: "log", Revision: 4, Filling: task.Counting, Filled: 12, ToFill: 345}, task.Mark{Changelog: "log", Revision: 4, Filling: task.Copying, Filled: 7}, task.Mark{Changelog: "log", Revision: 4})
	table := must(t, environment, "", "rules", "status")
	for _, want := range []string{"counting, 12 of 345 orders", "copying, 7 orders"} {
		if strings.Count(table, want) != 1 {
			t.Errorf("there is not once %q in\n%s", want, table)
		}
	}
	json := must(t, environment, "", "rules", "status", "--output", "json")
	for _, want := range []string{`"revision":4,"filling":"counting","filled":12,"to_fill":345}`, `"revision":4,"filling":"copying","filled":7,"to_fill":0}`, `"revision":4,"filled":0,"to_fill":0}`} {
		if strings.Count(json, want) != 1 {
			t.Errorf("there is not once %s in %s", want, json)
		}
	}
	waiting := rulesProgress{known: 3, behind: 2, filling: 2, orders: 19, of: 345}
	if got, want := waiting.text(), "2 of 3 partitions not there yet; filling what the rules count in 2: 19 of 345 orders."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
