package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
)

// mistakes are the records of the page: orders under their own ids, an order in XML, and a rating that there is not.
func mistakes() (messages []stream.Message, topics []string) {
	add := func(topic, key, value string) {
		messages = append(messages, stream.Message{Key: []byte(key), Value: []byte(value)})
		topics = append(topics, topic)
	}
	for i := 1; i <= 6; i++ {
		add("orders", fmt.Sprintf("O%d", i), fmt.Sprintf(`{"kind":"PLACED","event_id":"e%d","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S%d","order_id":"O%d","order_date":"2026-01-02T03:04:05Z","channel":"MFN","items":[]}`, i, i%2+1, i))
	}
	add("orders", "S1", `<order id="O7"/>`)
	add("feedback", "S1", `{"kind":"LEFT","event_id":"e8","occurred_at":"2026-01-03T10:00:00Z","seller_id":"S1","order_id":"O2","feedback_id":"F1","rating":7}`)
	return messages, topics
}

// The page about dead letters, on those that it has.
func TestDeadLettersPage(t *testing.T) {
	b := brokertest.Embedded(t) // of its own, so that names need no prefix
	directory := t.TempDir()
	environment := map[string]string{"SELLERPULSE_BROKERS": strings.Join(b.Addresses, ","), "SELLERPULSE_STATE_DIR": filepath.Join(directory, "state")}
	must(t, environment, "", "topics", "--partitions", "1")
	messages, topics := mistakes()
	sendTo(t, b, messages, func(i int) stream.TopicPartition { return stream.TopicPartition{Topic: topics[i]} })
	must(t, environment, "", "run", "--until-end")
	now := regexp.MustCompile(`time=\S+|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)
	p := &page{
		t: t, directory: directory, names: regexp.MustCompile(`\bno such name\b`),
		mask: func(text string) string { return now.ReplaceAllString(text, "NOW") },
	}
	p.environment = append(othersVariables(), "PATH="+build(t)+string(os.PathListSeparator)+os.Getenv("PATH"))
	for name, value := range environment {
		p.environment = append(p.environment, name+"="+value)
	}
	p.run(pageSteps(t, "../../docs/dead-letters.md"))
}
