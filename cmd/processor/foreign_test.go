package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/simulate"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/producers"
	"sellerpulse/test/registrytest"
)

// strangersLog is events of all kinds, and among them those of a shop that has its orders in tables.
func strangersLog(start events.Millis, tables *producers.Tables) (log []events.Event) {
	ofTables, latest := tables.Events(), start
	for _, e := range simulate.RandomMarketplace(simulate.RandomOptions{Seed: 13, Events: 1500, Sellers: 6, Start: start, Everything: true}) {
		for latest = max(latest, e.OccurredAt); len(ofTables) > 0 && ofTables[0].OccurredAt <= latest; ofTables = ofTables[1:] {
			log = append(log, ofTables[0])
		}
		log = append(log, e)
	}
	return append(log, ofTables...)
}

func linesOf(log []events.Event) string {
	var lines []byte
	for i := range log {
		lines = append(events.AppendJSON(lines, &log[i], true), '\n')
	}
	return string(lines)
}

// heard is what is published of the events in the topics of an environment, as of a time.
type heard struct{ reports, alerts string }

func heardOf(t *testing.T, environment map[string]string, asOf string) heard {
	t.Helper()
	must(t, environment, "", "run", "--until-end", "--as-of", asOf, "--state-dir", t.TempDir())
	if letters := must(t, environment, "", "dead-letters", "list", "--output", "json"); letters != "" {
		t.Errorf("there are dead letters: %.2000s", letters)
	}
	return heard{must(t, environment, "", "report", "--all"), withoutTopics(must(t, environment, "", "alerts", "--from-beginning", "--until-end", "--output", "json"), environment)}
}

// withoutTopics leaves the prefix out of the names of topics, which alerts have in them.
func withoutTopics(text string, environment map[string]string) string {
	return strings.ReplaceAll(text, `"`+environment["SELLERPULSE_TOPIC_PREFIX"], `"`)
}

// door is a way by which events come in.
type door struct {
	partitions string // of our topics
	// inOrder tells that each of our partitions gets its events in the order of the log, so that alerts are the same too, and since when a state is.
	inOrder bool
	send    func(t *testing.T, b *brokertest.Broker, environment map[string]string, log []events.Event)
}

// Whoever writes events, by whichever schemas of a registry, in topics of ours or of theirs: what is published of them is the same as of what `produce` sends.
func TestForeignProducers(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	tables := producers.NewTables(250, start.UnixMilli())
	log, asOf := strangersLog(start.UnixMilli(), tables), start.AddDate(0, 2, 0).Format(time.RFC3339)
	doors := map[string]door{
		"java":   {"2", true, bySerializer(producers.Java)},
		"python": {"1", true, bySerializer(producers.Python)}, // A key in Avro has a murmur2 of its own.
		"kcat":   {"2", false, byWrongKeys},
		"debezium": {"2", false, func(t *testing.T, b *brokertest.Broker, environment map[string]string, log []events.Event) {
			byTables(t, b, environment, log, tables)
		}},
	}
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		registry := registrytest.Apicurio(t)
		at := func(t *testing.T, name, partitions string) (*brokertest.Broker, map[string]string) {
			own := under(b, name+"-")
			environment := map[string]string{
				"SELLERPULSE_BROKERS": strings.Join(b.Addresses, ","), "SELLERPULSE_TOPIC_PREFIX": own.Prefix, "SELLERPULSE_APP_ID": own.Prefix + "app",
				"SELLERPULSE_SCHEMA_REGISTRY": registry.URL,
			}
			must(t, environment, "", "topics", "--partitions", partitions)
			return own, environment
		}
		wants := map[string]heard{}
		for _, partitions := range []string{"1", "2"} {
			_, ours := at(t, "ours"+partitions, partitions)
			must(t, ours, linesOf(log), "produce")
			want := heardOf(t, ours, asOf)
			if strings.Count(want.reports, "\n") != 6+5 || strings.Count(want.alerts, "\n") < 10 {
				t.Fatalf("there is too little to compare: %d reports, %d alerts", strings.Count(want.reports, "\n"), strings.Count(want.alerts, "\n"))
			}
			wants[partitions] = want
		}
		for _, name := range slices.Sorted(maps.Keys(doors)) {
			t.Run(name, func(t *testing.T) {
				d := doors[name]
				own, environment := at(t, name, d.partitions)
				d.send(t, own, environment, log)
				got, want := heardOf(t, environment, asOf), wants[d.partitions]
				if d.inOrder {
					enginetest.CompareLists(t, "alerts", strings.Split(got.alerts, "\n"), strings.Split(want.alerts, "\n"))
				} else {
					got.reports, want.reports = since.ReplaceAllString(got.reports, ""), since.ReplaceAllString(want.reports, "")
				}
				enginetest.CompareLists(t, "reports", strings.Split(got.reports, "\n"), strings.Split(want.reports, "\n"))
			})
		}
	})
}

