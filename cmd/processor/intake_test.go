package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// A shop's records, which no processor can read: keyed by order, in a form of its own, times as numbers.
const shopRecords = `{"type":"order","id":"O1","shop":"S1","placed":1767323045,"lines":[{"sku":"A-1","n":1}]}
{"type":"review","id":"R1","order":"O1","shop":"S1","at":"01/03/2026 10:00:00","stars":1}
{"type":"visit","shop":"S1"}
{"type":"review","id":"R2","order":"O1"}
`

const shopMapping = `# The shop's records
mapping: shop
tables:
  lines:
    file: lines.csv
    key: sku
    value: line
sources:
  - topics: [PREFIXshop]
    events: |
      if .type == "order" then
        {topic: "orders", kind: "PLACED", seller_id: .shop, order_id: .id, occurred_at: (.placed | seconds), order_date: (.placed | seconds), channel: "MFN",
         items: [.lines[] | {item_id: .sku, product_line: (.sku | lookup("lines")), quantity: .n}]}
      elif .type == "review" then
        {topic: "feedback", kind: "LEFT", seller_id: .shop, order_id: .order, feedback_id: .id, occurred_at: (.at | instant("MM/dd/yyyy HH:mm:ss"; "UTC")), rating: .stars}
      else empty end
`

// shopOn makes a shop's topic, with lines as records, and a mapping file of it, and tells its path.
func shopOn(t *testing.T, environment map[string]string, partitions int32, records string) (file string) {
	t.Helper()
	prefix, brokers := environment["SELLERPULSE_TOPIC_PREFIX"], strings.Split(environment["SELLERPULSE_BROKERS"], ",")
	client := enginetest.Topics(t, brokers, []stream.TopicSpec{{Name: prefix + "shop", Partitions: partitions, ReplicationFactor: 1}})
	producer, err := client.OpenIdempotent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	outputs := make([]stream.Output, partitions)
	for i, line := range strings.Split(strings.TrimSpace(records), "\n") {
		p := int32(i) % partitions
		outputs[p].TopicPartition = stream.TopicPartition{Topic: prefix + "shop", Partition: p}
		outputs[p].Messages = append(outputs[p].Messages, stream.Message{Key: fmt.Append(nil, i), Value: []byte(line), Timestamp: 1})
	}
	if _, err := producer.Produce(t.Context(), outputs); err != nil {
		t.Fatal(err)
	}
	file = write(t, "shop.yaml", strings.ReplaceAll(shopMapping, "PREFIX", prefix))
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "lines.csv"), []byte("sku,line\nA-1,toys\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func eachBroker(t *testing.T, test func(t *testing.T, environment map[string]string)) {
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		test(t, map[string]string{
			"SELLERPULSE_BROKERS": strings.Join(b.Addresses, ","), "SELLERPULSE_TOPIC_PREFIX": b.Prefix, "SELLERPULSE_APP_ID": b.Prefix + "app", "SELLERPULSE_STATE_DIR": t.TempDir(),
		})
	})
}

func TestFromSomebodyElsesTopicToAnAlert(t *testing.T) {
	eachBroker(t, func(t *testing.T, environment map[string]string) {
		must(t, environment, "", "topics", "--partitions", "3")
		file := shopOn(t, environment, 2, shopRecords)
		got := call(t, environment, "", "intake", "--mapping", file, "--until-end", "--log-level", "error")
		if want := "carried over 4 records: 2 events, 1 dead letter\n"; got.code != exitDone || got.stderr != want || got.stdout != "" {
			t.Fatalf("%+v, want %q", got, want)
		}
		must(t, environment, "", "run", "--until-end")
		lines := must(t, environment, "", "alerts", "--from-beginning", "--until-end", "--output", "json")
		if !strings.Contains(lines, `"alert_id":"S1/odr-early/1","kind":"BREACHED"`) {
			t.Errorf("alerts prints %q", lines)
		}
		letters := must(t, environment, "", "dead-letters", "list", "--output", "json")
		for _, part := range []string{environment["SELLERPULSE_TOPIC_PREFIX"] + "shop/1@1", "occurred_at is missing", "processor mapping try FILE --from"} {
			if !strings.Contains(letters, part) {
				t.Errorf("dead-letters list prints %q, want %q", letters, part)
			}
		}
	})
}

// A process is killed again and again in the middle of its work: each event is there once.
func TestKilledIntakesLoseAndDoubleNothing(t *testing.T) {
	eachBroker(t, func(t *testing.T, environment map[string]string) {
		const records = 20_000
		must(t, environment, "", "topics", "--partitions", "3")
		var all strings.Builder
		for i := range records {
			fmt.Fprintf(&all, `{"type":"order","id":"O%d","shop":"S%d","placed":1767323045,"lines":[]}`+"\n", i, i%97)
		}
		file := shopOn(t, environment, 4, all.String())
		for range 3 {
			p := launchUntil(t, environment, "source partitions assigned", "intake", "--mapping", file, "--session-timeout", "6s", "--commit-interval", "1ms")
			p.signal(syscall.SIGKILL)
			_ = p.cmd.Wait() // It was killed.
		}
		must(t, environment, "", "intake", "--mapping", file, "--until-end", "--session-timeout", "6s")
		seen := map[string]int{}
		for line := range strings.Lines(must(t, environment, "", "export")) {
			_, id, _ := strings.Cut(line, `"order_id":"`)
			id, _, _ = strings.Cut(id, `"`)
			seen[id]++
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("order %s is there %d times", id, n)
			}
		}
		if len(seen) != records {
			t.Errorf("%d orders, want %d", len(seen), records)
		}
	})
}

