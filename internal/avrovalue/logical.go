package avrovalue

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strconv"

	schema "github.com/twmb/avro"
)

// Logical types that are read as something else than the type below them.
const (
	decimalType  = "decimal"
	uuidType     = "uuid"
	durationType = "duration"
)

const (
	uuidBytes     = 16
	durationBytes = 12
)

// maxDecimalBytes bounds a decimal, for the time that digits take.
const maxDecimalBytes = 1_024

func fixed(n *schema.SchemaNode) part {
	size := n.Size
	switch {
	case n.LogicalType == decimalType:
		return func(d *decoding) any { return d.decimal(d.Fixed(size), n.Scale) }
	case n.LogicalType == uuidType && size == uuidBytes:
		return func(d *decoding) any { return d.uuid(d.Fixed(size)) }
	case n.LogicalType == durationType && size == durationBytes:
		return func(d *decoding) any { return d.duration(d.Fixed(size)) }
	}
	return func(d *decoding) any { return base64.StdEncoding.EncodeToString(d.Fixed(size)) }
}

// decimal is the number of some bytes, two's complement and big-endian, over ten to the power of the scale.
func (d *decoding) decimal(b []byte, scale int) any {
	if len(b) > maxDecimalBytes {
		d.Fail(fmt.Errorf("a decimal has more than %d bytes", maxDecimalBytes))
	}
	if d.Err() != nil {
		return nil
	}
	unscaled := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		unscaled.Sub(unscaled, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	switch {
	case scale == 0 && unscaled.IsInt64():
		return int(unscaled.Int64())
	case scale == 0:
		return unscaled
	}
	nearest, err := strconv.ParseFloat(unscaled.String()+"e"+strconv.Itoa(-scale), 64)
	if err != nil {
		d.Fail(fmt.Errorf("a decimal is beyond %g", math.MaxFloat64))
	}
	return nearest
}

// uuid is the text of a UUID's bytes.
func (d *decoding) uuid(b []byte) any {
	if d.Err() != nil {
		return nil
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// duration is three numbers, each with its unit.
func (d *decoding) duration(b []byte) any {
	if d.Err() != nil {
		return nil
	}
	number := func(i int) any { return int(binary.LittleEndian.Uint32(b[4*i:])) }
	return map[string]any{"months": number(0), "days": number(1), "milliseconds": number(2)}
}
