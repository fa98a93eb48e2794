package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// under is the same broker with another prefix of what a test makes on it.
func under(b *brokertest.Broker, prefix string) *brokertest.Broker {
	other := *b
	other.Prefix += prefix
	return &other
}

// crooked is a market's log as one may be: not quite in order, and with events that come twice.
func crooked(sellers, n int) []string {
	random := rand.New(rand.NewPCG(1, 7))
	var lines []string
	for _, e := range enginetest.MarketLog(sellers, n) {
		line := string(events.AppendJSON(nil, &e, true)) + "\n"
		at := max(0, len(lines)-random.IntN(20)*random.IntN(20))
		lines = slices.Insert(lines, at, line)
		if random.IntN(50) == 0 {
			lines = append(lines, line)
		}
	}
	return lines
}

// addRefused adds to the inputs what no task applies, though it would count if it were taken: a record that is no event, events without a key, under
// another's, in another's partition, and from the future.
func addRefused(t *testing.T, b *brokertest.Broker, partitions int32, seller string) (n int) {
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
	orders := task.TopicsOf(b.Prefix, "app").Inputs[events.Orders]
	placed := func(order string, at time.Time) []byte {
		e := events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, EventID: order, OccurredAt: at.UnixMilli(), SellerID: seller, OrderID: order,
			OrderDate: at.UnixMilli(), Channel: events.MFN, ShipBy: events.None, DeliverBy: events.None,
		}
		return events.Encoder{}.AppendAvro(nil, &e)
	}
	at := time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC)
	home := stream.PartitionFor([]byte(seller), partitions)
	to := func(p int32, key string, value []byte) {
		n++
		m := stream.Message{Value: value, Timestamp: at.UnixMilli()}
		if key != "" {
			m.Key = []byte(key)
		}
		out := stream.Output{TopicPartition: stream.TopicPartition{Topic: orders, Partition: p}, Messages: []stream.Message{m}}
		if _, err := producer.Produce(t.Context(), []stream.Output{out}); err != nil {
			t.Fatal(err)
		}
	}
	to(home, seller, []byte("no event"))
	to(home, "", placed("X1", at))
	to(home, "another", placed("X2", at))
	to((home+1)%partitions, seller, placed("X3", at))
	to(home, seller, placed("X4", time.Now().AddDate(1, 0, 0)))
	return n
}

// places are what causes have that those of another log, without what is refused, have not: the prefix of a topic, and an offset.
var places = regexp.MustCompile(`"topic":"[^"]*-|"offset":\d+`)

// outcome is what a bounded run over the topics publishes.
func outcome(t *testing.T, environment map[string]string) string {
	t.Helper()
	must(t, environment, "", "run", "--until-end", "--listen", "", "--state-dir", t.TempDir())
	alerts := strings.SplitAfter(must(t, environment, "", "alerts", "--from-beginning", "--until-end", "--output", "json"), "\n")
	slices.Sort(alerts)
	if len(alerts) < 100 {
		t.Fatalf("%d alerts are no test", len(alerts))
	}
	return places.ReplaceAllString(strings.Join(alerts, ""), "") + must(t, environment, "", "report", "--all")
}

// What is exported, in either form, and produced anew gives the same reports and alerts, number by number; and exported again it is the same file.
func TestExportedAndProducedAnewIsTheSame(t *testing.T) {
	lines := crooked(30, 12_000)
	half := len(lines) / 2
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		const partitions = 2 // as topicsAt makes them
		environment := topicsAt(t, under(b, "a-"))
		must(t, environment, strings.Join(lines[:half], ""), "produce")
		refused := addRefused(t, under(b, "a-"), partitions, "SB1-000003")
		must(t, environment, strings.Join(lines[half:], ""), "produce")
		want := outcome(t, environment)
		first := ""
		for i, name := range []string{"events.jsonl.zst", "events.avro"} {
			file := filepath.Join(t.TempDir(), name)
			got := call(t, environment, "", "export", "--file", file)
			if count := fmt.Sprintf("exported %s", plural(int64(len(lines)), "event")); got.code != exitDone || !strings.Contains(got.stderr, count) {
				t.Fatalf("%s: code %d, error %q; want %s", name, got.code, got.stderr, count)
			}
			if named := strings.Count(got.stderr, "not exported: no processor applies it"); named != refused || !strings.Contains(got.stderr, fmt.Sprintf("records=%d", refused)) {
				t.Errorf("%s: %d records are named in %q, want %d", name, named, got.stderr, refused)
			}
			copied := topicsAt(t, under(b, fmt.Sprintf("copy%d-", i)))
			must(t, copied, "", "produce", file)
			if got := outcome(t, copied); got != want {
				t.Errorf("%s: produced anew it gives other alerts and reports", name)
			}
			again := call(t, copied, "", "export")
			if strings.Contains(again.stderr, "not exported") {
				t.Errorf("%s: of the copy something is not exported: %s", name, again.stderr)
			}
			if first == "" {
				first = again.stdout
			}
			if again.stdout != first {
				t.Errorf("%s: exported again it is another file", name)
			}
		}
	})
}

// sixDays is three sellers' feedback on six days.
func sixDays() (lines []string) {
	for day := 1; day <= 6; day++ {
		for _, seller := range []string{"S1", "S2", "S3"} {
			lines = append(lines, fmt.Sprintf(`{"topic":"feedback","kind":"REMOVED","event_id":"%s-%d","occurred_at":"2026-01-0%dT00:00:00.000Z","seller_id":"%s","order_id":"O1","feedback_id":"F1"}`+"\n", seller, day, day, seller))
		}
	}
	return lines
}

