package worker

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/limits"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// defaultMarket is a service of one partition on topics that are made without any setting, or take no more than they must.
func defaultMarket(t testing.TB, broker *brokertest.Broker, name string, least bool) *fixture {
	t.Helper()
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses, ClientID: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	prefix := broker.Prefix + name + "-"
	s := &fixture{t: t, client: client, topics: task.TopicsOf(prefix, "app"), appID: prefix + "app", partitions: 1}
	takes := func(batch int) map[string]string {
		if !least {
			return nil
		}
		return map[string]string{limits.MaxMessage: fmt.Sprint(limits.Needed(batch))}
	}
	specs := []stream.TopicSpec{
		{Name: s.topics.Alerts, Partitions: 2, Config: takes(limits.Alert)},
		{Name: s.topics.SellerHealth, Partitions: 3, Config: takes(limits.ReportCompressed)},
		{Name: s.topics.DeadLetters, Partitions: 1, Config: takes(limits.DeadLetter)},
		{Name: s.topics.Changelog, Partitions: 1, Config: takes(limits.ChangelogRecord)},
	}
	for _, name := range s.topics.Inputs {
		specs = append(specs, stream.TopicSpec{Name: name, Partitions: 1})
	}
	for i := range specs {
		specs[i].ReplicationFactor = 1
	}
	if err := client.CreateTopics(t.Context(), specs); err != nil {
		t.Fatal(err)
	}
	return s
}

// sendBy sends a record by the client of another, in a batch of its own.
func (s *fixture) sendBy(broker *brokertest.Broker, codec kgo.CompressionCodec, topic events.Topic, value []byte, headers ...kgo.RecordHeader) {
	s.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(broker.Addresses...), kgo.ProducerBatchCompression(codec), kgo.ProducerBatchMaxBytes(64<<20))
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	record := &kgo.Record{Topic: s.topics.Inputs[topic], Key: []byte("S"), Value: value, Headers: headers}
	if err := client.ProduceSync(s.t.Context(), record).FirstErr(); err != nil {
		s.t.Fatal(err)
	}
}

// placedWith is a record of an order of so many items, each of a product line of its own.
func placedWith(seller, order string, lines int, line func(i int) string) sent {
	var items []string
	for i := range lines {
		items = append(items, fmt.Sprintf(`{"item_id":"%d","product_line":%q,"quantity":1}`, i, line(i)))
	}
	value := enginetest.JSON(seller, "PLACED", order, "items", "["+strings.Join(items, ",")+"]")
	return sent{topic: events.Orders, Message: stream.Message{Key: []byte(seller), Value: value, Timestamp: enginetest.Noon.UnixMilli()}}
}

// Whatever comes in, what comes of it goes out, on topics as brokers make them by default and on those that take the least that they must;
// and nothing else is held up.
func TestEveryOutputFits(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		for name, least := range map[string]bool{"default": false, "least": true} {
			s := defaultMarket(t, broker, name, least)
			s.sendLarge(broker)
			if err := s.run(t.Context(), t.TempDir(), nil); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			s.checkOmitted(map[string]int64{"many lines": 3_100, "long lines": 400, "random lines": 1_300, "S": 0})
			cut := s.cut()
			slices.Sort(cut)
			if want := []string{
				"claims undecodable headers.count headers.bytes", "orders undecodable value.bytes value.sha256",
				"orders undecodable value.bytes value.sha256", "orders undecodable value.bytes value.sha256",
			}; !slices.Equal(cut, want) {
				t.Errorf("%s: dead letters %q, want %q", name, cut, want)
			}
		}
	})
}

