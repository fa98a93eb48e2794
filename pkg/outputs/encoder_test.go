package outputs

import (
	"bytes"
	"reflect"
	"testing"

	"sellerpulse/internal/avro"
)

// TestEncoder: with the ids of a registry there is another header, the same body, and what is read is the same.
func TestEncoder(t *testing.T) {
	alert, report := exampleAlert(), exampleReport()
	registered := Encoder{&SchemaIDs{Alert: 0x01020304, Report: 7}}
	a, r := registered.AppendAlert([]byte("x"), &alert)[1:], registered.AppendReport(nil, &report)
	if want := append([]byte{0, 1, 2, 3, 4}, Encoder{}.AppendAlert(nil, &alert)[avro.HeaderSize:]...); !bytes.Equal(a, want) {
		t.Errorf("an alert is\n%x, want\n%x", a, want)
	}
	if want := append([]byte{0, 0, 0, 0, 7}, Encoder{}.AppendReport(nil, &report)[avro.HeaderSize:]...); !bytes.Equal(r, want) {
		t.Errorf("a report is\n%x, want\n%x", r, want)
	}
	if got, err := DecodeAlert(a); err != nil || !reflect.DeepEqual(got, alert) {
		t.Errorf("read back: %+v, %v", got, err)
	}
	if got, err := DecodeReport(r); err != nil || !reflect.DeepEqual(got, report) {
		t.Errorf("read back: %+v, %v", got, err)
	}
	if _, _, err := DecodeStanding(r); err != nil {
		t.Error(err)
	}
	for _, cut := range [][]byte{a[:3], a[:5], a[:len(a)-1], append(a, 0)} {
		if _, err := DecodeAlert(cut); err == nil {
			t.Errorf("%x is read as an alert", cut)
		}
	}
}
