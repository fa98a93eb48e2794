package eventfile

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

var gzipHeader gzip.Header

// frame is a frame of zstd.
func frame(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// windowed is a frame with a window of 2^(10+exponent) bytes.
func windowed(exponent byte) string {
	return zstdMark + string([]byte{0, exponent << 3, 1<<3 | 1, 0, 0, 'a'})
}

// What `zstd -dc` takes is taken.
func TestZstdIsRead(t *testing.T) {
	a, b := frame(t, "a\nb"), frame(t, "c\n")
	skipped := "\x50\x2a\x4d\x18\x04\x00\x00\x00meta"
	for name, c := range map[string]struct{ text, want string }{
		"a frame": {a, "a\nb"}, "two frames": {a + b, "a\nbc\n"}, "one of nothing": {frame(t, ""), ""},
		"one to be passed over": {skipped + a + skipped + b, "a\nbc\n"},
		"a large window":        {windowed(17), "a"},
	} {
		for how, reader := range readers(c.text) {
			o, err := open(reader, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Errorf("%s, read as %s: %v", name, how, err)
				continue
			}
			if got, err := io.ReadAll(o.text); err != nil || string(got) != c.want {
				t.Errorf("%s, read as %s: %q, %v; want %q", name, how, got, err, c.want)
			}
			o.close()
		}
	}
}

func TestDamagedZstd(t *testing.T) {
	text := strings.Repeat(feedback(1)+"\n", 20)
	whole := frame(t, text)
	sum := []byte(whole)
	sum[len(sum)-1] ^= 1
	broken := errors.New("broken disk")
	for name, c := range map[string]struct {
		from io.Reader
		want string
	}{
		"cut in the frame":    {strings.NewReader(whole[:len(whole)-10]), "decompress: unexpected EOF: the file was cut off: fetch it again"},
		"cut in the header":   {strings.NewReader(whole[:6]), "decompress: unexpected EOF: the file was cut off: fetch it again"},
		"another checksum":    {bytes.NewReader(sum), "the file is damaged: fetch it again"},
		"other bytes behind":  {strings.NewReader(whole + "garbage"), "the file is damaged: fetch it again"},
		"an error of reading": {io.MultiReader(strings.NewReader(whole[:len(whole)-10]), iotest.ErrReader(broken)), "broken disk"},
		"a window of 256 MiB": {strings.NewReader(windowed(18)), "over 128 MiB: use `zstd -dc --long=31 FILE | processor produce -`"},
		"gzip within":         {strings.NewReader(frame(t, zipped(t, text, gzipHeader))), "it is compressed twice, with gzip first: use `zstd -dc FILE | gzip -dc | processor produce -`"},
		"another form within": {strings.NewReader(frame(t, "PK\x03\x04\x14\x00")), "use `zstd -dc FILE | unzip -p | processor produce -`"},
		"zstd within gzip":    {strings.NewReader(zipped(t, whole, gzipHeader)), "it is compressed twice, with zstd first: use `gzip -dc FILE | zstd -dc | processor produce -`"},
	} {
		o, err := open(c.from, slog.New(slog.DiscardHandler))
		if err == nil {
			_, err = io.ReadAll(o.text)
		}
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
	n, err := eventsOf(t, whole[:len(whole)-10])
	var fault *Fault
	if !errors.As(err, &fault) || fault.Line != int64(n)+1 {
		t.Errorf("cut: %d events, then %v", n, err)
	}
}
