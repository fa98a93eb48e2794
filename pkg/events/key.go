package events

import (
	"encoding/binary"
	"errors"
	"fmt"

	"sellerpulse/internal/avro"
)

// keyReader finds the seller in a key that is a record.
var keyReader = &reader{fields: map[string]field{fieldSellerID.String(): fieldSellerID}}

// Key gives the seller's id that a record's key has: the key itself or, where that is in the Confluent wire format, the text that it encodes, or
// the field seller_id of a record. It aliases the key. A key that is neither is given as it is. The error is an outage of the registry.
func (d *Decoder) Key(key []byte) ([]byte, error) {
	if len(key) < confluentSize || key[0] != 0 || d.schema == nil {
		return key, nil
	}
	id := binary.BigEndian.Uint32(key[1:])
	found, ok := d.keys[id]
	if !ok {
		var err error
		if found, err = d.lookUpKey(id); err != nil {
			return key, err
		}
	}
	if found.err != nil {
		return key, nil
	}
	if seller, ok := sellerIn(&found.plan.root, key[confluentSize:]); ok {
		return seller, nil
	}
	return key, nil
}

// lookUpKey asks the registry for a key's schema and remembers what to do, but for an unknown id: it may come.
func (d *Decoder) lookUpKey(id uint32) (compiled, error) {
	text, err := d.schema(id)
	switch {
	case errors.Is(err, ErrUnknownSchema):
		return compiled{err: err}, nil
	case err != nil && !errors.Is(err, ErrForeignSchema):
		return compiled{}, fmt.Errorf("look up schema id %d of a key: %w", id, err)
	}
	var found compiled
	if found.err = err; err == nil {
		found.plan, found.err = compileKey(text)
	}
	if len(d.keys) >= maxPlans {
		clear(d.keys)
	}
	d.keys[id] = found
	return found, nil
}

func compileKey(text string) (*plan, error) {
	schema, err := parseSchema(text)
	if err != nil {
		return nil, err
	}
	root, err := newCompiler(keyReader).compile(schema, "", target{field: numFields, fields: keyReader.fields})
	return &plan{root}, err
}

// sellerIn reads a key: a text, or a record with the seller.
func sellerIn(s *step, body []byte) (seller []byte, ok bool) {
	r := avro.NewReader(body)
	if s.wire == wireUnion {
		s = branch(s, &r)
	}
	parts := s.steps
	if s.wire == wireBytes {
		seller, ok, parts = r.Bytes(), true, nil
	}
	for i := range parts {
		part := &parts[i]
		if part.wire == wireUnion {
			part = branch(part, &r)
		}
		if part.field == fieldSellerID && part.wire == wireBytes && part.illType == "" {
			seller, ok = r.Bytes(), true
			continue
		}
		skip(part, &r, 0)
	}
	return seller, ok && r.End() == nil
}
