package eventfile

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"sellerpulse/internal/limits"
	"sellerpulse/pkg/events"
)

func TestFormsByTheNamesOfFiles(t *testing.T) {
	for name, want := range map[string]Form{
		"": {}, "events": {}, "events.jsonl": {}, "a.avro": {Container: true}, "a.jsonl.gz": {Compressed: "gzip"}, "a.zst": {Compressed: "zstd"},
		"a.avro.zstd": {Container: true, Compressed: "zstd"}, "avro": {}, "a.avro/b": {}, "a.gz.gz": {Compressed: "gzip"},
	} {
		if got := FormOf(name); got != want {
			t.Errorf("%q: %+v, want %+v", name, got, want)
		}
	}
}

// What is written in any form is read again.
func TestWhatIsWrittenIsRead(t *testing.T) {
	const n = 3000
	forms := []Form{{}}
	for _, codec := range Codecs() {
		forms = append(forms, Form{Container: true, Codec: codec})
	}
	for _, form := range forms {
		for _, compressed := range []string{"", "gzip", "zstd"} {
			form.Compressed = compressed
			var b bytes.Buffer
			w, err := NewWriter(&b, form)
			for i := range n {
				if err == nil {
					err = w.Write(event(t, i, 1))
				}
			}
			if err == nil {
				err = w.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			reading := Read(t.Context(), Options{Files: []File{inMemory("f", b.Bytes())}})
			decoder := events.NewDecoder(events.DecoderOptions{})
			for c, err := reading.Next(t.Context()); c != nil; c, err = reading.Next(t.Context()) {
				if err != nil || len(c.Faults) > 0 {
					t.Fatalf("%+v: %v, %v", form, err, c.Faults)
				}
				for _, m := range c.Messages {
					var e events.Event
					if err := decoder.Decode(m.Topic, m.Value, &e); err != nil {
						t.Fatal(err)
					}
					fmt.Fprintf(&got, "%s ", e.EventID)
				}
			}
			var want strings.Builder
			for i := range n {
				fmt.Fprintf(&want, "e%d ", i)
			}
			if got.String() != want.String() {
				t.Errorf("%+v: %.100s…, want %d events in their order", form, got.String(), n)
			}
		}
	}
}

// A line of JSON that is written for the largest event that topics take is one that is read.
func TestTheLongestLineIsRead(t *testing.T) {
	e := events.Event{Topic: events.Orders, Kind: events.OrderPlaced, EventID: "e", SellerID: "S", OrderID: "O", Channel: events.MFN, ShipBy: events.None, DeliverBy: events.None}
	const itemBytes = 4 // in Avro
	e.Items = make([]events.Item, (limits.Input-len(events.Encoder{}.AppendAvro(nil, &e))-8)/itemBytes)
	for i := range e.Items {
		e.Items[i] = events.Item{ItemID: "\x01"}
	}
	if value := len(events.Encoder{}.AppendAvro(nil, &e)); value > limits.Input || value < limits.Input-16 {
		t.Fatalf("the event has %d bytes, the largest that topics take have %d", value, limits.Input)
	}
	line := events.AppendJSON(nil, &e, true)
	if len(line) < 3_000_000 || len(line) > maxLineBytes {
		t.Errorf("the line has %d bytes, those that are read at most %d", len(line), maxLineBytes)
	}
	if n, faults := whatIsIn(t, Options{Files: []File{Named("f", func() io.Reader { return bytes.NewReader(line) })}}); n != 1 || len(faults) > 0 {
		t.Errorf("%d events, %.200v", n, faults)
	}
}
