package eventfile

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
)

// zipped is a gzip member of a text.
func zipped(t *testing.T, text string, header gzip.Header) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Header = header
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// readers read the same bytes in several ways.
func readers(text string) map[string]io.Reader {
	return map[string]io.Reader{
		"whole": strings.NewReader(text), "bytes": iotest.OneByteReader(strings.NewReader(text)), "error with last": iotest.DataErrReader(strings.NewReader(text)),
	}
}

// What `gzip -dc` takes is taken.
func TestGzipIsRead(t *testing.T) {
	a, b := zipped(t, "a\nb", gzip.Header{}), zipped(t, "c\n", gzip.Header{Name: "events.jsonl", Comment: "of March", Extra: []byte("extra")})
	empty := zipped(t, "", gzip.Header{})
	for name, c := range map[string]struct {
		text, want string
		warned     bool
	}{
		"none":                        {text: "a\nb", want: "a\nb"},
		"nothing":                     {text: "", want: ""},
		"short":                       {text: "a", want: "a"},
		"one member":                  {text: a, want: "a\nb"},
		"two members":                 {text: a + b, want: "a\nbc\n"},
		"names and comments":          {text: b, want: "c\n"},
		"empty members":               {text: empty + a + empty + empty + b + empty, want: "a\nbc\n"},
		"nothing but an empty member": {text: empty, want: ""},
		"zeros behind":                {text: a + strings.Repeat("\x00", 10_000), want: "a\nb"},
		"other bytes behind":          {text: a + "garbage", want: "a\nb", warned: true},
		"a byte behind":               {text: a + "\n", want: "a\nb", warned: true},
		"half a mark behind":          {text: a + "\x1f", want: "a\nb", warned: true},
		"other bytes behind zeros":    {text: a + "\x00\x00" + b, want: "a\nb", warned: true},
	} {
		for how, reader := range readers(c.text) {
			var log bytes.Buffer
			o, err := open(reader, slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Errorf("%s, read as %s: %v", name, how, err)
				continue
			}
			got, err := io.ReadAll(o.text)
			if err != nil || string(got) != c.want {
				t.Errorf("%s, read as %s: %q, %v; want %q", name, how, got, err, c.want)
			}
			if warned := strings.Contains(log.String(), "level=WARN"); warned != c.warned {
				t.Errorf("%s, read as %s: log %q, want a warning: %t", name, how, &log, c.warned)
			}
		}
	}
}

// All that could be decompressed is read before the error.
func TestDamagedGzip(t *testing.T) {
	whole := zipped(t, "a\nb\n", gzip.Header{})
	sum := []byte(whole)
	sum[len(sum)-8] ^= 1
	for name, c := range map[string]struct{ text, read, want string }{
		"cut in the header":            {whole[:5], "", "unexpected EOF: the file was cut off: fetch it again"},
		"cut in the checksum":          {whole[:len(whole)-3], "a\nb\n", "unexpected EOF: the file was cut off: fetch it again"},
		"cut in the second's header":   {whole + whole[:4], "a\nb\n", "unexpected EOF: the file was cut off: fetch it again"},
		"another checksum":             {string(sum), "a\nb\n", "invalid checksum: the file is damaged: fetch it again"},
		"not deflated":                 {whole[:10] + "\xff\xff\xff\xff", "", "corrupt input before offset 1: the file is damaged"},
		"another method":               {"\x1f\x8b\x09" + whole[3:], "", "invalid header: use `gzip -dc FILE | processor produce -`"},
		"another method in the second": {whole + "\x1f\x8b\x09" + whole[3:], "a\nb\n", "invalid header"},
	} {
		for how, reader := range readers(c.text) {
			o, err := open(reader, slog.New(slog.DiscardHandler))
			var got []byte
			if err == nil {
				got, err = io.ReadAll(o.text)
			}
			if string(got) != c.read || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s, read as %s: %q, %v; want %q and %s", name, how, got, err, c.read, c.want)
			}
		}
	}
}