// Of a span the first instant is in it, the last one is not; of sellers all that are named; and all is sorted by time, whatever partition it is in.
func TestExportOfASpan(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		environment := topicsAt(t, b)
		lines := sixDays()
		must(t, environment, strings.Join(lines, ""), "produce")
		for _, c := range []struct {
			args string
			want []string // ids, of which those of one instant may come in any order
		}{
			{"", []string{"1 2 3", "1 2 3", "1 2 3", "1 2 3", "1 2 3", "1 2 3"}},
			{"--from 2026-01-02T00:00:00Z --to 2026-01-04T00:00:00Z", []string{"", "1 2 3", "1 2 3"}},
			{"--from 2026-01-06T01:00:00+01:00", []string{"", "", "", "", "", "1 2 3"}},
			{"--to 2026-01-01T00:00:00Z", nil},
			{"--seller S2 --to 2026-01-03T00:00:00Z", []string{"2", "2"}},
			{"--seller S1 --seller S3 --from 2026-01-05T00:00:00Z", []string{"", "", "", "", "1 3", "1 3"}},
			{"--seller S4", nil},
			{"--seller S2 --partitioner any --to 2026-01-02T00:00:00Z", []string{"2"}},
		} {
			var want []string
			for day, sellers := range c.want {
				for _, seller := range strings.Fields(sellers) {
					want = append(want, lines[3*day+int(seller[0]-'1')])
				}
			}
			got := call(t, environment, "", strings.Fields("export "+c.args)...)
			sorted := slices.Collect(strings.Lines(got.stdout))
			if !slices.IsSortedFunc(sorted, func(x, y string) int { return strings.Compare(timeOf(x), timeOf(y)) }) {
				t.Errorf("export %s: not sorted by time:\n%s", c.args, got.stdout)
			}
			slices.SortStableFunc(sorted, func(x, y string) int { return strings.Compare(timeOf(x)+x, timeOf(y)+y) })
			if got.code != exitDone || strings.Join(sorted, "") != strings.Join(want, "") {
				t.Errorf("export %s: code %d, error %q, output\n%s\nwant\n%s", c.args, got.code, got.stderr, got.stdout, strings.Join(want, ""))
			}
		}
	})
}

func timeOf(line string) string {
	_, after, _ := strings.Cut(line, `"occurred_at":`)
	return after[:len(`"2026-01-01T00:00:00.000Z"`)]
}

func TestExportToFiles(t *testing.T) {
	environment := topicsAt(t, brokertest.Embedded(t))
	must(t, environment, shop, "produce")
	folder := t.TempDir()
	for _, name := range []string{"events", "events.jsonl.gz", "events.avro", "events.avro.zst"} {
		file := filepath.Join(folder, name)
		must(t, environment, "", "export", "--file", file)
		if got := call(t, environment, "", "produce", "--dry-run", file); got.code != exitDone || !strings.Contains(got.stdout, "orders    PLACED       1") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if left, _ := filepath.Glob(folder + "/*.partial"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, codec := range []string{"null", "deflate", "snappy", "zstandard"} {
		if out := must(t, environment, "", "export", "--output", "avro", "--compression", codec); !strings.HasPrefix(out, "Obj\x01") || !strings.Contains(out, codec) {
			t.Errorf("%s: %.100q", codec, out)
		}
	}
	must(t, environment, "", "export", "--file", "/dev/null")
	old := filepath.Join(folder, "events")
	if err := os.WriteFile(old, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"--file " + filepath.Join(folder, "none", "events"): "write events: open",
		"--file " + folder:                   "is a directory",
		"--topic-prefix none- --file " + old: `topic "none-orders" does not exist: create it with`,
	} {
		got := call(t, environment, "", strings.Fields("export "+args)...)
		if got.code != exitFailed || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, want) {
			t.Errorf("export %s: %+v; want %s", args, got, want)
		}
	}
	if text, err := os.ReadFile(old); err != nil || string(text) != "precious" {
		t.Errorf("a file that was there before a failed export: %q, %v", text, err)
	}
}

// What a transaction has written that is aborted, or still open, is not exported, nor waited for.
func TestExportReadsWhatIsCommitted(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, b *brokertest.Broker) {
		environment := topicsAt(t, b)
		lines := sixDays()
		must(t, environment, strings.Join(lines[:3], ""), "produce")
		for i, abort := range []bool{true, false} {
			client, err := kgo.NewClient(kgo.SeedBrokers(b.Addresses...), kgo.TransactionalID(fmt.Sprint(b.Prefix, i)), kgo.DefaultProduceTopic(b.Prefix+"feedback"))
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if err := client.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			record := &kgo.Record{Key: []byte("S1"), Value: []byte(strings.TrimSpace(lines[3]))}
			if err := client.ProduceSync(t.Context(), record).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if abort {
				if err := client.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
					t.Fatal(err)
				}
				must(t, environment, lines[4], "produce")
			}
		}
		got := slices.Sorted(strings.Lines(must(t, environment, "", "export")))
		want := append(slices.Clone(lines[:3]), lines[4])
		if slices.Sort(want); strings.Join(got, "") != strings.Join(want, "") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, ""), strings.Join(want, ""))
		}
	})
}

// An Avro file is not written to a terminal.
func TestNoAvroOnATerminal(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no terminal to be had: %v", err)
	}
	defer terminal.Close()
	if got := callTo(t, terminal, nil, "export", "--output", "avro"); got.code != exitUsage || !strings.Contains(got.stderr, "name one with --file, or redirect the output") {
		t.Errorf("%+v", got)
	}
}
