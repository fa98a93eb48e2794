package eventfile

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead: whatever a file holds, nothing panics, and reading it comes to its end, which it does at the first fault too.
func FuzzRead(f *testing.F) {
	names, _ := filepath.Glob("testdata/avro-1.12/*.avro")
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte(feedback(1) + "\r\n\n" + feedback(2)))
	f.Add([]byte(frame(f, feedback(1))))
	f.Add(containerOf(f, "snappy", 10, 3))
	f.Fuzz(func(t *testing.T, content []byte) {
		all, refused := 0, int64(0)
		reading := Read(t.Context(), Options{Faults: 10, Files: []File{inMemory("f", content)}})
		for c, err := reading.Next(t.Context()); c != nil; c, err = reading.Next(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			all, refused = all+len(c.Messages), refused+c.Refused
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		reading = Read(ctx, Options{Files: []File{inMemory("f", bytes.Clone(content))}})
		first := 0
		for c, err := reading.Next(ctx); c != nil; c, err = reading.Next(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if first += len(c.Messages); len(c.Faults) > 0 {
				refused--
				break
			}
		}
		if refused < 0 || first > all {
			t.Fatalf("%d events up to the first fault, %d in all; %d more faults", first, all, refused)
		}
	})
}
