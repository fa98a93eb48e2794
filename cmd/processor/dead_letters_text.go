package main

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"sellerpulse/internal/app/letters"
	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/display"
	"sellerpulse/pkg/events"
)

// shownBytes is how many bytes of a value are shown, unless all are wanted.
const shownBytes = 256

// showText writes a dead letter for eyes.
func (s *session) showText(v *letterView, l *letters.Letter, whole bool) error {
	var b strings.Builder
	line := func(name, text string) { fmt.Fprintf(&b, "%-12s %s\n", name, display.Escape(text)) }
	line("dead letter", v.Place.String()+", published "+timeText(v.at)+" UTC")
	line("source", v.Source.String())
	line("reason", string(v.Reason))
	line("error", v.Error)
	line("do", v.Remedy)
	line("sent again", yesOrNo(v.Resubmitted))
	line("key", bytesText(v.Key)+cutText(v.KeyCut))
	for _, h := range v.Headers {
		line("header", h.Key+": "+bytesText(h.Value))
	}
	if missing := l.HeadersCount - int64(len(v.Headers)); l.HeadersCount > 0 {
		line("", plural(missing, "header")+" more, which the dead letter does not have")
	}
	line("value", valueText(v))
	if v.Event != nil {
		line("event", string(v.Event.text))
	}
	if v.Fault != "" {
		line("no event", v.Fault)
	}
	s.dump(&b, v.Value, whole)
	_, err := fmt.Fprint(s.stdout, b.String())
	return err
}

func valueText(v *letterView) string {
	text := plural(int64(len(v.Value)), "byte") + ", " + v.Form + cutText(v.ValueCut)
	switch {
	case v.ReadBack:
		text += ", read back from the source, for the dead letter is cut"
	case v.Remainder != "":
		text += "; " + v.Remainder
	}
	return text
}

// cutText tells what a part was before it was cut.
func cutText(w *deadletter.Whole) string {
	if w == nil {
		return ""
	}
	return fmt.Sprintf(", the beginning of %s with SHA-256 %s", plural(w.Bytes, "byte"), w.SHA256)
}

// dump writes bytes in hexadecimal and as text.
func (s *session) dump(b *strings.Builder, value []byte, whole bool) {
	if len(value) == 0 {
		return
	}
	end := len(value)
	if !whole {
		end = min(end, shownBytes)
	}
	b.WriteString("\n" + hex.Dump(value[:end]))
	if end < len(value) {
		fmt.Fprintf(b, "%s more: --bytes shows them\n", plural(int64(len(value)-end), "byte"))
	}
}

// bytesText is bytes as a text, where they are one.
func bytesText(value []byte) string {
	switch {
	case value == nil:
		return "null"
	case utf8.Valid(value):
		return fmt.Sprintf("%q", value)
	}
	return "0x" + hex.EncodeToString(value)
}

// formOf is how a value is written, as far as its beginning tells.
func formOf(value []byte) string {
	switch {
	case value == nil:
		return "null"
	case len(value) == 0:
		return "empty"
	case json.Valid(value):
		return "JSON"
	case len(value) >= 2 && value[0] == 0xC3 && value[1] == 1:
		return "Avro in single-object encoding"
	case len(value) >= 5 && value[0] == 0:
		return fmt.Sprintf("Avro in the Confluent wire format, of schema id %d", binary.BigEndian.Uint32(value[1:]))
	case utf8.Valid(value):
		return "text, but no JSON"
	}
	return "neither JSON nor Avro"
}

// eventView is what could be read of an event: all of it, or the fields that events have in common, as far as they came.
type eventView struct{ text []byte }

// MarshalJSON is the event as JSON.
func (e *eventView) MarshalJSON() ([]byte, error) { return e.text, nil }

func eventOf(l *letters.Letter) *eventView {
	e := &l.Event
	if l.Fault == nil {
		return &eventView{events.AppendJSON(nil, e, true)}
	}
	known := struct {
		Kind       string `json:"kind,omitempty"`
		EventID    string `json:"event_id,omitempty"`
		OccurredAt string `json:"occurred_at,omitempty"`
		SellerID   string `json:"seller_id,omitempty"`
		OrderID    string `json:"order_id,omitempty"`
	}{Kind: e.Kind.String(), EventID: e.EventID, SellerID: e.SellerID, OrderID: e.OrderID}
	if e.OccurredAt != events.None {
		known.OccurredAt = instantJSON(e.OccurredAt)
	}
	text, err := json.Marshal(known)
	if err != nil || string(text) == "{}" {
		return nil
	}
	return &eventView{text}
}