// sendLarge sends what makes large reports, changelog records and dead letters, and then an order of another seller.
func (s *fixture) sendLarge(broker *brokertest.Broker) {
	s.t.Helper()
	all := []sent{placedWith("many lines", "O", 3_300, func(i int) string { return fmt.Sprint("line ", i) })}
	for i := range 600 {
		all = append(all, placedWith("long lines", fmt.Sprint("O", i), 1, func(int) string { return fmt.Sprintf("%0200d", i) }))
	}
	const lines, each = 1_500, limits.Text / 4 * 3 // bytes, which are a third more in base64
	random := enginetest.Noise(lines * each)
	for i := range lines {
		line := base64.StdEncoding.EncodeToString(random[i*each:][:each])
		all = append(all, placedWith("random lines", fmt.Sprint("O", i), 1, func(int) string { return line }))
	}
	s.send(all)
	compressible := bytes.Repeat([]byte("a value that compresses "), 4_300_000/24)
	s.sendBy(broker, kgo.ZstdCompression(), events.Orders, compressible)
	s.sendBy(broker, kgo.GzipCompression(), events.Orders, compressible)
	s.sendBy(broker, kgo.NoCompression(), events.Orders, enginetest.Noise(1_048_498))
	var headers []kgo.RecordHeader
	for i := range 10 {
		headers = append(headers, kgo.RecordHeader{Key: fmt.Sprint("h", i), Value: make([]byte, 1<<20)})
	}
	s.sendBy(broker, kgo.ZstdCompression(), events.Claims, enginetest.JSON("S", "OPENED", "waits", "claim_id", `"c"`), headers...)
	s.send([]sent{placedWith("S", "last", 1, func(int) string { return "toys" })})
}

// cut lists dead letters: from where, why, and by what headers it is said what was cut.
func (s *fixture) cut() (all []string) {
	s.t.Helper()
	for _, letter := range s.records(s.topics.DeadLetters, 1) {
		topic, reason, cut, behind := "", "", "", false
		for _, h := range letter.Headers {
			switch {
			case h.Key == "source.topic":
				topic = string(h.Value[strings.LastIndex(string(h.Value), "-")+1:])
			case h.Key == "reason":
				reason = string(h.Value)
			case h.Key == "source.offset":
				behind = true
			case behind:
				cut += " " + h.Key
			}
		}
		all = append(all, topic+" "+reason+cut)
	}
	return all
}

// checkOmitted demands a report of each seller that omits so many product lines.
func (s *fixture) checkOmitted(want map[string]int64) {
	s.t.Helper()
	got := map[string]int64{}
	for seller, report := range s.reports() {
		if got[seller] = report.ProductLinesOmitted; report.Metrics[0].Denominator == 0 {
			s.t.Errorf("seller %s has no order that counts", seller)
		}
	}
	if !maps.Equal(got, want) {
		s.t.Errorf("product lines omitted %v, want %v", got, want)
	}
}

// readCase reads the lines of an input that failed once.
func readCase(t *testing.T, name string) (lines [][]byte) {
	t.Helper()
	enginetest.ReadLines(t, filepath.Join("cases", name), func(line []byte) { lines = append(lines, line) })
	return lines
}

// The inputs that made reports which fitted no topic are applied.
func TestReportsOfManyLinesFit(t *testing.T) {
	omitted := map[string]int64{}
	var all []events.Event
	for name, lines := range map[string]int64{"many-lines.jsonl.gz": 3_300, "titles.jsonl.gz": 600} {
		for _, line := range readCase(t, name) {
			var e events.Event
			if err := events.ParseLine(line, &e); err != nil {
				t.Fatal(err)
			}
			e.SellerID = name // Each case has the same.
			all = append(all, e)
		}
		omitted[name] = lines - outputs.MaxProductLines
	}
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := defaultMarket(t, broker, "case", false)
		s.produce(all)
		if err := s.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		s.checkOmitted(omitted)
		if letters := s.cut(); len(letters) > 0 {
			t.Errorf("dead letters %q", letters)
		}
	})
}

// What a reader needs to resubmit what was cut: how long it was, and by what to know it again.
func TestCutValueIsKnownAgain(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := defaultMarket(t, broker, "cut", false)
		value := enginetest.Noise(1_048_400)
		s.sendBy(broker, kgo.NoCompression(), events.Orders, value, kgo.RecordHeader{Key: "trace", Value: []byte("1")})
		if err := s.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		letter := s.records(s.topics.DeadLetters, 1)[0]
		sum := sha256.Sum256(value)
		said := map[string]string{}
		for _, h := range letter.Headers {
			said[h.Key] = string(h.Value)
		}
		if !bytes.HasPrefix(value, letter.Value) || len(letter.Value) < 1_030_000 || said["value.bytes"] != "1048400" || said["value.sha256"] != hex.EncodeToString(sum[:]) || said["trace"] != "1" {
			t.Errorf("a dead letter of %d bytes that says %q", len(letter.Value), said)
		}
	})
}
