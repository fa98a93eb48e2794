package check

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/linkedin/goavro/v2"

	"sellerpulse/schemas"
)

// decoders read Avro's single-object encoding by the newest schemas.
type decoders struct{ alert, report decoder }

type decoder struct {
	codec       *goavro.Codec
	fingerprint uint64
}

func newDecoders() (d decoders, err error) {
	if d.alert, err = newDecoder("alerts"); err != nil {
		return d, err
	}
	d.report, err = newDecoder("seller_report")
	return d, err
}

func newDecoder(schema string) (decoder, error) {
	codec, err := goavro.NewCodec(schemas.Text(schema))
	if err != nil {
		return decoder{}, fmt.Errorf("parse schema %s: %w", schema, err)
	}
	return decoder{codec: codec, fingerprint: schemas.Fingerprint(schema)}, nil
}

const headerBytes = 10

// fields decodes a value, all of it.
func (d *decoder) fields(value []byte) (fields, error) {
	if len(value) < headerBytes || value[0] != 0xC3 || value[1] != 0x01 || binary.LittleEndian.Uint64(value[2:]) != d.fingerprint {
		return nil, fmt.Errorf("decode %x…: not in single-object encoding by the newest schema", value[:min(len(value), headerBytes)])
	}
	native, rest, err := d.codec.NativeFromBinary(value[headerBytes:])
	if err != nil {
		return nil, fmt.Errorf("decode Avro: %w", err)
	}
	if len(rest) > 0 {
		return nil, errors.New("decode Avro: bytes are left over")
	}
	return native.(map[string]any), nil
}

// fields are a record's, as goavro has them.
type fields map[string]any

func (f fields) text(name string) string   { return f[name].(string) }
func (f fields) number(name string) int64  { return number(f[name]) }
func (f fields) record(name string) fields { return f[name].(map[string]any) }

// optional is the value of a union with null, printed, or "null"; a date in days since 1970.
func (f fields) optional(name string) string {
	value, some := f.union(name)
	if !some {
		return "null"
	}
	if at, date := value.(time.Time); date {
		return fmt.Sprint(dayOf(at))
	}
	return fmt.Sprint(value)
}

// union is the value of a union with null.
func (f fields) union(name string) (value any, some bool) {
	branch, some := f[name].(map[string]any)
	for _, v := range branch {
		value = v
	}
	return value, some
}

func (f fields) records(name string) []fields {
	var all []fields
	for _, r := range f[name].([]any) {
		all = append(all, r.(map[string]any))
	}
	return all
}

func (f fields) texts(name string) []string {
	var all []string
	for _, t := range f[name].([]any) {
		all = append(all, t.(string))
	}
	return all
}

// day is a date, in days since 1970.
func (f fields) day(name string) int { return dayOf(f[name].(time.Time)) }

// millis is an instant.
func (f fields) millis(name string) int64 { return f[name].(time.Time).UnixMilli() }

func dayOf(t time.Time) int { return int(t.Unix() / 86_400) }

func number(v any) int64 {
	switch v := v.(type) {
	case int32:
		return int64(v)
	case int64:
		return v
	}
	panic(fmt.Sprintf("check: %T where the schema has a number", v))
}
