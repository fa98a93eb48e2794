package mapping

import (
	"errors"
	"fmt"
	"sync"

	"sellerpulse/internal/avrovalue"
	"sellerpulse/pkg/events"
)

// Bounds of the schemas of a registry that a mapping keeps. What is beyond them is forgotten, all at once, and compiled again.
const (
	maxSchemas     = 1_000
	maxSchemaBytes = 8 << 20 // of their texts
)

// schemas are those by whose ids values were written, each compiled once. They are safe for concurrent use.
type schemas struct {
	text func(id uint32) (string, error) // nil without a registry

	mutex sync.Mutex
	known map[uint32]compiled
	bytes int // of the texts of the known ones
}

// compiled is a schema, or why there is none that values can be read by.
type compiled struct {
	schema *avrovalue.Schema
	err    error
}

// decode reads a value by the schema of an id. The error is an *[Error], or else an outage.
func (s *schemas) decode(id uint32, body []byte) (any, error) {
	found, err := s.of(id)
	if err != nil {
		return nil, err
	}
	if found.err != nil {
		return nil, undecodable("read Avro of schema %d: %w", id, found.err)
	}
	v, err := found.schema.Decode(body)
	if err != nil {
		return nil, undecodable("read Avro of schema %d: %w", id, err)
	}
	return v, nil
}

// of finds a schema. An unknown id is not remembered: it may come. The error is an outage.
func (s *schemas) of(id uint32) (compiled, error) {
	s.mutex.Lock()
	found, ok := s.known[id]
	s.mutex.Unlock()
	if ok {
		return found, nil
	}
	text, err := s.text(id)
	switch {
	case errors.Is(err, events.ErrUnknownSchema):
		return compiled{err: err}, nil
	case errors.Is(err, events.ErrForeignSchema):
		found.err = err
	case err != nil:
		return compiled{}, fmt.Errorf("look up schema %d: %w", id, err)
	default:
		found.schema, found.err = avrovalue.Parse(text)
	}
	s.keep(id, found, len(text))
	return found, nil
}

func (s *schemas) keep(id uint32, found compiled, size int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.known == nil || len(s.known) >= maxSchemas || s.bytes+size > maxSchemaBytes {
		s.known, s.bytes = map[uint32]compiled{}, 0
	}
	s.known[id] = found
	s.bytes += size
}
