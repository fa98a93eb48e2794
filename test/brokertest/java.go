package brokertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sellerpulse/test/brokertest/apachekafka"
)

// JavaRecord is a record as Apache Kafka's own client reads it and Apache Avro decodes it.
type JavaRecord struct {
	Partition int             `json:"partition"`
	Offset    int64           `json:"offset"`
	Timestamp int64           `json:"timestamp"` // ms
	Key       *string         `json:"key"`
	Value     json.RawMessage `json:"value"` // times and dates as the numbers that were encoded; null for a tombstone
}

// ReadWithJava reads a topic to its end, read committed, with test/java-consumer, which shares no code with the program.
// Schema is a file of schemas/, as "alerts.avsc", or one with a path. Any value that is not one record of it fails the test. It works on
// both kinds of brokers, and without the jars skips the test, or fails it with CI=true.
func ReadWithJava(t testing.TB, broker *Broker, topic, schema string) []JavaRecord {
	t.Helper()
	installation, err := apachekafka.Find()
	if err != nil {
		missing(t, err)
	}
	if filepath.Base(schema) == schema {
		schema = filepath.Join(installation.Root, "schemas", schema)
	}
	command := exec.CommandContext(
		t.Context(), installation.Java,
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", filepath.Join(installation.Libs, "*"),
		filepath.Join(installation.Root, "test", "java-consumer", "AlertConsumer.java"),
		strings.Join(broker.Addresses, ","), topic, schema)
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		t.Fatalf("read %s with Java: %v\n%s", topic, err, problems.String())
	}
	return parseLines(t, output)
}

func parseLines(t testing.TB, output []byte) []JavaRecord {
	t.Helper()
	var records []JavaRecord
	for lines := json.NewDecoder(bytes.NewReader(output)); ; {
		var record JavaRecord
		err := lines.Decode(&record)
		if errors.Is(err, io.EOF) {
			return records
		}
		if err != nil {
			t.Fatalf("parse line %d of the Java consumer: %v", len(records)+1, err)
		}
		records = append(records, record)
	}
}
