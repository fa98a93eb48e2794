package avrovalue

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	schema "github.com/twmb/avro"
)

// scalar is the part of a type without a name or parts of its own; nil for any other one.
func scalar(n *schema.SchemaNode) part {
	switch n.Type {
	case "null":
		return func(*decoding) any { return nil }
	case "boolean":
		return func(d *decoding) any { return d.Bool() }
	case "int", "long":
		return func(d *decoding) any { return int(d.Long()) }
	case "float":
		return float
	case "double":
		return func(d *decoding) any { return d.Double() }
	case "string":
		return func(d *decoding) any { return d.text() }
	case "bytes":
		if n.LogicalType == decimalType {
			return func(d *decoding) any { return d.decimal(d.Bytes(), n.Scale) }
		}
		return func(d *decoding) any { return base64.StdEncoding.EncodeToString(d.Bytes()) }
	}
	return nil
}

// float reads a float as the number that it is written as: 0.1, and not the double that is nearest to it.
func float(d *decoding) any {
	b := d.Fixed(4)
	if len(b) == 0 {
		return nil
	}
	f := float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	shortest, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 32), 64)
	if err != nil {
		panic("avrovalue: " + err.Error()) // It was a number.
	}
	return shortest
}

// text reads a string, in which whatever is no UTF-8 is replaced, as of JSON.
func (d *decoding) text() string {
	return strings.ToValidUTF8(string(d.Bytes()), string(utf8.RuneError))
}

func enum(symbols []string) part {
	values := make([]any, len(symbols)) // Each is in memory once.
	for i, symbol := range symbols {
		values[i] = symbol
	}
	return func(d *decoding) any {
		i := d.Long()
		if uint64(i) >= uint64(len(values)) {
			d.Fail(fmt.Errorf("an enum has no symbol %d", i))
			return nil
		}
		return values[i]
	}
}
