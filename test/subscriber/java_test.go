package subscriber_test

import (
	"encoding/json"
	"testing"

	"sellerpulse/test/brokertest"
)

// Kafka's own client and Apache Avro read the alerts.
func TestJavaReadsEachAlertOnce(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		p := publish(t, broker, randomEvents())
		p.check(t, readWithJava(t, p))
	})
}

// They read those of the real orders too.
func TestJavaReadsTheRealAlerts(t *testing.T) {
	all := realEvents(t)
	p := publish(t, brokertest.Kafka(t), all)
	p.check(t, readWithJava(t, p))
}

func readWithJava(t *testing.T, p published) (records []record) {
	t.Helper()
	for _, r := range brokertest.ReadWithJava(t, p.broker, p.topic, "alerts.avsc") {
		var value map[string]any
		must(t, json.Unmarshal(r.Value, &value))
		if r.Key == nil {
			t.Fatalf("the record at offset %d has no key", r.Offset)
		}
		records = append(records, record{key: *r.Key, value: value})
	}
	return records
}
