package windows

import (
	"slices"

	"sellerpulse/pkg/events"
)

// Field is a field of an order by which the orders of a seller are told apart.
type Field uint8

// The fields. By none, the orders of a seller are one whole.
const (
	NoField Field = iota
	ChannelField
	LineField // product lines: an order is in each of those of its items, in "" without items
	MarketplaceField
	CountryField
	NumFields
)

var fieldNames = [NumFields]string{"", "channel", "product_line", "marketplace", "ship_country"}

// String is the field's name, as rules write it; empty for none.
func (f Field) String() string { return fieldNames[f] }

// ParseField finds the field of this name, which is not empty.
func ParseField(name string) (Field, bool) {
	i := slices.Index(fieldNames[:], name)
	return Field(max(i, 0)), i > 0
}

// Part is the orders of a seller whose field has a value. The zero Part is the whole.
type Part struct {
	Field Field
	Value string
}

// Attributes are what the orders of a seller are told apart by.
type Attributes struct {
	Channel     events.Channel
	Lines       []string // product lines, sorted, each once; none for an order without items
	Marketplace string
	Country     string
}

// Of sets a to the attributes of an order, whose texts it aliases.
func (a *Attributes) Of(o *Order) {
	*a = Attributes{Channel: o.Channel, Lines: o.Lines(a.Lines[:0]), Marketplace: o.Marketplace, Country: o.ShipCountry}
}

// Reset sets a to the attributes of no order, keeping its memory.
func (a *Attributes) Reset() {
	clear(a.Lines) // They are parts of a row.
	*a = Attributes{Lines: a.Lines[:0]}
}

// Equal is whether two are the same.
func (a *Attributes) Equal(other *Attributes) bool {
	return a.Channel == other.Channel && a.Marketplace == other.Marketplace && a.Country == other.Country && slices.Equal(a.Lines, other.Lines)
}

// Has is whether an order of these attributes is in a part.
func (a *Attributes) Has(p Part) bool {
	switch p.Field {
	case ChannelField:
		return a.Channel.String() == p.Value
	case LineField:
		return slices.Contains(a.Lines, p.Value) || len(a.Lines) == 0 && p.Value == ""
	case MarketplaceField:
		return a.Marketplace == p.Value
	case CountryField:
		return a.Country == p.Value
	default:
		return true
	}
}

// Values appends the values of a field that an order of these attributes has, sorted.
func (a *Attributes) Values(dst []string, f Field) []string {
	switch f {
	case ChannelField:
		return append(dst, a.Channel.String())
	case LineField:
		if len(a.Lines) == 0 {
			return append(dst, "")
		}
		return append(dst, a.Lines...)
	case MarketplaceField:
		return append(dst, a.Marketplace)
	case CountryField:
		return append(dst, a.Country)
	default:
		return dst
	}
}
