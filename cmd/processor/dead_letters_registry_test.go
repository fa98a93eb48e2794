package main

import (
	"fmt"
	"strings"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/registrytest"
)

// eachRegistry runs a test on the embedded broker with each registry, and on Apache Kafka with Apicurio Registry.
func eachRegistry(t *testing.T, test func(t *testing.T, b *brokertest.Broker, r *registrytest.Registry)) {
	registrytest.Each(t, func(t *testing.T, r *registrytest.Registry) { test(t, brokertest.Embedded(t), r) })
	t.Run("kafka", func(t *testing.T) { test(t, brokertest.Kafka(t), registrytest.Apicurio(t)) })
}

// What is sent in place of a dead letter is written as `produce` would: with the registry's ids.
func TestResubmittedEventsAreWrittenByTheRegistry(t *testing.T) {
	eachRegistry(t, func(t *testing.T, b *brokertest.Broker, r *registrytest.Registry) {
		environment := with(refusedShop(t, b), "SELLERPULSE_SCHEMA_REGISTRY", r.URL)
		home := stream.PartitionFor([]byte("S1"), 2)
		order := fmt.Sprintf("%sorders/%d@", b.Prefix, home)
		must(t, with(environment, "EDITOR", "sed -i s/7/1/"), "", "dead-letters", "resubmit", fmt.Sprintf("%sfeedback/%d@0", b.Prefix, home), "--edit")
		must(t, environment, strings.SplitN(shop, "\n", 2)[0], "dead-letters", "resubmit", order+"0", "--with", "-")
		must(t, environment, "", "dead-letters", "resubmit", order+"1")
		for topic, want := range map[string]int{"orders": 1, "feedback": 1} {
			if got := framedOf(t, b, b.Prefix+topic); got != want {
				t.Errorf("%s: %d values have an id of the registry, want %d", topic, got, want)
			}
		}
		must(t, environment, "", "run", "--until-end")
		checkReports(t, environment)
	})
}

// framedOf is how many values of a topic begin as those with an id of a registry.
func framedOf(t *testing.T, b *brokertest.Broker, topic string) (n int) {
	t.Helper()
	for _, value := range valuesOf(t, b, topic) {
		if len(value) > 5 && value[0] == 0 {
			n++
		}
	}
	return n
}

// Records in Avro that a mapping could not map are sent as what the mended one makes of them.
func TestResubmitMapsAvro(t *testing.T) {
	eachRegistry(t, func(t *testing.T, b *brokertest.Broker, r *registrytest.Registry) {
		environment := with(topicsAt(t, b), "SELLERPULSE_SCHEMA_REGISTRY", r.URL)
		topic := b.Prefix + "rows"
		rows := registered(t, r, topic)
		rows.changed(t, "c", nil, orderRow("pending"))
		sendRows(t, environment, topic, rows.messages)
		const mended = "mapping: rows\nsources:\n  - {topics: [TOPIC], use: debezium-orders, source: orders}\n"
		const wrong = "mapping: rows\nsources:\n  - {topics: [TOPIC], form: debezium, events: '{topic: \"orders\", kind: \"CONFIRMED\"}'}\n"
		of := func(text string) string { return write(t, "rows.yaml", strings.ReplaceAll(text, "TOPIC", topic)) }
		must(t, environment, "", "intake", "--mapping", of(wrong), "--until-end")
		dry := must(t, environment, "", "dead-letters", "resubmit", "--all", "--mapping", of(mended), "--dry-run", "--output", "json")
		if !strings.Contains(dry, `"outcome":"would_be_resubmitted"`) || !strings.Contains(dry, `"records":1`) {
			t.Errorf("dry run: %s", dry)
		}
		must(t, environment, "", "dead-letters", "resubmit", "--all", "--mapping", of(mended))
		exported := strings.Split(strings.TrimSpace(must(t, environment, "", "export")), "\n")
		if len(exported) != 1 || !strings.Contains(exported[0], `"kind":"PLACED"`) || framedOf(t, b, b.Prefix+"orders") != 1 {
			t.Errorf("exported are %s", exported)
		}
	})
}