// bySerializer has a producer of its own write into our topics.
func bySerializer(send func(testing.TB, producers.Destination, string)) func(*testing.T, *brokertest.Broker, map[string]string, []events.Event) {
	return func(t *testing.T, b *brokertest.Broker, environment map[string]string, log []events.Event) {
		send(t, producers.Destination{Brokers: b.Addresses, Registry: environment["SELLERPULSE_SCHEMA_REGISTRY"], Prefix: b.Prefix}, linesOf(log))
	}
}

// byWrongKeys has kcat write into one topic of another number of partitions, keyed by order or not at all, and one line of a mapping put that right.
func byWrongKeys(t *testing.T, b *brokertest.Broker, environment map[string]string, log []events.Event) {
	legacy := b.Prefix + "legacy"
	enginetest.Topics(t, b.Addresses, []stream.TopicSpec{{Name: legacy, Partitions: 3, ReplicationFactor: 1}})
	var records []producers.Record
	for i := range log {
		r := producers.Record{Value: events.AppendJSON(nil, &log[i], true)}
		if i%2 == 0 {
			r.Key = strconv.QuoteToASCII(log[i].OrderID)
		}
		records = append(records, r)
	}
	producers.Kcat(t, b.Addresses, legacy, records)
	mapping := write(t, "rekey.yaml", "mapping: rekey\nsources:\n  - {topics: ["+legacy+"], events: ., key: seller_id}\n")
	carried := fmt.Sprintf("carried over %s records: %s events, 0 dead letters\n", grouped(int64(len(log))), grouped(int64(len(log))))
	if got := call(t, environment, "", "intake", "--mapping", mapping, "--until-end", "--log-level", "error"); got.code != exitDone || got.stderr != carried {
		t.Fatalf("%+v, want %q", got, carried)
	}
}

// byTables has Debezium write what happens in tables. What is in none is sent as ours.
func byTables(t *testing.T, b *brokertest.Broker, environment map[string]string, log []events.Event, tables *producers.Tables) {
	inTable := map[string]bool{}
	for _, e := range tables.Events() {
		inTable[e.SellerID] = true
	}
	must(t, environment, linesOf(slices.DeleteFunc(slices.Clone(log), func(e events.Event) bool { return inTable[e.SellerID] })), "produce")
	halfway := time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC).UnixMilli()
	names, seen := []string{}, map[string]int{}
	for table, records := range tables.Debezium(halfway) {
		topic := b.Prefix + "dbserver1.public." + table
		names = append(names, table+"="+topic)
		var messages []stream.Message
		for _, r := range records {
			messages = append(messages, stream.Message{Key: []byte(r.Key), Value: r.Value, Timestamp: halfway})
			for _, op := range []string{"r", "c", "u", "d"} {
				seen[op] += strings.Count(string(r.Value), `"op":"`+op+`"`)
			}
			if r.Value == nil {
				seen["tombstone"]++
			}
		}
		sendRows(t, environment, topic, messages)
	}
	for _, what := range []string{"r", "c", "u", "d", "tombstone"} {
		if seen[what] < 50 {
			t.Errorf("of %s there are %d", what, seen[what])
		}
	}
	must(t, environment, "", "intake", "--mapping", "debezium-orders", "--from-topics", strings.Join(names, ","), "--until-end")
}
