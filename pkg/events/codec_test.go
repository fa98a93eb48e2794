package events

import (
	"testing"
)

// examples are canonical lines: one of each kind, and those with other sets of optional fields.
var examples = []string{
	`{"topic":"orders","kind":"PLACED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","order_date":"2026-01-02T03:04:05.678Z","channel":"MFN","pending":false,"items":[{"item_id":"1","product_line":"toys","quantity":1},{"item_id":"2","product_line":"","quantity":-3}],"ship_by":"2026-01-04T23:59:59.000Z","deliver_by":"2026-01-09T23:59:59.000Z"}`,
	`{"topic":"orders","kind":"PLACED","event_id":"å\"\\\u000a\u0001","occurred_at":"0001-01-01T00:00:00.000Z","seller_id":"S1","order_id":"O1","order_date":"0001-01-02T00:00:00.000Z","channel":"AFN","pending":true,"items":[]}`,
	`{"topic":"orders","kind":"CONFIRMED","event_id":"e1","occurred_at":"1969-12-31T23:59:59.999Z","seller_id":"S1","order_id":"O1"}`,
	`{"topic":"orders","kind":"AMENDED","event_id":"e1","occurred_at":"9999-12-31T23:59:59.999Z","seller_id":"S1","order_id":"O1","ship_by":"2024-02-29T00:00:00.000Z"}`,
	`{"topic":"orders","kind":"CANCELLED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","cancelled_by":"MARKETPLACE","requested_by_buyer":true,"reason":"SHIP_CONFIRMATION_MISSING"}`,
	`{"topic":"orders","kind":"REFUNDED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1"}`,
	`{"topic":"shipments","kind":"CONFIRMED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","shipment_id":"P1","carrier":"s10","tracking_id":"RR123456785SE","deliver_by":"2026-01-09T23:59:59.000Z"}`,
	`{"topic":"shipments","kind":"CONFIRMED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","shipment_id":"P1","tracking_id":""}`,
	`{"topic":"shipments","kind":"TRACKING_UPDATED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","shipment_id":"P1","carrier":"ups","tracking_id":"1Z"}`,
	`{"topic":"shipments","kind":"SCANNED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","shipment_id":"P1"}`,
	`{"topic":"shipments","kind":"DELIVERED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","shipment_id":"P1"}`,
	`{"topic":"feedback","kind":"LEFT","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","feedback_id":"F1","rating":5}`,
	`{"topic":"feedback","kind":"REMOVED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","feedback_id":"F1"}`,
	`{"topic":"claims","kind":"OPENED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","claim_id":"C1"}`,
	`{"topic":"claims","kind":"APPEAL_GRANTED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","claim_id":"C1"}`,
	`{"topic":"chargebacks","kind":"OPENED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","chargeback_id":"B1","category":"SERVICE"}`,
	`{"topic":"chargebacks","kind":"RECLASSIFIED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","chargeback_id":"B1","category":"FRAUD"}`,
	`{"topic":"chargebacks","kind":"REVERSED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","chargeback_id":"B1"}`,
	`{"topic":"returns","kind":"REQUESTED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","return_id":"R1"}`,
	`{"topic":"returns","kind":"ANSWERED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","return_id":"R1","answer":"REJECTED","in_policy":true}`,
	`{"topic":"returns","kind":"FEEDBACK","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","return_id":"R1","negative":false}`,
	`{"topic":"orders","kind":"PLACED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","order_date":"2026-01-02T03:04:05.000Z","channel":"MFN","pending":false,"items":[],"marketplace":"DE","ship_country":"AT"}`,
	`{"topic":"orders","kind":"EXCUSED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","excused":true}`,
	`{"topic":"orders","kind":"EXCUSED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","metrics":["late_shipment_rate","x"],"excused":false}`,
	`{"topic":"claims","kind":"OPENED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","claim_id":"C1","reason":"WRONG_ITEM"}`,
	`{"topic":"returns","kind":"REQUESTED","event_id":"e1","occurred_at":"2026-01-02T03:04:05.000Z","seller_id":"S1","order_id":"O1","return_id":"R1","reason":"CHANGED_MIND"}`,
}

// mustParse reads a line that is known to be right.
func mustParse(t testing.TB, line string) *Event {
	t.Helper()
	var e Event
	if err := ParseLine([]byte(line), &e); err != nil {
		t.Fatalf("parse %s: %v", line, err)
	}
	return &e
}

func TestLinesOverAvroAreTheSame(t *testing.T) {
	decoder := NewDecoder(DecoderOptions{Schema: func(id uint32) (string, error) { return textOfID(id), nil }})
	ids := [NumTopics]uint32{0, 1, 2, 3, 4, 5}
	var e Event // used for all: nothing of an earlier event may stay
	for _, line := range examples {
		parsed := mustParse(t, line)
		for _, encoder := range []Encoder{{}, {SchemaIDs: &ids}} {
			value := encoder.AppendAvro(nil, parsed)
			if err := decoder.Decode(parsed.Topic, value, &e); err != nil {
				t.Fatalf("decode %s: %v", line, err)
			}
			if got := string(AppendJSON(nil, &e, true)); got != line {
				t.Errorf("got  %s\nwant %s", got, line)
			}
		}
		if err := decoder.Decode(parsed.Topic, []byte(line), &e); err != nil {
			t.Errorf("decode as JSON %s: %v", line, err)
		}
		if got := string(AppendJSON(nil, &e, true)); got != line {
			t.Errorf("got  %s\nwant %s", got, line)
		}
	}
}
