package avrovalue

import (
	"errors"
	"fmt"

	"sellerpulse/internal/avro"
)

// MaxParts bounds the parts of a value: its scalars, elements, members and itself.
const MaxParts = 1_000_000

// maxDepth is how deep parts may be within others, as of JSON.
const maxDepth = 200

// What can be wrong with a value beside its bytes.
var (
	errParts = fmt.Errorf("it has more than %d parts", MaxParts)
	errDepth = fmt.Errorf("it is nested deeper than %d", maxDepth)
)

// Decode reads bytes that are one value. What it gives aliases none of them. Its error names the place within the value.
func (s *Schema) Decode(body []byte) (any, error) {
	r := avro.NewReader(body)
	v, err := s.Next(&r)
	if err == nil {
		err = r.End()
	}
	return v, err
}

// Next reads the value that comes next. After an error the reader has one too.
func (s *Schema) Next(r *avro.Reader) (any, error) {
	d := decoding{Reader: r, left: MaxParts}
	v := d.value(s.root)
	if err := r.Err(); err != nil {
		if d.path != "" {
			err = fmt.Errorf("%s: %w", d.path, err)
		}
		return nil, err
	}
	return v, nil
}

// decoding is one value that is being read.
type decoding struct {
	*avro.Reader
	left  int    // parts that may follow
	depth int    // of the part that is being read
	path  string // to the part that cannot be read
}

// value reads a part, if there may be another.
func (d *decoding) value(p part) any {
	switch {
	case d.left == 0:
		d.Fail(errParts)
		return nil
	case d.depth == maxDepth:
		d.Fail(errDepth)
		return nil
	}
	d.left--
	d.depth++
	v := p(d)
	d.depth--
	return v
}

// within notes that what cannot be read is within a member.
func (d *decoding) within(name string) {
	if d.path != "" {
		name += "." + d.path
	}
	d.path = name
}

type field struct {
	name string
	part part
}

func record(fields []field) part {
	return func(d *decoding) any {
		object := make(map[string]any, min(len(fields), d.left))
		for i := range fields {
			object[fields[i].name] = d.value(fields[i].part)
			if d.Err() != nil {
				d.within(fields[i].name)
				return nil
			}
		}
		return object
	}
}

func object(value part) part {
	return func(d *decoding) any {
		members := map[string]any{}
		for n := d.Block(); n > 0; n = d.Block() {
			for range n {
				name := d.text()
				if members[name] = d.value(value); d.Err() != nil {
					d.within(name)
					return nil
				}
			}
		}
		return members
	}
}

func array(element part) part {
	return func(d *decoding) any {
		elements := []any{}
		for n := d.Block(); n > 0; n = d.Block() {
			for range n {
				if elements = append(elements, d.value(element)); d.Err() != nil {
					return nil
				}
			}
		}
		return elements
	}
}

var errBranch = errors.New("a union has no such branch")

func union(branches []part) part {
	return func(d *decoding) any {
		i := d.Long()
		if uint64(i) >= uint64(len(branches)) {
			d.Fail(fmt.Errorf("%w: %d", errBranch, i))
			return nil
		}
		return branches[i](d)
	}
}
