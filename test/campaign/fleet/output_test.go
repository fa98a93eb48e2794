package fleet

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each line at level error is told of, however it is written, and no other.
func TestOutputTellsOfErrors(t *testing.T) {
	first := `time=2026-01-02T03:04:05.678Z level=ERROR msg="task failed" partition=3 error="no \\"offset\\""`
	long := "time=x level=ERROR msg=" + strings.Repeat("x", lineBytes)
	text := strings.Join([]string{
		"processor v1", first, `time=x level=WARN msg="level=ERROR "`, "", " level=ERRORS x", long, "time=x level=ERROR msg=last",
		"time=x level=ERROR msg=\"not ended",
	}, "\n")
	want := []string{first, long[:lineBytes], "time=x level=ERROR msg=last"}
	for _, size := range []int{1, 2, 7, 100, len(text)} {
		path := filepath.Join(t.TempDir(), "log")
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		o := &output{file: file, onError: func(line string) { got = append(got, line) }}
		for part := range slices.Chunk([]byte(text), size) {
			if _, err := o.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("in parts of %d bytes: %d lines, the first %.80q, want %d", size, len(got), got, len(want))
		}
		if written, err := os.ReadFile(path); err != nil || string(written) != text {
			t.Errorf("in parts of %d bytes: %d bytes written, %v, want %d", size, len(written), err, len(text))
		}
	}
}
