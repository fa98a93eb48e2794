package eventfile

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// feedback is a line with an event of its own number.
func feedback(n int) string {
	return fmt.Sprintf(`{"topic":"feedback","kind":"LEFT","event_id":"e%d","occurred_at":"2026-01-02T03:04:05Z","seller_id":"S%d","order_id":"O1","feedback_id":"F1","rating":1}`, n, n%7)
}

// textOf puts the chunks together again, each line with its number.
func textOf(t *testing.T, from io.Reader) string {
	t.Helper()
	l := lines{from: from, number: 1}
	var b strings.Builder
	for {
		p, _, err := l.next()
		if err != nil {
			t.Fatal(err)
		}
		if p == nil {
			return b.String()
		}
		text := p.(*textPart)
		number := text.first
		for line := range bytes.Lines(text.text) {
			fmt.Fprintf(&b, "%d %s|", number, bytes.TrimSpace(line))
			number++
		}
	}
}

func TestChunksAreWholeLines(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"a", "1 a|"},
		{"a\n", "1 a|"},
		{"a\r\n\r\n\nb", "1 a|2 |3 |4 b|"},
	} {
		for name, reader := range readers(c.text) {
			if got := textOf(t, reader); got != c.want {
				t.Errorf("%q read as %s: %q, want %q", c.text, name, got, c.want)
			}
		}
	}
}

func TestLongLinesAreRefused(t *testing.T) {
	l := lines{from: io.MultiReader(strings.NewReader("first\n"), endless{}), number: 1}
	for range 20 {
		if _, at, err := l.next(); err != nil {
			if at.Line != 2 {
				t.Errorf("line %d is refused, want 2", at.Line)
			}
			return
		}
	}
	t.Error("a line without end is not refused")
}

// endless reads as one line.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}