func TestOtherFormsAreRefusedWithARemedy(t *testing.T) {
	tar := "events.jsonl" + strings.Repeat("\x00", 245) + "ustar\x00" + "00" + strings.Repeat("\x00", 247)
	for text, want := range map[string]string{
		"PK\x03\x04\x14\x00":                      "it is a zip archive: use `unzip -p FILE | processor produce -`",
		"BZh91AY&SY":                              "it is compressed with bzip2: use `bzip2 -dc FILE | processor produce -`",
		"\xfd7zXZ\x00\x00":                        "it is compressed with xz: use `xz -dc FILE | processor produce -`",
		"\x5d\x00\x00\x80\x00\xff":                "it is compressed with lzma: use `xz -dc FILE | processor produce -`",
		"\x02\x21\x4c\x18\x40\x00":                "it is compressed with lz4: use `lz4 -dc FILE | processor produce -`",
		"\x04\x22\x4d\x18\x64\x40":                "it is compressed with lz4: use `lz4 -dc FILE | processor produce -`",
		"\x1f\x9d\x90aaa":                         "it is compressed with compress: use `gzip -dc FILE | processor produce -`",
		"\x1f\x1e\x00\x00\x00\x01":                "it is compressed with pack: use `gzip -dc FILE | processor produce -`",
		"PAR1\x15\x04":                            "it is a Parquet file: make it lines of JSON",
		"\xff\xfe{\x00\"\x00":                     "it is in utf-16: use `iconv -f utf-16 -t utf-8 FILE | processor produce -`",
		"\xfe\xff\x00{\x00\"":                     "it is in utf-16: use `iconv -f utf-16 -t utf-8 FILE | processor produce -`",
		"{\x00\"\x00t\x00":                        "it is in utf-16le: use `iconv -f utf-16le -t utf-8 FILE | processor produce -`",
		"\x00{\x00\"\x00t":                        "it is in utf-16be: use `iconv -f utf-16be -t utf-8 FILE | processor produce -`",
		"\xff\xfe\x00\x00{\x00\x00\x00":           "it is in utf-32: use `iconv -f utf-32 -t utf-8 FILE | processor produce -`",
		tar:                                       "it is a tar archive: use `tar -xOf FILE | processor produce -`",
		zipped(t, tar, gzip.Header{}):             "it is a tar archive: use `tar -xOf FILE | processor produce -`",
		zipped(t, "\xff\xfe{\x00", gzip.Header{}): "it is in utf-16: use `gzip -dc FILE | iconv -f utf-16 -t utf-8 | processor produce -`",
		zipped(t, zipped(t, "a", gzip.Header{}), gzip.Header{}): "it is compressed twice, with gzip first: use `gzip -dc FILE | gzip -dc | processor produce -`",
	} {
		if _, err := open(strings.NewReader(text), slog.New(slog.DiscardHandler)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.20q: %v; want %s", text, err, want)
		}
	}
}

