package main

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"sellerpulse/internal/ocf"
	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/registrytest"
)

// What Debezium's connector for Postgres has in a registry of a table: its key, a row, and a change, which refers to the row.
const (
	rowKey = `{"type":"record","name":"Key","namespace":"dbserver1.public.orders","fields":[{"name":"id","type":{"type":"bytes","logicalType":"decimal","precision":20,"scale":0}}]}`
	row    = `{"type":"record","name":"Value","namespace":"dbserver1.public.orders","fields":[
		{"name":"id","type":{"type":"bytes","logicalType":"decimal","precision":20,"scale":0}},{"name":"seller_id","type":"string"},
		{"name":"status","type":{"type":"enum","name":"Status","symbols":["pending","paid","cancelled"]}},
		{"name":"placed_at","type":{"type":"long","connect.version":1,"connect.name":"io.debezium.time.MicroTimestamp"}},
		{"name":"ship_by","type":["null",{"type":"string","connect.name":"io.debezium.time.ZonedTimestamp"}],"default":null}],"connect.name":"dbserver1.public.orders.Value"}`
	rowChange = `{"type":"record","name":"Envelope","namespace":"dbserver1.public.orders","fields":[
		{"name":"before","type":["null","Value"],"default":null},{"name":"after","type":["null","Value"],"default":null},
		{"name":"op","type":"string"},{"name":"ts_ms","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null}]}`
)

// sourceTable is a topic of changes of a table.
type sourceTable struct {
	key, change     *avro.Schema
	keyID, changeID int
	messages        []stream.Message
}

