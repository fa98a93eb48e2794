package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// intakePage is the page about the intake, ready to be run on the topic that it has.
func intakePage(t *testing.T) *page {
	t.Helper()
	b := brokertest.Embedded(t) // of its own, so that names need no prefix
	const partitions = 3
	client := enginetest.Topics(t, b.Addresses, []stream.TopicSpec{{Name: "shop.orders", Partitions: partitions, ReplicationFactor: 1}})
	producer, err := client.OpenIdempotent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	outputs := make([]stream.Output, partitions)
	for i, value := range []string{
		`{"type":"order","id":"O1","shop":"S1","placed":1767323045000,"lines":[{"sku":"A-1","n":2}]}`,
		`{"type":"visit","shop":"S1"}`,
		`{"type":"order","id":"O2","shop":"S2","placed":1767323046000,"lines":[{"sku":"C-3","n":1}]}`,
		`{"type":"review","id":"R1","order":"O1","shop":"S1","at":"01/03/2026 10:00","stars":1}`,
		`{"type":"review","id":"R3","order":"O2","shop":"S2","at":"01/04/2026 10:00","stars":5}`,
		`{"type":"review","id":"R2","order":"O2","shop":"S2"}`,
	} {
		o := &outputs[i%partitions]
		o.TopicPartition = stream.TopicPartition{Topic: "shop.orders", Partition: int32(i % partitions)}
		o.Messages = append(o.Messages, stream.Message{Key: []byte{'O', byte('1' + i)}, Value: []byte(value), Timestamp: 1767323045000})
	}
	if _, err := producer.Produce(t.Context(), outputs); err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	p := &page{t: t, directory: directory, names: regexp.MustCompile(`\bno such name\b`), mask: func(text string) string { return text }}
	p.environment = append(othersVariables(), "PATH="+build(t)+string(os.PathListSeparator)+os.Getenv("PATH"),
		"SELLERPULSE_BROKERS="+strings.Join(b.Addresses, ","), "SELLERPULSE_STATE_DIR="+filepath.Join(directory, "state"))
	return p
}

// The page about the intake, from a topic to an alert.
func TestIntakePage(t *testing.T) {
	intakePage(t).run(pageSteps(t, "../../docs/intake.md"))
}
