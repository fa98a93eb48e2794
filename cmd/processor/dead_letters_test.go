package main

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/producers"
)

// sendTo writes messages to the log that each is for.
func sendTo(t *testing.T, b *brokertest.Broker, messages []stream.Message, to func(i int) stream.TopicPartition) {
	t.Helper()
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: b.Addresses})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	producer, err := client.OpenIdempotent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range messages {
		messages[i].Timestamp = time.Now().UnixMilli()
		if _, err := producer.Produce(t.Context(), []stream.Output{{TopicPartition: to(i), Messages: messages[i : i+1]}}); err != nil {
			t.Fatal(err)
		}
	}
}

// residentAt is topicsAt with a state of its own, to go on with.
func residentAt(t *testing.T, b *brokertest.Broker) map[string]string {
	t.Helper()
	environment := topicsAt(t, b)
	environment["SELLERPULSE_STATE_DIR"] = t.TempDir()
	return environment
}

// since is what depends on when an event came.
var since = regexp.MustCompile(`"since":[^,]*,`)

// numbers are all sellers' reports as of a time.
func numbers(t *testing.T, environment map[string]string, asOf string) []string {
	t.Helper()
	must(t, environment, "", "run", "--until-end", "--as-of", asOf)
	return strings.Split(since.ReplaceAllString(must(t, environment, "", "report", "--all"), ""), "\n")
}

// sendAsLibrdkafka sends events as a producer with librdkafka's default partitioner does, the CRC32 of the key: to Apache Kafka by one, which is kcat.
func sendAsLibrdkafka(t *testing.T, b *brokertest.Broker, partitions uint32, log []events.Event, key func(*events.Event) string) {
	t.Helper()
	inputs := task.TopicsOf(b.Prefix, "").Inputs
	if b.Kind == brokertest.KafkaKind {
		records := map[string][]producers.Record{}
		for i := range log {
			topic := inputs[log[i].Topic]
			records[topic] = append(records[topic], producers.Record{Key: key(&log[i]), Value: events.AppendJSON(nil, &log[i], false)})
		}
		for topic := range records {
			producers.Kcat(t, b.Addresses, topic, records[topic])
		}
		return
	}
	var messages []stream.Message
	for i := range log {
		m := stream.Message{Value: events.Encoder{}.AppendAvro(nil, &log[i])}
		if k := key(&log[i]); k != "" {
			m.Key = []byte(k)
		}
		messages = append(messages, m)
	}
	sendTo(t, b, messages, func(i int) stream.TopicPartition {
		return stream.TopicPartition{Topic: inputs[log[i].Topic], Partition: int32(crc32.ChecksumIEEE(messages[i].Key) % partitions)}
	})
}

// What a producer with librdkafka's default partitioner sends is refused where that is not the partition of murmur2. Sent again it gives the numbers of a
// producer that is right; so does what has no key, or that of the order.
func TestMisroutedEventsAreMadeWhole(t *testing.T) {
	const partitions = 2 // as topicsAt makes them
	log := enginetest.MarketLog(12, 200)
	end := time.UnixMilli(log[len(log)-1].OccurredAt).UTC().Add(time.Hour).Format(time.RFC3339)
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		right := residentAt(t, under(b, "right-"))
		lines := ""
		for i := range log {
			lines += string(events.AppendJSON(nil, &log[i], true)) + "\n"
		}
		must(t, right, lines, "produce")
		want := numbers(t, right, end)
		if all := strings.Join(want, ""); len(want) < 12 || !regexp.MustCompile(`"numerator":[1-9]`).MatchString(all) {
			t.Fatalf("%d reports without a miss are no test", len(want))
		}
		for name, key := range map[string]func(*events.Event) string{
			"of the seller": func(e *events.Event) string { return e.SellerID },
			"of the order":  func(e *events.Event) string { return e.OrderID },
			"none":          func(*events.Event) string { return "" },
		} {
			wrong := under(b, strings.ReplaceAll(name, " ", "-")+"-")
			environment := residentAt(t, wrong)
			sendAsLibrdkafka(t, wrong, partitions, log, key)
			if got := numbers(t, environment, end); slices.Equal(got, want) {
				t.Fatalf("key %s: nothing was misrouted", name)
			}
			sent := must(t, environment, "", "dead-letters", "resubmit", "--reason", "misrouted", "--output", "json")
			if n := strings.Count(sent, `"outcome":"resubmitted"`); n == 0 || n != strings.Count(sent, "\n") {
				t.Errorf("key %s: sent again: %d of\n%s", name, n, sent)
			}
			enginetest.CompareLists(t, "key "+name, numbers(t, environment, end), want)
			if again := must(t, environment, "", "dead-letters", "resubmit", "--reason", "misrouted", "--output", "json"); strings.Contains(again, `"outcome":"resubmitted"`) {
				t.Errorf("key %s: a second time:\n%s", name, again)
			}
		}
	})
}

// refusedShop is topics with three dead letters: one that is no event, one with something wrong, and one under another's key.
func refusedShop(t *testing.T, b *brokertest.Broker) map[string]string {
	t.Helper()
	environment := residentAt(t, b)
	home := stream.PartitionFor([]byte("S1"), 2)
	inputs := task.TopicsOf(b.Prefix, "").Inputs
	lines := strings.Split(strings.ReplaceAll(shop, "\n\n", "\n"), "\n")
	messages := []stream.Message{
		{Key: []byte("S1"), Value: []byte("<order/>")},
		{Key: []byte("S1"), Value: []byte(strings.Replace(lines[1], `"rating":1`, `"rating":7`, 1)), Headers: []stream.Header{{Key: "trace", Value: []byte("t-1")}}},
		{Key: []byte("O1"), Value: []byte(lines[0])},
	}
	topics := []events.Topic{events.Orders, events.Feedback, events.Orders}
	sendTo(t, b, messages, func(i int) stream.TopicPartition {
		return stream.TopicPartition{Topic: inputs[topics[i]], Partition: home}
	})
	must(t, environment, "", "run", "--until-end")
	return environment
}

