package brokertest_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/test/brokertest"
)

const noteSchema = `{"type":"record","name":"Note","namespace":"test","fields":[
	{"name":"text","type":"string"},
	{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
	{"name":"rate","type":["null","double"],"default":null},
	{"name":"kind","type":{"type":"enum","name":"Kind","symbols":["GOOD","BAD"]}},
	{"name":"tags","type":{"type":"array","items":"string"}}]}`

// noteHeader is the single-object encoding's: the marker, and the schema's fingerprint as Apache Avro for Java gives it.
const noteHeader = "\xc3\x01\xcc\x2b\xdc\xac\xec\xdc\x3a\xe8"

// TestReadWithJava proves that the independent reader sees what is committed, decoded, and nothing of what is aborted.
func TestReadWithJava(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		topic := broker.Prefix + "notes"
		create(t, broker, topic, 1)
		client := connect(t, broker, kgo.TransactionalID(broker.Prefix+"writer"), kgo.DefaultProduceTopic(topic))
		write(t, client, note("aborted"), kgo.TryAbort)
		write(t, client, note("committed"), kgo.TryCommit)

		records := brokertest.ReadWithJava(t, broker, topic, schemaFile(t))
		if len(records) != 1 {
			t.Fatalf("read %d records, want 1: %v", len(records), records)
		}
		const want = `{"text":"committed","at":1767323045000,"rate":0.25,"kind":"GOOD","tags":["new"]}`
		if got := string(records[0].Value); got != want {
			t.Errorf("value is %s, want %s", got, want)
		}
		if key := records[0].Key; key == nil || *key != "S1" {
			t.Errorf("key is %v, want S1", key)
		}
	})
}

func schemaFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "note.avsc")
	if err := os.WriteFile(file, []byte(noteSchema), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// note is a Note in single-object encoding.
func note(text string) []byte {
	value := binary.AppendVarint([]byte(noteHeader), int64(len(text)))
	value = append(value, text...)
	value = binary.AppendVarint(value, 1767323045000)
	value = binary.AppendVarint(value, 1) // of the union: a double
	value = binary.LittleEndian.AppendUint64(value, math.Float64bits(0.25))
	value = binary.AppendVarint(value, 0) // of the enum: GOOD
	return append(value, "\x02\x06new\x00"...)
}

func write(t *testing.T, client *kgo.Client, value []byte, end kgo.TransactionEndTry) {
	t.Helper()
	if err := client.BeginTransaction(); err != nil {
		t.Fatalf("begin transaction: %v", err)
	}
	if err := client.ProduceSync(t.Context(), &kgo.Record{Key: []byte("S1"), Value: value}).FirstErr(); err != nil {
		t.Fatalf("produce: %v", err)
	}
	if err := client.EndTransaction(t.Context(), end); err != nil {
		t.Fatalf("end transaction: %v", err)
	}
}
