package eventfile

import (
	"bufio"
	"compress/gzip"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"

	"sellerpulse/internal/ocf"
	"sellerpulse/pkg/events"
	"sellerpulse/schemas"
)

// Form is how a Writer writes.
type Form struct {
	Container  bool   // an Avro object container file, not lines of JSON
	Codec      string // of its blocks, one of [Codecs]
	Compressed string // as a whole: "gzip", "zstd", or empty
}

// Codecs are those that blocks of a container can be written with, that which every reader knows first.
func Codecs() []string { return ocf.Writable() }

// FormOf is the form that the end of a file's name stands for, such as .jsonl.gz or .avro.
func FormOf(name string) Form {
	f := Form{}
	for ending, compressed := range map[string]string{".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"} {
		if rest, ok := strings.CutSuffix(name, ending); ok {
			name, f.Compressed = rest, compressed
			break
		}
	}
	f.Container = strings.HasSuffix(name, ".avro")
	return f
}

// Writer writes events, in a form that is read again. Close is to follow.
type Writer struct {
	text      *bufio.Writer
	container *ocf.Writer // nil: lines of JSON
	pack      io.Closer   // nil: not compressed
	record    []byte
}

// NewWriter makes a Writer. What it writes to stays open.
func NewWriter(to io.Writer, f Form) (w *Writer, err error) {
	w = &Writer{}
	switch f.Compressed {
	case "gzip":
		packer := gzip.NewWriter(to)
		to, w.pack = packer, packer
	case "zstd":
		packer, err := zstd.NewWriter(to)
		if err != nil {
			return nil, err
		}
		to, w.pack = packer, packer
	}
	w.text = bufio.NewWriterSize(to, 64<<10)
	if f.Container {
		w.container, err = ocf.NewWriter(w.text, schemas.Text("event"), f.Codec)
	}
	return w, err
}

// Write writes an event.
func (w *Writer) Write(e *events.Event) error {
	if w.container != nil {
		w.record = events.AppendRecord(w.record[:0], e)
		return w.container.Append(w.record)
	}
	w.record = append(events.AppendJSON(w.record[:0], e, true), '\n')
	_, err := w.text.Write(w.record)
	return err
}

// Close writes what is left.
func (w *Writer) Close() (err error) {
	if w.container != nil {
		err = w.container.Close()
	}
	if flushed := w.text.Flush(); err == nil {
		err = flushed
	}
	if w.pack == nil {
		return err
	}
	if closed := w.pack.Close(); err == nil {
		err = closed
	}
	return err
}