func TestDeadLettersAreListedAndShown(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		environment := refusedShop(t, b)
		home := stream.PartitionFor([]byte("S1"), 2)
		place := func(topic string, offset int) string { return fmt.Sprintf("%s%s/%d@%d", b.Prefix, topic, home, offset) }
		for _, c := range []struct {
			args string
			want int
		}{
			{"", 3},
			{"--reason invalid", 1},
			{"--reason invalid,misrouted", 2},
			{"--reason invalid --reason undecodable --topic orders", 1},
			{"--seller S1", 3},
			{"--seller O1", 0},
			{"--to 2026-01-01T00:00:00Z", 0},
			{"--from 2026-01-01T00:00:00Z --unsent", 3},
			{"--limit 2", 2},
			{"--counts", 3},
		} {
			got := must(t, environment, "", strings.Fields("dead-letters list --output json "+c.args)...)
			if strings.Count(got, "\n") != c.want {
				t.Errorf("list %s: %s, want %d", c.args, got, c.want)
			}
		}
		table := must(t, environment, "", "dead-letters", "list")
		for _, want := range []string{"REASON", "rating 7 is outside 1 to 5", place("orders", 0), "SENT AGAIN"} {
			if !strings.Contains(table, want) {
				t.Errorf("list has no %q:\n%s", want, table)
			}
		}
		for at, wants := range map[string][]string{
			place("orders", 0):   {"undecodable", "text, but no JSON", `"S1"`, "3c 6f 72 64 65 72 2f 3e ", "|<order/>|", "neither avro nor a JSON object"},
			place("feedback", 0): {"invalid", `trace: "t-1"`, `"seller_id":"S1"`, "rating 7 is outside 1 to 5"},
			place("orders", 1):   {"misrouted", `"topic":"orders","kind":"PLACED"`, `key          "O1"`, "key events by seller_id"},
		} {
			shown := must(t, environment, "", "dead-letters", "show", at)
			for _, want := range wants {
				if !strings.Contains(shown, want) {
					t.Errorf("show %s has no %q:\n%s", at, want, shown)
				}
			}
			var v struct {
				Place, Source string
				Value         []byte
			}
			if err := json.Unmarshal([]byte(must(t, environment, "", "dead-letters", "show", at, "--output", "json")), &v); err != nil || v.Source != at || len(v.Value) == 0 {
				t.Errorf("show %s as JSON: %+v, %v", at, v, err)
			}
			if byLetter := must(t, environment, "", "dead-letters", "show", v.Place); byLetter != shown {
				t.Errorf("by the place of the dead letter %s it shows\n%s", v.Place, byLetter)
			}
		}
		if got := call(t, environment, "", "dead-letters", "show", place("orders", 99)); got.code != exitFailed || !strings.Contains(got.stderr, "there is no dead letter at this place") {
			t.Errorf("%+v", got)
		}
	})
}

func TestDeadLettersAreEdited(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		environment := refusedShop(t, b)
		home := stream.PartitionFor([]byte("S1"), 2)
		feedback, order := fmt.Sprintf("%sfeedback/%d@0", b.Prefix, home), fmt.Sprintf("%sorders/%d@", b.Prefix, home)
		temporary := t.TempDir()
		t.Setenv("TMPDIR", temporary)
		with := func(editor string) map[string]string {
			environment["EDITOR"] = editor
			return environment
		}
		for _, c := range []struct{ editor, place, want string }{
			{"sed -i d", feedback, "nothing is sent: the text was left empty"},
			{"false", feedback, "what was written is in " + temporary},
			{"true", feedback, "it is no event: rating 7 is outside 1 to 5; what was written is in " + temporary},
			{"sed -i s/7/8/", feedback, "rating 8 is outside 1 to 5"},
			{"true", order + "0", "it is not one event as JSON"},
		} {
			if got := call(t, with(c.editor), "", "dead-letters", "resubmit", c.place, "--edit"); got.code != exitFailed || !strings.Contains(got.stderr, c.want) || got.stdout != "" {
				t.Errorf("%s: %+v, want %q", c.editor, got, c.want)
			}
		}
		if got := must(t, with("sed -i s/7/1/"), "", "dead-letters", "resubmit", feedback, "--edit"); !strings.Contains(got, "sent again") {
			t.Errorf("mended: %s", got)
		}
		if got := call(t, environment, "", "dead-letters", "resubmit", order+"0"); got.code != exitFailed || !strings.Contains(got.stderr, "1 record of those that were named could not be sent") {
			t.Errorf("what is no event: %+v", got)
		}
		placed := strings.SplitN(shop, "\n", 2)[0]
		must(t, environment, placed, "dead-letters", "resubmit", order+"0", "--with", "-")
		must(t, environment, "", "dead-letters", "resubmit", order+"1")
		must(t, environment, "", "run", "--until-end")
		checkReports(t, environment)
		if got := must(t, environment, "", "dead-letters", "list", "--unsent", "--output", "json"); got != "" {
			t.Errorf("left: %s", got)
		}
	})
}
