package eventfile

import (
	"errors"
	"fmt"
	"io"

	"sellerpulse/internal/avro"
	"sellerpulse/internal/ocf"
	"sellerpulse/pkg/events"
)

// container cuts an Avro object container file into parts of whole records: blocks, or pieces of those that are large.
type container struct {
	file    *ocf.Reader
	decoder *events.RecordDecoder
	block   int64 // number of the one in hand
	record  int64 // number of the next record
	rest    []byte
	left    int64 // records of the block in hand that are not handed out
	ended   bool
}

func newContainer(from io.Reader) (*container, error) {
	file, err := ocf.NewReader(from)
	if err != nil {
		return nil, err
	}
	decoder, err := events.NewRecordDecoder(file.Schema)
	if err != nil {
		return nil, fmt.Errorf("read the writer's schema: %w", err)
	}
	return &container{file: file, decoder: decoder, record: 1}, nil
}

// next is the next part. At the end it is nil. An error is of a block, after which the file ends where it is not known how to go on.
func (f *container) next() (part, Place, error) {
	for f.left == 0 {
		if f.ended {
			return nil, Place{}, nil
		}
		if err := f.open(); err != nil {
			return nil, Place{Block: f.block}, err
		}
	}
	return f.piece()
}

// open takes the next block in hand.
func (f *container) open() error {
	block, err := f.file.Next()
	if errors.Is(err, io.EOF) {
		f.ended = true
		return nil
	}
	if f.block++; err != nil {
		f.ended = true
		return err
	}
	if f.rest, err = f.file.Unpack(block); err != nil {
		f.record += block.Records
		return err
	}
	if f.left = block.Records; f.left == 0 && len(f.rest) > 0 {
		return leftOver(len(f.rest))
	}
	return nil
}

func leftOver(n int) error {
	return fmt.Errorf("%d bytes are left over after its records: the file is damaged: fetch it again", n)
}

// piece cuts off what is enough for a chunk.
func (f *container) piece() (part, Place, error) {
	p := &blockPart{decoder: f.decoder, bytes: f.rest, block: f.block, first: f.record, records: f.left}
	if len(f.rest) > chunkBytes {
		r := avro.NewReader(f.rest)
		for p.records = 0; p.records < f.left && len(f.rest)-r.Len() < chunkBytes; p.records++ {
			if f.decoder.Skip(&r); r.Err() != nil {
				p.records = f.left // whose parsing finds the same
				break
			}
		}
		if p.records < f.left {
			p.bytes = f.rest[:len(f.rest)-r.Len()]
		}
	}
	f.rest, f.left, f.record = f.rest[len(p.bytes):], f.left-p.records, f.record+p.records
	return p, Place{}, nil
}

// blockPart is some whole records of a block.
type blockPart struct {
	decoder *events.RecordDecoder
	bytes   []byte
	block   int64
	first   int64 // number of the first record
	records int64
}

func (p *blockPart) parse(c *Chunk) {
	c.values = make([]byte, 0, min(len(p.bytes), chunkBytes))
	r := avro.NewReader(p.bytes)
	for i := range p.records {
		err := p.decoder.Decode(&r, &c.event)
		if err == nil {
			err = c.take()
		}
		if err != nil && (c.refuse(Place{Block: p.block, Record: p.first + i}, err) || r.Err() != nil) {
			return
		}
	}
	if r.Len() > 0 {
		c.refuse(Place{Block: p.block}, leftOver(r.Len()))
	}
}
