package subscriber_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/linkedin/goavro/v2"

	"sellerpulse/test/brokertest"
)

// kcat, which is librdkafka, reads the alerts, and goavro decodes them.
func TestKcatReadsEachAlertOnce(t *testing.T) {
	kcat, err := exec.LookPath("kcat")
	if err != nil {
		t.Skipf("kcat is not here; the Java client proves the same: %v", err)
	}
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		p := publish(t, broker, randomEvents())
		p.check(t, readWithKcat(t, kcat, p))
	})
}

// readWithKcat reads the topic to its end. Of each record kcat prints the lengths of key and value, then both.
func readWithKcat(t *testing.T, kcat string, p published) (records []record) {
	t.Helper()
	command := exec.CommandContext(t.Context(), kcat, "-C", "-q", "-e", "-b", strings.Join(p.broker.Addresses, ","), "-t", p.topic, "-o", "beginning",
		"-X", "isolation.level=read_committed", "-f", "%K %S %k%s\n")
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		t.Fatalf("read with kcat: %v\n%s", err, problems.String())
	}
	schema, err := os.ReadFile("../../schemas/alerts.avsc")
	must(t, err)
	codec, err := goavro.NewCodec(string(schema))
	must(t, err)
	for r := bytes.NewReader(output); r.Len() > 0; {
		var keyBytes, valueBytes int
		_, err := fmt.Fscanf(r, "%d %d", &keyBytes, &valueBytes)
		must(t, err)
		rest := make([]byte, 1+keyBytes+valueBytes+1) // between a space and the line's end
		_, err = r.Read(rest)
		must(t, err)
		records = append(records, record{key: string(rest[1 : 1+keyBytes]), value: decode(t, codec, rest[1+keyBytes:len(rest)-1])})
	}
	return records
}

const headerBytes = 10 // of the single-object encoding

func decode(t *testing.T, codec *goavro.Codec, value []byte) map[string]any {
	t.Helper()
	if len(value) < headerBytes || value[0] != 0xC3 || value[1] != 0x01 {
		t.Fatalf("a value is not in single-object encoding: %x", value)
	}
	native, left, err := codec.NativeFromBinary(value[headerBytes:])
	must(t, err)
	if len(left) > 0 {
		t.Fatalf("%d bytes left over", len(left))
	}
	textual, err := codec.TextualFromNative(nil, native)
	must(t, err)
	var tagged map[string]any
	must(t, json.Unmarshal(textual, &tagged))
	return untag(tagged).(map[string]any)
}

// untag takes the names of types off the values of unions.
func untag(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = untag(v[i])
		}
	case map[string]any:
		for _, tag := range []string{"double", "long", "int", "int.date", "string", "sellerpulse.AlertComponents"} {
			if inner, ok := v[tag]; ok && len(v) == 1 {
				return untag(inner)
			}
		}
		for name := range v {
			v[name] = untag(v[name])
		}
	}
	return v
}
