package mapping

import (
	"errors"
	"fmt"
	"io"

	"sellerpulse/internal/avro"
	"sellerpulse/internal/avrovalue"
	"sellerpulse/internal/ocf"
)

// Container reads an Avro object container file, whose schema is in it.
type Container struct {
	form   Form
	file   *ocf.Reader
	schema *avrovalue.Schema
	block  int64       // number of the one in hand
	rest   avro.Reader // of it
	left   int64       // records of it
	read   int
}

func newContainer(from io.Reader, form Form) (*Container, error) {
	file, err := ocf.NewReader(from)
	if err != nil {
		return nil, err
	}
	schema, err := avrovalue.Parse(file.Schema)
	if err != nil {
		return nil, fmt.Errorf("read the writer's schema: %w", err)
	}
	return &Container{form: form, file: file, schema: schema}, nil
}

// Block is the number of the block of the record that was read last, from 1.
func (c *Container) Block() int64 { return c.block }

// Next implements [Values]. Where a value is, is the number of its record, or 0 where a block cannot be read.
func (c *Container) Next() (v any, at int, err error) {
	for {
		for c.left == 0 {
			if err := c.open(); err != nil {
				return nil, 0, err
			}
		}
		c.left--
		c.read++
		if v, err = c.schema.Next(&c.rest); err == nil && c.left == 0 {
			err = c.rest.End()
		}
		if err != nil {
			return nil, c.read, fmt.Errorf("read Avro: %w", err)
		}
		if c.form != Debezium {
			return v, c.read, nil
		}
		if change, some, err := unwrap(v); err != nil || some {
			return change, c.read, err
		}
	}
}

// open takes the next block in hand; io.EOF at the end.
func (c *Container) open() error {
	block, err := c.file.Next()
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if c.block++; err != nil {
		return err
	}
	unpacked, err := c.file.Unpack(block)
	if err != nil {
		return err
	}
	if c.rest, c.left = avro.NewReader(unpacked), block.Records; c.left > 0 {
		return nil
	}
	return c.rest.End()
}
