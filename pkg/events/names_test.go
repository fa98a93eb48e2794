package events

import (
	"testing"

	"sellerpulse/schemas"
)

func TestNamesReadBack(t *testing.T) {
	for topic := range NumTopics {
		if got, ok := ParseTopic(topic.String()); !ok || got != topic {
			t.Errorf("topic %s reads back as %v", topic, got)
		}
	}
	for kind := OrderPlaced; kind < NumKinds; kind++ {
		if got, ok := ParseKind(kind.Topic(), kind.String()); !ok || got != kind {
			t.Errorf("kind %s of %s reads back as %d", kind, kind.Topic(), got)
		}
	}
	for topic, texts := range map[Topic][]string{Orders: {"", "placed", "LEFT"}, Shipments: {"LEFT"}, Returns: {"", "OPENED"}} {
		for _, text := range texts {
			if kind, ok := ParseKind(topic, text); ok {
				t.Errorf("%s have a kind %q: %d", topic, text, kind)
			}
		}
	}
	if channel, kind := Channel(len(channelNames)), NumKinds; channel.String() != "" || kind.String() != "" {
		t.Errorf("what is no channel is %q, what is no kind %q", channel, kind)
	}
	if _, ok := ParseTopic("alerts"); ok {
		t.Error("alerts are an input topic")
	}
	for _, text := range []string{"", "mfn"} {
		if _, ok := ParseChannel(text); ok {
			t.Errorf("there is a channel %q", text)
		}
	}
}

// The reasons of buyers sort as their texts do: of equal times the greater text wins.
func TestBuyerReasons(t *testing.T) {
	for r := ChangedMind; r <= WrongItem; r++ {
		if got, ok := ParseBuyerReason(r.String()); !ok || got != r || r.String() <= (r-1).String() {
			t.Errorf("%v reads back as %v, after %v", r, got, r-1)
		}
	}
	if r, ok := ParseBuyerReason(""); ok || (WrongItem+1).String() != "" {
		t.Errorf("%v has no text, and %v is one", r, WrongItem+1)
	}
}

// TestPlansKnowEveryField: no field of a built-in schema is skipped, and none has a type that its field cannot have.
func TestPlansKnowEveryField(t *testing.T) {
	for topic := range NumTopics {
		p, err := compile(topic, schemas.Text(topic.String()))
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range p.root.steps {
			if s.field == numFields || s.illType != "" {
				t.Errorf("%s: field %d of the schema: %q", topic, i, s.illType)
			}
		}
	}
}
