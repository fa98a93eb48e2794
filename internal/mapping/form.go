package mapping

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sellerpulse/internal/jsonvalue"
	"sellerpulse/internal/yamltext"
)

// Form is how a record's bytes are read.
type Form string

// The forms.
const (
	JSON     Form = "json"
	Avro     Form = "avro"     // in the wire format of a schema registry, or JSON
	Debezium Form = "debezium" // a change of a row, as JSON or Avro
	CSV      Form = "csv"      // names in the first row
	TSV      Form = "tsv"
	Text     Form = "text" // as it is
	None     Form = "none" // not read
)

var forms = []Form{JSON, Avro, Debezium, CSV, TSV, Text, None}

func formOf(n *yamltext.Node, otherwise Form) (Form, error) {
	name, err := text(n)
	if err != nil || name == "" {
		return otherwise, err
	}
	if !slices.Contains(forms, Form(name)) {
		return "", wrong(n, "form %q: use one of %s", name, strings.Trim(fmt.Sprint(forms), "[]"))
	}
	return Form(name), nil
}

// Form is how the records of a source are read.
func (s *Source) Form() Form { return s.form }

// value reads bytes. Without an error it tells whether there is something to map: not of a null, such as what Debezium writes behind a deletion.
func (s *Source) value(d *jsonvalue.Decoder, form Form, b []byte) (v any, some bool, err error) {
	if b == nil || form == None {
		return nil, form == Text || form == None, nil
	}
	if len(b) > MaxRecordBytes {
		return nil, false, undecodable("%d bytes, more than %d: such a record is not read", len(b), MaxRecordBytes)
	}
	switch form {
	case Avro:
		v, err = s.avro(d, b)
	case Debezium:
		if v, err = s.avro(d, b); err == nil {
			return unwrap(v)
		}
	case Text:
		if !utf8.Valid(b) {
			return nil, false, undecodable("it is not UTF-8: is `form: %s` right?", form)
		}
		v = string(b)
	case CSV, TSV:
		v, err = s.Rows.table(form, b)
	default:
		v, err = s.json(d, b)
	}
	return v, err == nil, err
}

func (s *Source) json(d *jsonvalue.Decoder, b []byte) (any, error) {
	v, err := d.Decode(b)
	if err == nil {
		return v, nil
	}
	if len(b) > 0 && b[0] == 0 {
		return nil, undecodable("read JSON: %v: it looks like Avro of a schema registry: use `form: avro`", err)
	}
	return nil, undecodable("read JSON: %v", err)
}

// avro reads the wire format of a schema registry: a zero byte, the id of the schema, the body. What does not begin so is JSON, as people write it who
// try a mapping, and as it was before there was a registry.
func (s *Source) avro(d *jsonvalue.Decoder, b []byte) (any, error) {
	const header = 5
	switch {
	case len(b) == 0 || b[0] != 0:
		return s.json(d, b)
	case len(b) < header:
		return nil, undecodable("read Avro: it ends within the id of its schema")
	case s.options.Schema == nil:
		return nil, undecodable("read Avro: its schema is in a registry: name that with --schema-registry")
	}
	return s.options.schemas.decode(binary.BigEndian.Uint32(b[1:]), b[header:])
}

// unwrap takes a change of a row out of its envelope, {op, before, after, source, ts_ms}, which stands in another one where schemas come with it.
func unwrap(v any) (any, bool, error) {
	change, ok := v.(map[string]any)
	if !ok {
		return nil, v == nil, undecodable("it is no change of a row: Debezium writes an object")
	}
	if payload, wrapped := change["payload"]; wrapped && change["op"] == nil {
		if payload == nil {
			return nil, false, nil
		}
		if change, ok = payload.(map[string]any); !ok {
			return nil, false, undecodable("the payload is no change of a row: Debezium writes an object")
		}
	}
	if _, ok := change["op"].(string); !ok {
		return nil, false, undecodable("it is no change of a row, having no op: of records that Debezium's transform ExtractNewRecordState made use `form: json`")
	}
	return change, true, nil
}