// A line is told what helps when the file has another form than an event a line.
func TestAdvice(t *testing.T) {
	event := feedback(1)
	long := "[" + strings.Repeat(event+",", maxLineBytes/len(event)+1)
	for name, c := range map[string]struct {
		text string
		line int64
		want string
	}{
		"array":                   {"[" + event + "]", 1, "it is not an object; for a JSON array use `jq -c '.[]' FILE | processor produce -`"},
		"array over lines":        {"[\n  " + event + ",\n", 1, "for a JSON array use `jq -c '.[]' FILE | processor produce -`"},
		"array of a long line":    {long, 1, "longer than 4194304 bytes; for a JSON array use `jq -c '.[]' FILE | processor produce -`"},
		"long line behind a mark": {"\xef\xbb\xbf " + long, 1, "for a JSON array use `jq -c '.[]' FILE | processor produce -`"},
		"white space without end": {strings.Repeat(" ", 2*maxLineBytes), 1, "longer than 4194304 bytes"},
		"commas":                  {event + ", \r\n" + event, 1, "for lines that end with a comma use `sed 's/, *$//' FILE | processor produce -`"},
		"pretty-printed":          {"\n" + strings.Replace(event, ",", ",\n  ", 3), 2, "it ends within an event: if that goes on on the next line use `jq -c . FILE | processor produce -`, else the file was cut off"},
		"cut off":                 {event + "\n" + event[:50], 2, "it ends within an event: if that goes on on the next line use `jq -c . FILE | processor produce -`, else the file was cut off"},
		"several on a line":       {event + " " + event, 1, "for several events on a line use `jq -c . FILE | processor produce -`"},
		"line ends of old Macs":   {event + "\r" + event, 1, "for several events on a line use `jq -c . FILE | processor produce -`"},
		"CSV":                     {"topic,kind,event_id\nfeedback,LEFT,e1\n", 1, "it is not an object; make files of other forms, such as CSV, lines of JSON first, an event each"},
		"bytes":                   {"\x80\x81", 1, "make files of other forms, such as CSV, lines of JSON first, an event each"},
		"NUL bytes":               {event + "\n" + strings.Repeat("\x00", 100), 2, "it has NUL bytes: the file is no text, or its end was never written"},
		"Latin-1":                 {strings.Replace(event, "O1", "\xe41", 1), 1, "if it is Latin-1 use `iconv -f latin1 -t utf-8 FILE | processor produce -`"},
		"array in gzip":           {zipped(t, "["+event+"]", gzip.Header{}), 1, "`gzip -dc FILE | jq -c '.[]' | processor produce -`"},
		"an event that is wrong":  {strings.Replace(event, `:1}`, `:7}`, 1), 1, "rating 7 is outside 1 to 5"},
		"an object that is wrong": {"{'topic':'orders'}", 1, "it is not well-formed near byte 1"},
	} {
		_, err := eventsOf(t, c.text)
		var fault *Fault
		if !errors.As(err, &fault) || fault.Line != c.line || !strings.HasSuffix(fault.Err.Error(), c.want) {
			t.Errorf("%s: %v; want line %d: %s", name, err, c.line, c.want)
		}
	}
}

// eventsOf reads a file to its first fault, and counts the events.
func eventsOf(t *testing.T, text string) (n int, err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reading := Read(ctx, Options{Files: []File{Named("events", func() io.Reader { return strings.NewReader(text) })}})
	for {
		c, err := reading.Next(ctx)
		if c == nil || err != nil {
			return n, err
		}
		n += len(c.Messages)
		if len(c.Faults) > 0 {
			return n, c.Faults[0]
		}
	}
}

// What is read before an error is told whole, and the error with the line in which it came.
func TestReadErrorComesAfterWholeLines(t *testing.T) {
	broken := errors.New("broken disk")
	for text, want := range map[string]int64{"": 1, "a": 1, "a\n": 2, "a\nb": 2, "a\n\nb\n": 4} {
		l := lines{from: io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), number: 1}
		read := ""
		p, at, err := l.next()
		for ; p != nil && err == nil; p, at, err = l.next() {
			read += string(p.(*textPart).text)
		}
		if at.Line != want || !errors.Is(err, broken) {
			t.Errorf("%q: error %v of line %d, want one of line %d", text, err, at.Line, want)
		}
		if p, _, err := l.next(); p != nil || err != nil {
			t.Errorf("%q: after the error: %v, %v", text, p, err)
		}
		if whole := text[:strings.LastIndex(text, "\n")+1]; read != whole {
			t.Errorf("%q: %q is handed out, want %q", text, read, whole)
		}
	}
}

func TestByteOrderMarksAndBlankLines(t *testing.T) {
	text := "\xef\xbb\xbf" + feedback(1) + "\r\n\r\n \t\n\xef\xbb\xbf\n\xef\xbb\xbf" + feedback(2)
	if n, err := eventsOf(t, text); n != 2 || err != nil {
		t.Errorf("%d events, error %v; want two", n, err)
	}
}
