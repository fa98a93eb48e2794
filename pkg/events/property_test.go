package events

import (
	"testing"

	"pgregory.net/rapid"
)

// drawEvent draws any valid event, with nothing but its kind's fields.
func drawEvent(t *rapid.T) *Event {
	var e Event
	kind := Kind(rapid.IntRange(1, int(NumKinds)-1).Draw(t, "kind"))
	e.reset(kind.Topic())
	e.Kind = kind
	id := rapid.StringN(1, 40, MaxTextBytes)
	e.EventID, e.SellerID, e.OrderID = id.Draw(t, "event"), id.Draw(t, "seller"), id.Draw(t, "order")
	if e.Topic != Orders {
		e.PartID = id.Draw(t, "part")
	}
	e.OccurredAt = rapid.Int64Range(minInstant, maxInstant).Draw(t, "occurred at")
	for f := fieldOrderDate; f < fieldTopic; f++ {
		if allows[kind].has(f) {
			drawField(t, &e, f)
		}
	}
	if kind == OrderAmended && e.ShipBy == None {
		e.DeliverBy = maxInstant
	}
	return &e
}

func drawField(t *rapid.T, e *Event, f field) {
	given := needs[e.Kind].has(f) || rapid.Bool().Draw(t, "given")
	switch shapes[f] {
	case shapeText:
		*e.text(f) = rapid.StringN(0, MaxSiteBytes/4, MaxSiteBytes).Draw(t, f.String())
	case shapeTexts:
		e.Metrics = rapid.SliceOfN(rapid.StringN(1, 9, -1), 0, MaxMetrics).Draw(t, f.String())
	case shapeOptionalText:
		if given {
			*e.optionalText(f) = Text{rapid.StringN(0, 40, MaxTextBytes).Draw(t, f.String()), true}
		}
	case shapeInstant:
		if given {
			*e.instant(f) = rapid.Int64Range(minInstant, max(minInstant, min(e.OccurredAt, maxInstant-maxOrderLead)+maxOrderLead)).Draw(t, f.String())
		}
	case shapeFlag:
		*e.flag(f) = rapid.Bool().Draw(t, f.String())
	case shapeCode:
		last := map[field]int{fieldChannel: 2, fieldCancelledBy: 3, fieldReason: len(reasonsOf(e.Topic)) - 1, fieldCategory: 2, fieldAnswer: 4}[f]
		if given {
			e.setCode(f, uint8(rapid.IntRange(1, last).Draw(t, f.String())))
		}
	case shapeNumber:
		e.Rating = rapid.Int32Range(minRating, maxRating).Draw(t, f.String())
	case shapeItems:
		e.Items = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Item {
			return Item{rapid.StringN(1, 9, -1).Draw(t, "item"), rapid.StringN(0, 9, -1).Draw(t, "line"), rapid.Int32().Draw(t, "quantity")}
		}), 0, 4).Draw(t, "items")
	}
}

// TestAnyEventOverJSONAndAvroIsTheSame: event → JSON → event → Avro → event → JSON.
func TestAnyEventOverJSONAndAvroIsTheSame(t *testing.T) {
	decoder := NewDecoder(DecoderOptions{})
	var parsed, decoded Event
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvent(t)
		if err := Validate(e); err != nil {
			t.Fatalf("validate: %v", err)
		}
		line := string(AppendJSON(nil, e, true))
		if err := ParseLine([]byte(line), &parsed); err != nil {
			t.Fatalf("parse %s: %v", line, err)
		}
		if err := decoder.Decode(e.Topic, Encoder{}.AppendAvro(nil, &parsed), &decoded); err != nil {
			t.Fatalf("decode %s: %v", line, err)
		}
		if got := string(AppendJSON(nil, &decoded, true)); got != line {
			t.Fatalf("got  %s\nwant %s", got, line)
		}
	})
}
