package ocf

import (
	"crypto/rand"
	"fmt"
	"io"

	"sellerpulse/internal/avro"
)

// blockBytes is how much a block holds before it is packed, about.
const blockBytes = 64 << 10

// Writer writes a file. Close is to follow.
type Writer struct {
	to      io.Writer
	pack    packer
	sync    [syncBytes]byte
	records int64
	block   []byte
	framed  []byte
}

// NewWriter writes the header.
func NewWriter(to io.Writer, schema, codec string) (*Writer, error) {
	pack, err := newPacker(codec)
	if err != nil {
		return nil, err
	}
	w := &Writer{to: to, pack: pack}
	rand.Read(w.sync[:]) // It never fails.
	head := avro.AppendBlock([]byte(Mark), 2)
	head = avro.AppendString(avro.AppendString(head, schemaKey), schema)
	head = avro.AppendString(avro.AppendString(head, codecKey), codec)
	_, err = to.Write(append(avro.AppendEnd(head), w.sync[:]...))
	return w, err
}

// Append adds a record as the schema has it.
func (w *Writer) Append(record []byte) error {
	w.block = append(w.block, record...)
	if w.records++; len(w.block) < blockBytes {
		return nil
	}
	return w.flush()
}

// Close writes what is left. What is written to stays open.
func (w *Writer) Close() error { return w.flush() }

func (w *Writer) flush() error {
	if w.records == 0 {
		return nil
	}
	packed, err := w.pack(w.block)
	if err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	w.framed = avro.AppendLong(w.framed[:0], w.records)
	w.framed = avro.AppendBytes(w.framed, packed)
	w.framed = append(w.framed, w.sync[:]...)
	w.records, w.block = 0, w.block[:0]
	_, err = w.to.Write(w.framed)
	return err
}
