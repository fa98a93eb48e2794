package rules

import (
	"cmp"
	"errors"
	"math/bits"
	"strconv"
	"strings"
)

// Decimal is an exact number ≥ 0: Number/Scale, Scale a power of ten.
type Decimal struct{ Number, Scale int64 }

// maxDecimals bounds the digits after the point of a limit.
const maxDecimals = 9

var errDecimal = errors.New("not a number between 0 and 1 with at most 9 decimals, such as 0.025")

// ParseDecimal reads digits with or without a decimal point, from 0 to 1. Digits without meaning are dropped: 0.10 is 1/10.
func ParseDecimal(text string) (Decimal, error) {
	whole, fraction, point := strings.Cut(text, ".")
	if whole == "" || point && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return Decimal{}, errDecimal
	}
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if len(whole) > 1 || len(fraction) > maxDecimals {
		return Decimal{}, errDecimal
	}
	number, err := strconv.ParseInt("0"+whole+fraction, 10, 64)
	d := Decimal{number, 1}
	for range fraction {
		d.Scale *= 10
	}
	if err != nil || d.Number > d.Scale {
		return Decimal{}, errDecimal
	}
	return d, nil
}

// String is the shortest decimal: 0.025.
func (d Decimal) String() string { return string(d.AppendTo(nil)) }

// AppendTo appends the shortest decimal.
func (d Decimal) AppendTo(dst []byte) []byte {
	dst = strconv.AppendInt(dst, d.Number/d.Scale, 10)
	rest, scale := d.Number%d.Scale, d.Scale
	if rest == 0 {
		return dst
	}
	for dst = append(dst, '.'); rest > 0; {
		scale /= 10
		dst = append(dst, '0'+byte(rest/scale))
		rest %= scale
	}
	return dst
}

// compare is the sign of numerator/denominator − d. Neither count is negative. The products have 128 bits, so that none overflows.
func (d Decimal) compare(numerator, denominator int64) int {
	hi1, lo1 := bits.Mul64(uint64(numerator), uint64(d.Scale))
	hi2, lo2 := bits.Mul64(uint64(d.Number), uint64(denominator))
	if hi1 != hi2 {
		return cmp.Compare(hi1, hi2)
	}
	return cmp.Compare(lo1, lo2)
}

// compareTo is the sign of d − other.
func (d Decimal) compareTo(other Decimal) int { return other.compare(d.Number, d.Scale) }
