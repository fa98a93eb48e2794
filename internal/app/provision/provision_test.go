package provision

import (
	"strings"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/test/brokertest"
)

// connect makes a client of a broker without topics.
func connect(t *testing.T) (*stream.Client, task.Topics) {
	t.Helper()
	broker := brokertest.Embedded(t)
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client, task.TopicsOf(broker.Prefix, "app")
}

// make1 creates a topic as it is asked for, without regard to what tasks need.
func make1(t *testing.T, client *stream.Client, name string, partitions int32, settings map[string]string) {
	t.Helper()
	err := client.CreateTopics(t.Context(), []stream.TopicSpec{{Name: name, Partitions: partitions, ReplicationFactor: 1, Config: settings}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCreateThenCheck(t *testing.T) {
	client, topics := connect(t)
	created, err := Create(t.Context(), client, topics, Size{Partitions: 3, ReplicationFactor: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(created.Topics) != 11 {
		t.Errorf("%d topics, want 11", len(created.Topics))
	}
	for _, topic := range created.Topics {
		want := int32(3)
		if topic.Name == topics.Rules {
			want = 1
		}
		if !topic.Created || topic.Partitions != want {
			t.Errorf("topic %+v, want one that was created with %d partitions", topic, want)
		}
	}
	for name, again := range map[string]func() (Found, error){
		"check":  func() (Found, error) { return Check(t.Context(), client, topics) },
		"create": func() (Found, error) { return Create(t.Context(), client, topics, Size{ReplicationFactor: 1}) },
	} {
		found, err := again()
		if err != nil || len(found.Topics) != 11 || found.Topics[0].Created {
			t.Errorf("%s again: %v, %v; want eleven topics that exist", name, found, err)
		}
	}
}

func TestInputsKeepEventsByArrival(t *testing.T) {
	client, topics := connect(t)
	if _, err := Create(t.Context(), client, topics, Size{ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
	found, err := client.Topics(t.Context(), topics.Inputs[:])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range topics.Inputs {
		if got := found[name].Config[timestampType]; got != logAppendTime {
			t.Errorf("topic %s has %s=%s", name, timestampType, got)
		}
		if found[name].Partitions != DefaultPartitions {
			t.Errorf("topic %s has %d partitions, want the default", name, found[name].Partitions)
		}
	}
}

func TestMissingTopicsFollowThoseThatExist(t *testing.T) {
	client, topics := connect(t)
	make1(t, client, topics.Inputs[2], 5, map[string]string{timestampType: logAppendTime, retention: "-1"})
	if _, err := Create(t.Context(), client, topics, Size{Partitions: 3, ReplicationFactor: 1}); err == nil || !strings.Contains(err.Error(), "5 partitions already, not 3") {
		t.Errorf("error %v, want one that names both numbers", err)
	}
	created, err := Create(t.Context(), client, topics, Size{ReplicationFactor: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range created.Topics {
		if topic.Partitions != 5 && topic.Name != topics.Rules || topic.Created == (topic.Name == topics.Inputs[2]) {
			t.Errorf("topic %+v, want 5 partitions and all but one created", topic)
		}
	}
}

// What is wrong is named all at once, with what it does and the command that changes it.
func TestCheckNamesEverythingWrong(t *testing.T) {
	client, topics := connect(t)
	make1(t, client, topics.Inputs[0], 2, map[string]string{timestampType: "CreateTime"})
	make1(t, client, topics.Inputs[1], 3, map[string]string{timestampType: logAppendTime, retention: "3600000"})
	make1(t, client, topics.Changelog, 2, map[string]string{cleanupPolicy: deleted, tombstones: "60000"})
	found, err := Check(t.Context(), client, topics)
	if err != nil {
		t.Fatal(err)
	}
	err = found.Findings.Err(Weak)
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{
		`no topics "` + topics.Inputs[2], topics.Alerts, "`processor topics`",
		topics.Inputs[0] + `" has message.timestamp.type=CreateTime`, "LogAppendTime",
		topics.Inputs[0] + `" has 2 partitions and topic "` + topics.Inputs[1] + `" has 3`,
		topics.Inputs[1] + `" has retention.ms=3600000`,
		topics.Changelog + `" has cleanup.policy=delete`,
		topics.Changelog + `" has delete.retention.ms=60000`,
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	if _, err := Inputs(t.Context(), client, topics); err == nil || !strings.Contains(err.Error(), "has 2 partitions") {
		t.Errorf("Inputs: error %v, want one that names both numbers", err)
	}
}
