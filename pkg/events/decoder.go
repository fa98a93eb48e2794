package events

import (
	"encoding/binary"
	"errors"
	"fmt"

	"sellerpulse/internal/avro"
	"sellerpulse/schemas"
)

// DefaultMaxBytes is how long a message may be, unless options say otherwise.
const DefaultMaxBytes = 256 << 10

// maxPlans bounds how many schemas of a registry a Decoder remembers a topic, and of keys.
const maxPlans = 1_000

// What DecoderOptions.Schema returns for an id by which no value can be read.
var (
	ErrUnknownSchema = errors.New("the schema registry does not know it")
	ErrForeignSchema = errors.New("values by its schema cannot be read")
)

// DecoderOptions configure a Decoder. The zero value is usable.
type DecoderOptions struct {
	// MaxBytes is the length above which a message is refused; 0 is DefaultMaxBytes.
	MaxBytes int

	// Schema gives the text of a schema of the registry, which stands alone. An error that is ErrUnknownSchema or
	// ErrForeignSchema condemns the message; any other one is an outage, which Decode hands on. Without it all ids are
	// unknown.
	Schema func(id uint32) (text string, err error)
}

// Decoder reads messages of any wire form. It is for one goroutine.
type Decoder struct {
	maxBytes int
	schema   func(id uint32) (string, error)
	builtIn  [NumTopics]map[uint64]*plan // by fingerprint
	byID     [NumTopics]map[uint32]compiled
	keys     map[uint32]compiled // of keys, by id
}

// compiled is a plan, or why there is none.
type compiled struct {
	plan *plan
	err  error
}

// NewDecoder makes a Decoder that knows all built-in versions of the schemas.
func NewDecoder(opts DecoderOptions) *Decoder {
	d := &Decoder{maxBytes: opts.MaxBytes, schema: opts.Schema, keys: map[uint32]compiled{}}
	if d.maxBytes == 0 {
		d.maxBytes = DefaultMaxBytes
	}
	for t := range NumTopics {
		d.builtIn[t], d.byID[t] = map[uint64]*plan{}, map[uint32]compiled{}
		for _, version := range schemas.Versions(t.String()) {
			p, err := compile(t, version.Text)
			if err != nil {
				panic(fmt.Sprintf("compile built-in schema %s: %v", t, err))
			}
			d.builtIn[t][version.Fingerprint], d.builtIn[t][version.GoavroFingerprint] = p, p
		}
	}
	return d
}

// Decode reads the value of a topic's message into e, all of whose fields it sets. Texts of e alias the value, which
// must not change while they are used; the slice of items is used again by the next call.
//
// The error is an *Error for a message that can never be applied. Any other error is an outage of the registry: the
// same message may be decodable later.
func (d *Decoder) Decode(topic Topic, value []byte, e *Event) error {
	if value == nil {
		return undecodable("the value is null")
	}
	if len(value) > d.maxBytes {
		return undecodable("the value has %d bytes, more than %d", len(value), d.maxBytes)
	}
	if len(value) == 0 {
		return undecodable("the value is empty")
	}
	switch value[0] {
	case 0xC3:
		return d.decodeSingleObject(topic, value, e)
	case 0x00:
		return d.decodeConfluent(topic, value, e)
	case '{':
		return decodeJSON(topic, value, e)
	}
	if startsLate(value) {
		return decodeJSON(topic, value, e)
	}
	return undecodable("the value begins with byte 0x%02x: neither avro nor a JSON object", value[0])
}

func (d *Decoder) decodeSingleObject(topic Topic, value []byte, e *Event) error {
	fingerprint, body, ok := avro.ParseHeader(value)
	if !ok {
		return undecodable("the value begins with byte 0xc3 without a header of avro single-object encoding")
	}
	p := d.builtIn[topic][fingerprint]
	if p == nil {
		return undecodable("topic %s has no schema of fingerprint %016x", topic, fingerprint)
	}
	return p.decode(topic, body, e)
}

// confluentSize is the length of the Confluent wire format's header: a zero byte and the schema's id, big-endian.
const confluentSize = 5

func (d *Decoder) decodeConfluent(topic Topic, value []byte, e *Event) error {
	if len(value) < confluentSize {
		return undecodable("the value ends within the header of the confluent wire format")
	}
	id := binary.BigEndian.Uint32(value[1:])
	found, ok := d.byID[topic][id]
	if !ok {
		var err error
		if found, err = d.lookUp(topic, id); err != nil {
			return err
		}
	}
	if found.err != nil {
		return undecodable("use schema id %d: %v", id, found.err)
	}
	return found.plan.decode(topic, value[confluentSize:], e)
}

// lookUp asks the registry for a schema and remembers its plan. An unknown id is not remembered: it may come.
func (d *Decoder) lookUp(topic Topic, id uint32) (compiled, error) {
	if d.schema == nil {
		return compiled{}, undecodable("schema id %d: no schema registry is known: name it with --schema-registry", id)
	}
	text, err := d.schema(id)
	if errors.Is(err, ErrUnknownSchema) || errors.Is(err, ErrForeignSchema) {
		return compiled{}, undecodable("schema id %d: %v", id, err)
	}
	if err != nil {
		return compiled{}, fmt.Errorf("look up schema id %d: %w", id, err)
	}
	p, err := compile(topic, text)
	if len(d.byID[topic]) >= maxPlans {
		clear(d.byID[topic])
	}
	d.byID[topic][id] = compiled{p, err}
	return d.byID[topic][id], nil
}
