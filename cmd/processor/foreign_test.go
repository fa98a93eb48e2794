package main

import (
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/simulate"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/producers"
	"sellerpulse/test/registrytest"
)

// randomLines are events of all kinds, a line of JSON each.
func randomLines(n int) string {
	var lines []byte
	for _, e := range simulate.RandomMarketplace(simulate.RandomOptions{
		Seed: 13, Events: n, Sellers: 6, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), Everything: true,
	}) {
		lines = append(events.AppendJSON(lines, &e, true), '\n')
	}
	return string(lines)
}

// heard is what is published of the events in the topics of an environment.
type heard struct{ reports, alerts string }

func heardOf(t *testing.T, environment map[string]string) heard {
	t.Helper()
	must(t, environment, "", "run", "--until-end", "--state-dir", t.TempDir())
	if letters := must(t, environment, "", "dead-letters", "list", "--output", "json"); letters != "" {
		t.Errorf("there are dead letters: %.2000s", letters)
	}
	return heard{must(t, environment, "", "report", "--all"), withoutTopics(must(t, environment, "", "alerts", "--from-beginning", "--until-end", "--output", "json"), environment)}
}

// withoutTopics leaves the prefix out of the names of topics, which alerts have in them.
func withoutTopics(text string, environment map[string]string) string {
	return strings.ReplaceAll(text, `"`+environment["SELLERPULSE_TOPIC_PREFIX"], `"`)
}

// Whoever writes events, by whichever schemas of a registry: what is published of them is the same.
func TestForeignProducers(t *testing.T) {
	for name, send := range map[string]func(testing.TB, producers.Destination, string){"java": producers.Java, "python": producers.Python} {
		t.Run(name, func(t *testing.T) {
			brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
				registry, lines := registrytest.Apicurio(t), randomLines(1500)
				at := func(prefix, partitions string) map[string]string {
					environment := map[string]string{
						"SELLERPULSE_BROKERS": strings.Join(b.Addresses, ","), "SELLERPULSE_TOPIC_PREFIX": b.Prefix + prefix, "SELLERPULSE_APP_ID": b.Prefix + prefix + "app",
						"SELLERPULSE_SCHEMA_REGISTRY": registry.URL,
					}
					must(t, environment, "", "topics", "--partitions", partitions)
					return environment
				}
				partitions := map[string]string{"java": "2", "python": "1"}[name] // A key in Avro has a murmur2 of its own.
				ours, theirs := at("ours-", partitions), at("theirs-", partitions)
				must(t, ours, lines, "produce")
				send(t, producers.Destination{Brokers: b.Addresses, Registry: registry.URL, Prefix: theirs["SELLERPULSE_TOPIC_PREFIX"]}, lines)
				want, got := heardOf(t, ours), heardOf(t, theirs)
				if strings.Count(want.reports, "\n") != 6 || strings.Count(want.alerts, "\n") < 10 {
					t.Fatalf("there is too little to compare: %d reports, %d alerts", strings.Count(want.reports, "\n"), strings.Count(want.alerts, "\n"))
				}
				if got != want {
					t.Errorf("what comes of theirs:\n%s%s\nof ours:\n%s%s", got.reports, got.alerts, want.reports, want.alerts)
				}
			})
		})
	}
}
