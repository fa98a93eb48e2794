package provision

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/test/brokertest"
)

// validated is what is found of topics as `topics` makes them, but for some settings of one.
func validated(t *testing.T, topic string, settings map[string]string) Findings {
	t.Helper()
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: brokertest.Embedded(t).Addresses})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	wanted := plan(task.TopicsOf("", "app"), Size{Partitions: 1, ReplicationFactor: 1})
	existing := map[string]stream.TopicDescription{}
	for _, w := range wanted {
		config := maps.Clone(w.Config)
		if w.Name == topic {
			maps.Copy(config, settings)
		}
		existing[w.Name] = stream.TopicDescription{Partitions: 1, ReplicationFactor: 1, Config: config}
	}
	return validate(client, wanted, existing)
}

// Each setting that voids or weakens what is promised is one finding, with the value that is right.
func TestFindings(t *testing.T) {
	for _, c := range []struct {
		topic, settings string
		severity        Severity
		setting, want   string // what is found, and what it ought to be; none: nothing is found
	}{
		{"orders", "cleanup.policy=compact", Void, "cleanup.policy=compact", "delete"},
		{"orders", "cleanup.policy=compact,delete", Void, "cleanup.policy=compact,delete", "delete"},
		{"orders", "message.timestamp.type=CreateTime", Weak, "message.timestamp.type=CreateTime", "LogAppendTime"},
		{"orders", "retention.ms=604800000", Weak, "retention.ms=604800000", "10368000000"},
		{"orders", "retention.ms=10368000000", 0, "", ""},
		{"orders", "retention.ms=-1", 0, "", ""},
		{"orders", "retention.bytes=1000000000", Weak, "retention.bytes=1000000000", "-1"},
		{"orders", "local.retention.ms=3600000", 0, "", ""},
		{"orders", "remote.storage.enable=true local.retention.ms=3600000", Minor, "local.retention.ms=3600000", "-2"},
		{"orders", "remote.storage.enable=true local.retention.bytes=1000", Minor, "local.retention.bytes=1000", "-2"},
		{"orders", "remote.storage.enable=true local.retention.ms=-2 local.retention.bytes=-2", 0, "", ""},
		{"orders", "unclean.leader.election.enable=true", Weak, "unclean.leader.election.enable=true", "false"},
		{"orders", "message.format.version=0.10.2-IV0", Void, "message.format.version=0.10.2-IV0", "2.5"},
		{"orders", "message.format.version=0.11.0-IV2", 0, "", ""},
		{"orders", "max.message.bytes=300000", 0, "", ""},
		{"alerts", "cleanup.policy=compact", Void, "cleanup.policy=compact", "delete"},
		{"alerts", "max.message.bytes=20000", Void, "max.message.bytes=20000", fmt.Sprint(limits.Needed(limits.Alert))},
		{"alerts", "message.timestamp.type=CreateTime", 0, "", ""},
		{"dead-letters", "cleanup.policy=compact", Void, "cleanup.policy=compact", "delete"},
		{"dead-letters", "max.message.bytes=1000", Void, "max.message.bytes=1000", fmt.Sprint(limits.Needed(limits.DeadLetter))},
		{"dead-letters", "max.message.bytes=1048588", Minor, "max.message.bytes=1048588", fmt.Sprint(limits.Needed(limits.InputMessage + limits.DeadLetterHeaders))},
		{"seller-health", "cleanup.policy=delete", Weak, "cleanup.policy=delete", "compact"},
		{"seller-health", "cleanup.policy=compact,delete", Weak, "cleanup.policy=compact,delete", "compact"},
		{"seller-health", "max.message.bytes=500000", Void, "max.message.bytes=500000", fmt.Sprint(limits.Needed(limits.ReportCompressed))},
		{"seller-health", "compression.type=gzip", Void, "compression.type=gzip", "producer"},
		{"seller-health", "compression.type=gzip max.message.bytes=16000000", 0, "", ""},
		{"seller-health", "compression.type=zstd max.message.bytes=1048588", 0, "", ""},
		{"seller-health", "compression.type=producer max.message.bytes=1048588", 0, "", ""},
		{"app-changelog", "cleanup.policy=delete", Void, "cleanup.policy=delete", "compact"},
		{"app-changelog", "cleanup.policy=compact,delete retention.ms=604800000", Void, "cleanup.policy=compact,delete", "compact"},
		{"app-changelog", "cleanup.policy=delete retention.ms=-1 retention.bytes=-1", Weak, "cleanup.policy=delete", "compact"},
		{"app-changelog", "delete.retention.ms=60000", Weak, "delete.retention.ms=60000", "86400000"},
		{"app-changelog", "message.timestamp.type=CreateTime", Minor, "message.timestamp.type=CreateTime", "LogAppendTime"},
		{"app-changelog", "max.message.bytes=500000", Void, "max.message.bytes=500000", fmt.Sprint(limits.Needed(limits.ChangelogRecord))},
		{"app-changelog", "max.message.bytes=1048588 compression.type=lz4", 0, "", ""},
	} {
		settings := map[string]string{}
		for _, setting := range strings.Fields(c.settings) {
			name, value, _ := strings.Cut(setting, "=")
			settings[name] = value
		}
		found := validated(t, c.topic, settings)
		if c.setting == "" {
			if len(found) > 0 {
				t.Errorf("%s with %s: %v, want nothing", c.topic, c.settings, found)
			}
			continue
		}
		name, _, _ := strings.Cut(c.setting, "=")
		remedy := fmt.Sprintf(" --alter --entity-type topics --entity-name %s --add-config %s=%s", c.topic, name, c.want)
		if len(found) != 1 || found[0].Severity != c.severity || !strings.HasPrefix(found[0].String(), fmt.Sprintf("topic %q has %s: ", c.topic, c.setting)) || !strings.HasSuffix(found[0].Remedy, remedy) {
			t.Errorf("%s with %s: %+v, want severity %d, %s and%s", c.topic, c.settings, found, c.severity, c.setting, remedy)
		}
		if strings.Contains(found[0].String(), "\n") {
			t.Errorf("%s: more than a line: %s", c.topic, found[0])
		}
	}
}

// Topics that were just made have nothing to be found, and topics of default settings but for what would be void run.
func TestFindingsOfBrokers(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		fresh, err := Create(t.Context(), client, task.TopicsOf(broker.Prefix+"fresh-", "app"), Size{Partitions: 1, ReplicationFactor: 1})
		if err != nil || len(fresh.Findings) > 0 {
			t.Errorf("topics that were just made: %v, %v; want nothing", fresh.Findings, err)
		}
		topics := task.TopicsOf(broker.Prefix+"default-", "app")
		for _, name := range append(topics.Inputs[:], topics.Alerts, topics.DeadLetters) {
			make1(t, client, name, 1, nil)
		}
		for _, name := range []string{topics.SellerHealth, topics.Changelog} {
			make1(t, client, name, 1, map[string]string{cleanupPolicy: compacted})
		}
		byDefault, err := Await(t.Context(), client, topics)
		if err != nil || byDefault.Findings.Err(Void) != nil {
			t.Errorf("topics of default settings: %v, %v; want nothing that is void", byDefault.Findings, err)
		}
		whole := slices.ContainsFunc(byDefault.Findings, func(f Finding) bool {
			return f.Severity == Minor && f.Topic == topics.DeadLetters && strings.Contains(f.Problem, "are cut")
		})
		if !whole {
			t.Errorf("findings %v, want one that large dead letters are cut", byDefault.Findings)
		}
	})
}
