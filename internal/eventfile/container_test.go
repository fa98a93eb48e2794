package eventfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sellerpulse/internal/avro"
	"sellerpulse/internal/ocf"
	"sellerpulse/pkg/events"
	"sellerpulse/schemas"
)

// event is the feedback of a number, with a rating that may be none.
func event(t testing.TB, n int, rating int32) *events.Event {
	t.Helper()
	var e events.Event
	if err := events.ParseLine([]byte(feedback(n)), &e); err != nil {
		t.Fatal(err)
	}
	e.Rating = rating
	return &e
}

// containerOf is a file of as many feedbacks; those in wrong have a rating of 7.
func containerOf(t testing.TB, codec string, n int, wrong ...int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, Form{Container: true, Codec: codec})
	for i := range n {
		rating := int32(1)
		for _, other := range wrong {
			if other == i {
				rating = 7
			}
		}
		if err == nil {
			err = w.Write(event(t, i, rating))
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// whatIsIn reads some files to their ends: how many events, and what is wrong. Of each event it checks that it is the next of its file.
func whatIsIn(t *testing.T, o Options) (n int, faults []string) {
	t.Helper()
	decoder := events.NewDecoder(events.DecoderOptions{})
	reading := Read(t.Context(), o)
	for {
		c, err := reading.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c == nil {
			return n, faults
		}
		for _, m := range c.Messages {
			var e events.Event
			if err := decoder.Decode(m.Topic, m.Value, &e); err != nil || e.SellerID != string(m.Key) || e.Kind != m.Kind || e.OccurredAt != m.OccurredAt {
				t.Fatalf("message %d is %+v, %v", n, m, err)
			}
			n++
		}
		for _, fault := range c.Faults {
			faults = append(faults, fault.Error())
		}
	}
}

// inMemory is a file with such bytes.
func inMemory(name string, content []byte) File {
	return File{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
}

// bodies are the records of a file of the event schema.
func bodies(t *testing.T, n int) (records []byte) {
	t.Helper()
	for i := range n {
		records = events.AppendRecord(records, event(t, i, 1))
	}
	return records
}

// blocksOf is a file of the schema for events, with blocks as they are given.
func blocksOf(t *testing.T, blocks ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := ocf.NewWriter(&b, schemas.Text("event"), "null"); err != nil {
		t.Fatal(err)
	}
	sync := bytes.Clone(b.Bytes()[b.Len()-16:])
	for _, block := range blocks {
		b.Write(block)
		b.Write(sync)
	}
	return b.Bytes()
}

func rawBlock(records int64, body []byte) []byte {
	return avro.AppendBytes(avro.AppendLong(nil, records), body)
}

// What is wrong with a container is told with its place, all before it is read, and what can be read after it too.
func TestFaultsOfContainers(t *testing.T) {
	two := bodies(t, 2)
	wrong := events.AppendRecord(nil, event(t, 0, 7))
	whole := containerOf(t, "snappy", 2000)
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-17] ^= 1 // the last block's checksum
	sync := bytes.Clone(whole)
	sync[len(sync)-1] ^= 1
	foreign := strings.Replace(schemas.Text("feedback"), `"Feedback"`, `"Opinion"`, 1)
	var other bytes.Buffer
	if _, err := ocf.NewWriter(&other, foreign, "null"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file   []byte
		events int
		faults []string
	}{
		"nothing":          {blocksOf(t), 0, nil},
		"an empty block":   {blocksOf(t, rawBlock(0, nil), rawBlock(2, two)), 2, nil},
		"wrong ratings":    {containerOf(t, "null", 100, 17, 98), 98, []string{"f: record 18, in block 1: rating 7 is outside 1 to 5", "f: record 99, in block 1: rating 7 is outside 1 to 5"}},
		"in later blocks":  {blocksOf(t, rawBlock(2, two), rawBlock(3, append(bytes.Clone(two), wrong...)), rawBlock(2, two)), 6, []string{"f: record 5, in block 2: rating 7 is outside 1 to 5"}},
		"too few bytes":    {blocksOf(t, rawBlock(2, two[:len(two)-1]), rawBlock(2, two)), 3, []string{"f: record 2, in block 1: read avro: the bytes end too early"}},
		"too many bytes":   {blocksOf(t, rawBlock(1, two), rawBlock(2, two)), 3, []string{fmt.Sprintf("f: block 1: %d bytes are left over after its records: the file is damaged: fetch it again", len(two)/2)}},
		"bytes of nothing": {blocksOf(t, rawBlock(0, two), rawBlock(2, two)), 2, []string{fmt.Sprintf("f: block 1: %d bytes are left over after its records: the file is damaged: fetch it again", len(two))}},
		"a wrong checksum": {damaged, 1093, []string{"f: block 2: decompress: snappy: invalid checksum: the file is damaged: fetch it again"}},
		"a wrong marker":   {sync, 1093, []string{"f: block 2: what follows it is not the file's sync marker: the file is damaged: fetch it again"}},
		"cut":              {whole[:len(whole)-20], 1093, []string{"f: block 2: unexpected EOF: the file was cut off: fetch it again"}},
		"cut header":       {whole[:100], 0, []string{"f: read header: unexpected EOF: the file was cut off: fetch it again"}},
		"no events":        {other.Bytes(), 0, []string{`f: read the writer's schema: the schema "sellerpulse.Opinion" has no field topic, and is none of sellerpulse.Chargeback, sellerpulse.Claim, sellerpulse.Feedback, sellerpulse.Order, sellerpulse.Return, sellerpulse.Shipment: add the field, with a topic's name, or write by the topic's schema`}},
	} {
		n, faults := whatIsIn(t, Options{Faults: 1000, Files: []File{inMemory("f", c.file)}})
		if n != c.events || fmt.Sprintf("%q", faults) != fmt.Sprintf("%q", c.faults) {
			t.Errorf("%s: %d events, %q; want %d, %q", name, n, faults, c.events, c.faults)
		}
	}
}

// A block of many megabytes is read in pieces, its records numbered through, as one of a few.
func TestLargeBlocksAreReadInPieces(t *testing.T) {
	const records, broken = 40_000, 30_000
	var body []byte
	for i := range records {
		rating := int32(1)
		if i == broken {
			rating = 7
		}
		body = events.AppendRecord(body, event(t, i, rating))
	}
	if len(body) < 4*chunkBytes {
		t.Fatalf("%d bytes are not many", len(body))
	}
	n, faults := whatIsIn(t, Options{Faults: 1000, Files: []File{inMemory("f", blocksOf(t, rawBlock(records, body)))}})
	if want := fmt.Sprintf("[f: record %d, in block 1: rating 7 is outside 1 to 5]", broken+1); n != records-1 || fmt.Sprint(faults) != want {
		t.Errorf("%d events, %v; want %d, %s", n, faults, records-1, want)
	}
	cut := body[:len(body)-1]
	n, faults = whatIsIn(t, Options{Faults: 1000, Files: []File{inMemory("f", blocksOf(t, rawBlock(records, cut)))}})
	if n != records-2 || len(faults) != 2 || !strings.HasPrefix(faults[1], fmt.Sprintf("f: record %d, in block 1: read avro:", records)) {
		t.Errorf("cut: %d events, %v; want %d, and the last record named", n, faults, records-2)
	}
}

// Files of Apache Avro, of each codec, whose record tells its topic.
func TestFilesOfApacheAvro(t *testing.T) {
	names, err := filepath.Glob("testdata/avro-1.12/*.avro")
	if err != nil || len(names) != 6 {
		t.Fatalf("%d files, %v; want 6", len(names), err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n, faults := whatIsIn(t, Options{Faults: 1000, Files: []File{inMemory(name, content)}}); n != 3 || len(faults) > 0 {
			t.Errorf("%s: %d events, %q; want 3", name, n, faults)
		}
	}
}
