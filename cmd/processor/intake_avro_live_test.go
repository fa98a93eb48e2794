package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr/srfake"

	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
	"sellerpulse/test/registrytest"
)

// cancelledNow is a table with one order, placed an hour ago and cancelled by its seller, so that there is an alert of it.
func cancelledNow(t *testing.T, r *registrytest.Registry, topic string) *sourceTable {
	t.Helper()
	rows := registered(t, r, topic)
	row := orderRow("cancelled")
	row["placed_at"], row["ship_by"] = time.Now().Add(-time.Hour).UnixMicro(), nil
	rows.changed(t, "c", nil, row)
	return rows
}

// tableMapping is a mapping file by which changes of a table in a topic are carried in.
func tableMapping(t *testing.T, topic string) (file string) {
	return write(t, "table.yaml", "mapping: table\nsources:\n  - {topics: ["+topic+"], use: debezium-orders, source: orders}\n")
}

// A service that carries Avro in reads it by the registry, and writes by it.
func TestRunWithIntakeOfAvro(t *testing.T) {
	eachRegistry(t, func(t *testing.T, b *brokertest.Broker, r *registrytest.Registry) {
		environment := with(residentAt(t, b), "SELLERPULSE_SCHEMA_REGISTRY", r.URL)
		topic := b.Prefix + "rows"
		sendRows(t, environment, topic, cancelledNow(t, r, topic).messages)
		p := launch(t, environment, "", "run", "--listen", "", "--intake", tableMapping(t, topic), "--alert-delay", "1ms")
		enginetest.Eventually(t, "an alert of a row of the table", func() bool {
			return strings.Contains(must(t, environment, "", "alerts", "--from-beginning", "--until-end", "--output", "json"), `"S1/cancellation/1"`)
		})
		p.signal(syscall.SIGTERM)
		p.ends()
		if n := framedOf(t, b, b.Prefix+"orders"); n != 2 {
			t.Errorf("%d events are written by the registry, want PLACED and CANCELLED", n)
		}
	})
}

// The demo reads records by a registry, and registers nothing in it.
func TestDemoReadsAvro(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds: 120 days of history")
	}
	fake := srfake.New()
	t.Cleanup(fake.Close)
	const topic = "dbserver1.public.orders"
	rows := cancelledNow(t, &registrytest.Registry{URL: fake.URL()}, topic)
	before := subjects(t, fake.URL())
	ctx, stop := context.WithTimeout(t.Context(), time.Minute) // Only what hangs takes that long.
	defer stop()
	var all bytes.Buffer
	sent, alerted := false, false
	watch := writerFunc(func(b []byte) (int, error) {
		all.Write(b)
		at := regexp.MustCompile(`embedded Kafka broker at (\S+)\.\n`).FindSubmatch(all.Bytes())
		if !sent && at != nil {
			sent = true
			sendTo(t, &brokertest.Broker{Addresses: []string{string(at[1])}}, rows.messages, func(int) stream.TopicPartition {
				return stream.TopicPartition{Topic: topic}
			})
		}
		if alerted = regexp.MustCompile(`BREACHED +S1 +cancellation`).Match(all.Bytes()); alerted {
			stop()
		}
		return len(b), nil
	})
	var stderr bytes.Buffer
	s := &session{environment: func(string) (string, bool) { return "", false }, stdin: strings.NewReader(""), stdout: watch, stderr: &stderr}
	code := run(ctx, []string{"demo", "--sellers", "1", "--rate", "5", "--mapping", tableMapping(t, topic), "--schema-registry", fake.URL()}, s)
	if code != exitDone || !alerted {
		t.Errorf("code %d, error %q: no alert of the table's row in\n%s", code, stderr.String(), all.String())
	}
	if after := subjects(t, fake.URL()); after != before {
		t.Errorf("the registry has %s, and had %s", after, before)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// subjects are those that a registry has.
func subjects(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url + "/subjects")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var names []string
	if err := json.NewDecoder(answer.Body).Decode(&names); err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