// registered registers the schemas of a table. That of a change refers to that of a row, or has it in it where the registry does not take the former.
func registered(t *testing.T, r *registrytest.Registry, topic string) *sourceTable {
	t.Helper()
	client, err := sr.NewClient(sr.URLs(r.URL))
	if err != nil {
		t.Fatal(err)
	}
	register := func(subject, text string, references ...sr.SchemaReference) int {
		s, err := client.CreateSchema(t.Context(), topic+subject, sr.Schema{Schema: text, References: references})
		if err != nil {
			t.Fatal(err)
		}
		return s.ID
	}
	rows := &sourceTable{keyID: register("-key", rowKey), key: avro.MustParse(rowKey)}
	if r.Name == "apicurio" {
		rows.changeID = register("-value", strings.Replace(rowChange, `"Value"`, row, 1))
	} else {
		register("-row", row)
		rows.changeID = register("-value", rowChange, sr.SchemaReference{Name: "dbserver1.public.orders.Value", Subject: topic + "-row", Version: 1})
	}
	var parsed avro.SchemaCache
	if _, err = parsed.Parse(row); err == nil {
		rows.change, err = parsed.Parse(rowChange)
	}
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func framed(t *testing.T, id int, s *avro.Schema, v any) []byte {
	t.Helper()
	b, err := s.AppendEncode(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// changed adds a change of an order; nil stands for no row.
func (c *sourceTable) changed(t *testing.T, op string, before, after map[string]any) {
	t.Helper()
	v := map[string]any{"before": nil, "after": nil, "op": op, "ts_ms": int64(1_767_330_000_000)}
	if before != nil {
		v["before"] = before
	}
	if after != nil {
		v["after"] = after
	}
	c.messages = append(c.messages, stream.Message{Key: framed(t, c.keyID, c.key, map[string]any{"id": orderNumber}), Value: framed(t, c.changeID, c.change, v), Timestamp: 1})
}

// orderNumber has more digits than a floating point number.
const orderNumber = "12345678901234567890"

func orderRow(status string) map[string]any {
	return map[string]any{"id": orderNumber, "seller_id": "S1", "status": status, "placed_at": int64(1_767_323_045_000_000), "ship_by": "2026-01-06T23:59:59Z"}
}

// sendRows makes a topic of one partition and sends messages there.
func sendRows(t *testing.T, environment map[string]string, topic string, messages []stream.Message) {
	t.Helper()
	client := enginetest.Topics(t, strings.Split(environment["SELLERPULSE_BROKERS"], ","), []stream.TopicSpec{{Name: topic, Partitions: 1, ReplicationFactor: 1}})
	producer, err := client.OpenIdempotent(t.Context())
	if err == nil {
		_, err = producer.Produce(t.Context(), []stream.Output{{TopicPartition: stream.TopicPartition{Topic: topic}, Messages: messages}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Changes of a table, as Debezium writes them by a registry's schemas, become events by ours, under their sellers.
func TestFromDebeziumInAvroToEvents(t *testing.T) {
	eachRegistry(t, func(t *testing.T, b *brokertest.Broker, r *registrytest.Registry) {
		environment := topicsAt(t, b)
		environment["SELLERPULSE_SCHEMA_REGISTRY"] = r.URL
		topic := b.Prefix + "dbserver1.public.orders"
		rows := registered(t, r, topic)
		rows.changed(t, "c", nil, orderRow("pending"))
		rows.changed(t, "u", orderRow("pending"), orderRow("paid"))
		rows.changed(t, "d", orderRow("paid"), nil)
		rows.messages = append(rows.messages, stream.Message{Key: rows.messages[0].Key, Timestamp: 1}) // a tombstone
		rows.changed(t, "u", orderRow("paid"), orderRow("cancelled"))
		cut := &rows.messages[len(rows.messages)-1]
		cut.Value = cut.Value[:40]
		rows.changed(t, "u", orderRow("paid"), orderRow("cancelled"))
		sendRows(t, environment, topic, rows.messages)

		args := []string{"--mapping", "debezium-orders", "--from-topics", "orders=" + topic, "--until-end", "--log-level", "error"}
		got := call(t, environment, "", append([]string{"intake"}, args...)...)
		if want := "carried over 6 records: 3 events, 1 dead letter\n"; got.code != exitDone || got.stderr != want {
			t.Fatalf("%+v, want %q", got, want)
		}
		exported := must(t, environment, "", "export")
		for _, part := range []string{`"kind":"PLACED"`, `"kind":"CONFIRMED"`, `"kind":"CANCELLED"`} {
			if strings.Count(exported, part) != 1 {
				t.Errorf("exported are %s, want one of %s", exported, part)
			}
		}
		if n := strings.Count(exported, `"seller_id":"S1","order_id":"`+orderNumber+`"`); n != 3 || !strings.Contains(exported, `"order_date":"2026-01-02T03:04:05.000Z"`) {
			t.Errorf("%d events are of the order:\n%s", n, exported)
		}
		for _, value := range valuesOf(t, b, b.Prefix+"orders") {
			if value[0] != 0 {
				t.Errorf("an event is written without an id of the registry: %x", value[:5])
			}
		}
		letters := must(t, environment, "", "dead-letters", "list", "--output", "json")
		if strings.Count(letters, topic+"/0@4") == 0 || !strings.Contains(letters, "read Avro of schema") {
			t.Errorf("dead letters: %s", letters)
		}
	})
}

// What is in the registry's form is shown as JSON; without a registry it is said what is missing.
func TestTryAvro(t *testing.T) {
	fake := srfake.New()
	t.Cleanup(fake.Close)
	b := brokertest.Embedded(t)
	environment := topicsAt(t, b)
	topic := b.Prefix + "rows"
	rows := registered(t, &registrytest.Registry{URL: fake.URL()}, topic)
	rows.changed(t, "c", nil, orderRow("pending"))
	sendRows(t, environment, topic, rows.messages)
	file := write(t, "mine.yaml", `mapping: mine
sources:
  - topics: [`+topic+`]
    form: avro
    key_form: avro
    events: |
      {topic: "orders", kind: "CONFIRMED", event_id: "e", seller_id: .after.seller_id, order_id: ($record.key.id | tostring), occurred_at: (.ts_ms | millis)}
`)
	out := must(t, with(environment, "SELLERPULSE_SCHEMA_REGISTRY", fake.URL()), "", "mapping", "try", file)
	for _, part := range []string{
		topic + `/0@0 key {"id":` + orderNumber + "}\n" + `  {"after":{"id":` + orderNumber + `,"placed_at":1767323045000000,`,
		`  > {"topic":"orders","kind":"CONFIRMED","event_id":"e","occurred_at":"2026-01-02T05:00:00.000Z","seller_id":"S1","order_id":"` + orderNumber + `"}`,
	} {
		if !strings.Contains(out, part) {
			t.Errorf("mapping try prints %q, want %q", out, part)
		}
	}
	if out := must(t, environment, "", "mapping", "try", file); !strings.Contains(out, "! undecodable: read Avro: its schema is in a registry: name that with --schema-registry") {
		t.Errorf("without a registry mapping try prints %q", out)
	}
	tests := strings.TrimSuffix(file, ".yaml") + ".txt"
	if err := os.WriteFile(tests, []byte(`record key={"id":7}
{"after":{"seller_id":"S1"},"ts_ms":1767330000000}
events
{"topic":"orders","kind":"CONFIRMED","event_id":"e","occurred_at":"2026-01-02T05:00:00Z","seller_id":"S1","order_id":"7"}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := must(t, nil, "", "mapping", "test", tests); out != "1 case, all as expected\n" {
		t.Errorf("a case of a source of Avro is JSON: %q", out)
	}
}

// While the registry is away records by an unknown schema wait, and are no dead letters.
func TestIntakeOutlastsAnOutageOfTheRegistry(t *testing.T) {
	fake := srfake.New()
	t.Cleanup(fake.Close)
	b := brokertest.Embedded(t)
	environment := topicsAt(t, b)
	environment["SELLERPULSE_SCHEMA_REGISTRY"] = fake.URL()
	topic := b.Prefix + "rows"
	rows := registered(t, &registrytest.Registry{URL: fake.URL()}, topic)
	rows.changed(t, "c", nil, orderRow("pending"))
	sendRows(t, environment, topic, rows.messages)
	var back atomic.Bool
	fake.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		away := strings.HasPrefix(r.URL.Path, "/schemas/ids/") && !back.Load()
		if away {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return away
	})
	p := launchUntil(t, environment, "source partition is interrupted: trying again until it can go on", "intake", "--mapping", "debezium-orders", "--from-topics", "orders="+topic)
	if exported := must(t, environment, "", "export"); exported != "" {
		t.Errorf("meanwhile there is %s", exported)
	}
	back.Store(true)
	enginetest.Eventually(t, "the event of a record that waited", func() bool {
		return strings.Contains(must(t, environment, "", "export"), `"kind":"PLACED"`)
	})
	p.signal(syscall.SIGTERM)
	for range p.output {
	}
	if err := p.cmd.Wait(); err != nil {
		t.Error(err)
	}
	if letters := must(t, environment, "", "dead-letters", "list", "--output", "json"); letters != "" {
		t.Errorf("there are dead letters: %s", letters)
	}
}

// A container file is read by the schema in it, and what is sent has the ids of the registry.
func TestProduceMappedContainers(t *testing.T) {
	fake := srfake.New()
	t.Cleanup(fake.Close)
	b := brokertest.Embedded(t)
	environment := with(topicsAt(t, b), "SELLERPULSE_SCHEMA_REGISTRY", fake.URL())
	const sale = `{"type":"record","name":"Sale","fields":[{"name":"id","type":"long"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"shop","type":["null","string"]}]}`
	var file bytes.Buffer
	w, err := ocf.NewWriter(&file, sale, "zstandard")
	if err != nil {
		t.Fatal(err)
	}
	schema := avro.MustParse(sale)
	for i, shop := range []any{"S1", "S2", nil} {
		record, err := schema.Encode(map[string]any{"id": int64(i), "at": int64(1_767_323_045_000), "shop": shop})
		if err == nil {
			err = w.Append(record)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const program = `mapping: sales
sources:
  - form: avro
    events: |
      {topic: "orders", kind: "CONFIRMED", seller_id: .shop, order_id: (.id | tostring), occurred_at: (.at | millis)}
`
	mapping := write(t, "sales.yaml", program)
	sales := filepath.Join(filepath.Dir(mapping), "sales.avro")
	if err := os.WriteFile(sales, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	got := call(t, environment, "", "produce", "--mapping", mapping, sales)
	if want := "processor: " + sales + ": record 3, in block 1: the program makes an event that is not right: seller_id is missing"; got.code != exitFailed || !strings.HasPrefix(got.stderr, want) || !strings.Contains(got.stderr, "(0 events before that were sent)") {
		t.Errorf("%+v, want %q", got, want)
	}
	must(t, environment, "", "produce", "--mapping", write(t, "sold.yaml", strings.Replace(program, "{topic", "select(.shop) | {topic", 1)), sales)
	values := valuesOf(t, b, b.Prefix+"orders")
	if len(values) != 2 || values[0][0] != 0 {
		t.Errorf("sent were %x", values)
	}
}
