package ocf

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Mark is what such a file begins with.
const Mark = "Obj\x01"

const (
	// maxHeaderBytes bounds the header: a schema, of which package events takes a megabyte, and what else writers note.
	maxHeaderBytes = 2 << 20
	// MaxBlockBytes bounds a block, packed and unpacked. Avro's libraries write blocks of 16 to 64 KiB unless told otherwise.
	MaxBlockBytes = 64 << 20
	syncBytes     = 16
)

// What can be wrong with a file, whatever its codec.
var (
	errCut   = fmt.Errorf("%w: the file was cut off: fetch it again", io.ErrUnexpectedEOF)
	errSync  = errors.New("what follows it is not the file's sync marker: the file is damaged: fetch it again")
	errLarge = fmt.Errorf("more than %d bytes: write the file with smaller blocks, such as the 64 KiB that Avro's libraries have by default", MaxBlockBytes)
)

// Reader reads block after block.
type Reader struct {
	// Schema is the writer's, as the header has it. It is not checked.
	Schema string

	from   source
	unpack unpacker
	sync   [syncBytes]byte
}

// Block is some records, as they are in the file.
type Block struct {
	Records int64
	Packed  []byte
}

// NewReader reads the header.
func NewReader(from io.Reader) (*Reader, error) {
	r := &Reader{from: source{bufio.NewReaderSize(from, 64<<10), maxHeaderBytes}}
	codec, err := r.header()
	if err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	r.unpack, err = newUnpacker(codec)
	return r, err
}

func (r *Reader) header() (codec string, err error) {
	mark, err := r.from.bytes(int64(len(Mark)))
	if err != nil {
		return "", err
	}
	if string(mark) != Mark {
		return "", errors.New("it is no Avro object container file")
	}
	metadata, err := r.from.metadata()
	if err != nil {
		return "", err
	}
	schema, ok := metadata[schemaKey]
	if !ok {
		return "", errors.New("it has no " + schemaKey + ": the file is damaged: fetch it again")
	}
	r.Schema = schema
	sync, err := r.from.bytes(syncBytes)
	copy(r.sync[:], sync)
	return metadata[codecKey], err
}

// Next reads a block. At the end of the file its error is io.EOF.
func (r *Reader) Next() (Block, error) {
	if _, err := r.from.Peek(1); err != nil {
		return Block{}, err
	}
	r.from.left = MaxBlockBytes + 1<<10 // room for what is around it
	records, err := r.from.long()
	if err != nil {
		return Block{}, err
	}
	size, err := r.from.long()
	switch {
	case err != nil:
		return Block{}, err
	case records < 0 || size < 0:
		return Block{}, fmt.Errorf("%d records of %d bytes: the file is damaged: fetch it again", records, size)
	case size > MaxBlockBytes:
		return Block{}, fmt.Errorf("%d bytes: %w", size, errLarge)
	}
	packed, err := r.from.bytes(size)
	if err != nil {
		return Block{}, err
	}
	sync, err := r.from.bytes(syncBytes)
	if err == nil && !bytes.Equal(sync, r.sync[:]) {
		err = errSync
	}
	return Block{Records: records, Packed: packed}, err
}

// Unpack decompresses a block. After an error the next block can be read all the same.
func (r *Reader) Unpack(b Block) ([]byte, error) {
	unpacked, err := r.unpack(b.Packed)
	if err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	if b.Records > int64(len(unpacked)) {
		return nil, fmt.Errorf("%d records in %d bytes: the file is damaged: fetch it again", b.Records, len(unpacked))
	}
	return unpacked, nil
}