func TestRunWithIntake(t *testing.T) {
	environment := broker(t)
	must(t, environment, "", "topics", "--partitions", "2")
	file := shopOn(t, environment, 2, shopRecords)
	p := launch(t, environment, "", "run", "--listen", "", "--intake", file, "--alert-delay", "1ms")
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: strings.Split(environment["SELLERPULSE_BROKERS"], ",")})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	enginetest.Eventually(t, "an alert of a record of the shop", func() bool {
		return strings.Contains(must(t, environment, "", "alerts", "--from-beginning", "--until-end", "--output", "json"), `"S1/odr-early/1"`)
	})
	p.signal(syscall.SIGTERM)
	p.ends()
}

func TestMappingCommands(t *testing.T) {
	environment := broker(t)
	file := shopOn(t, environment, 1, shopRecords)
	prefix := environment["SELLERPULSE_TOPIC_PREFIX"]
	if out := must(t, environment, "", "mapping", "check", file); !strings.Contains(out, "shop     source 1  json  topics "+prefix+"shop") {
		t.Errorf("mapping check prints %q", out)
	}
	out := must(t, environment, "", "mapping", "try", file)
	for _, part := range []string{prefix + "shop/0@0 key 0\n  {\"type\":\"order\"", "\n  > {\"topic\":\"orders\",\"kind\":\"PLACED\"", "\"product_line\":\"toys\"", "\n  - no event", "\n  ! invalid: the program makes an event that is not right: occurred_at is missing"} {
		if !strings.Contains(out, part) {
			t.Errorf("mapping try prints %q, want %q", out, part)
		}
	}
	if out := must(t, environment, "", "mapping", "try", file, "--from", prefix+"shop/0@1", "--count", "1"); !strings.HasPrefix(out, prefix+"shop/0@1 ") || strings.Count(out, "@") != 1 {
		t.Errorf("mapping try --from prints %q", out)
	}
	tests := strings.TrimSuffix(file, ".yaml") + ".txt"
	if err := os.WriteFile(tests, []byte("# a visit\nrecord\n{\"type\":\"visit\"}\nevents\n\n# a review\nrecord\n"+strings.Split(shopRecords, "\n")[1]+"\nevents\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := call(t, environment, "", "mapping", "test", tests); got.code != exitFailed || !strings.Contains(got.stdout, tests+":7: a review\n  + {\"topic\":\"feedback\"") || !strings.HasSuffix(got.stdout, "2 cases, 1 failure\n") {
		t.Errorf("mapping test: %+v", got)
	}
	must(t, environment, "", "mapping", "test", tests, "--update")
	if out := must(t, environment, "", "mapping", "test", tests); out != "2 cases, all as expected\n" {
		t.Errorf("mapping test prints %q", out)
	}
	if out := must(t, nil, "", "mapping", "list"); !strings.Contains(out, "debezium-orders") {
		t.Errorf("mapping list prints %q", out)
	}
	if out := must(t, nil, "", "mapping", "print", "debezium-orders"); !strings.Contains(out, "\nmapping: debezium-orders\n") {
		t.Errorf("mapping print prints %q", out)
	}
}

func TestMappingUsage(t *testing.T) {
	wrong := write(t, "wrong.yaml", "mapping: m\nsources:\n  - topics: t\n")
	for args, want := range map[string]struct {
		code int
		text string
	}{
		"intake":                           {exitUsage, "name a mapping with --mapping"},
		"intake --mapping shopfy":          {exitUsage, "neither a file nor a mapping"},
		"intake --mapping " + wrong:        {exitUsage, "wrong.yaml:3: `events:` is to be"},
		"run --intake " + wrong:            {exitUsage, "wrong.yaml:3"},
		"run --until-end --intake shopify": {exitUsage, "--intake does not go with --until-end"},
		"mapping":                          {exitUsage, "name a command"},
		"mapping check":                    {exitUsage, "name a mapping file"},
		"mapping check nowhere.yaml":       {exitUsage, "nowhere.yaml"},
		"mapping check " + wrong:           {exitFailed, "wrong.yaml:3"},
		"mapping check debezium-orders --set canceled_by=x":   {exitFailed, "did you mean cancelled_by?"},
		"mapping try debezium-orders --topic a --from b/0@1":  {exitFailed, "kafka cannot be reached"},
		"intake --mapping debezium-orders --from-topics shop": {exitUsage, "has several sources: write \"shop\" as source=topic"},
	} {
		got := callUntil(t.Context(), 1, map[string]string{"SELLERPULSE_BROKERS": nobody}, "", strings.Fields(args)...)
		if got.code != want.code || !strings.Contains(got.stderr, want.text) {
			t.Errorf("%s: code %d, error %q; want %d and %q", args, got.code, got.stderr, want.code, want.text)
		}
	}
}
