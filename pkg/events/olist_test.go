package events

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"testing"
)

// TestRealEvents reads the events of real orders, and over Avro gets the same events.
func TestRealEvents(t *testing.T) {
	file, err := os.Open("../../../shared/data/olist/events.jsonl.gz")
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skip("the events of real orders lie beside the project, and are not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder, count := NewDecoder(DecoderOptions{}), 0
	var e, decoded Event
	for lines := bufio.NewScanner(unzipped); lines.Scan(); count++ {
		if err := ParseLine(lines.Bytes(), &e); err != nil {
			t.Fatalf("line %d: %v", count+1, err)
		}
		want := string(AppendJSON(nil, &e, true))
		if err := decoder.Decode(e.Topic, Encoder{}.AppendAvro(nil, &e), &decoded); err != nil {
			t.Fatalf("line %d: %v", count+1, err)
		}
		if got := string(AppendJSON(nil, &decoded, true)); got != want {
			t.Fatalf("line %d:\ngot  %s\nwant %s", count+1, got, want)
		}
	}
	if count != 33_496 {
		t.Errorf("%d events, want 33496", count)
	}
}
