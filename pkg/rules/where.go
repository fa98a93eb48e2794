package rules

import (
	"slices"

	"sellerpulse/pkg/windows"
)

// Field is what the orders of a seller may be told apart by.
type Field uint8

// The fields that a rule has a state for each value of.
const (
	NoField Field = iota
	ByChannel
	ByProductLine
	ByMarketplace
	ByShipCountry
	numFields
)

var fieldNames = [numFields]string{ByChannel: "channel", ByProductLine: "product_line", ByMarketplace: "marketplace", ByShipCountry: "ship_country"}

// String is the field as rule files have it; empty for none.
func (f Field) String() string { return fieldNames[f] }

// Where is which orders count, and which claims and returns make their facts true. Of each list, which is sorted, an order must have one; nil
// stands for all. The empty text stands for a value that is missing.
type Where struct {
	Channels     []string
	Lines        []string // one of which an order has
	Marketplaces []string
	Countries    []string          // to which it is shipped
	Reasons      windows.ReasonSet // of claims and returns; none stands for all, and for none given
}

// IsZero is whether everything counts.
func (w *Where) IsZero() bool {
	return w.Channels == nil && w.Lines == nil && w.Marketplaces == nil && w.Countries == nil && w.Reasons == 0
}

// list is the values of a key of rule files.
func (w *Where) list(key string) *[]string {
	switch key {
	case "channel":
		return &w.Channels
	case "product_line":
		return &w.Lines
	case "marketplace":
		return &w.Marketplaces
	default:
		return &w.Countries
	}
}

// listKeys are the keys whose values are a list of texts.
var listKeys = []string{"channel", "product_line", "marketplace", "ship_country"}

// and is where both hold. The key is one of which nothing is left that holds both; empty where something always is.
func (w *Where) and(other *Where) (both Where, key string) {
	for _, k := range listKeys {
		a, b := *w.list(k), *other.list(k)
		switch {
		case a == nil:
			*both.list(k) = b
		case b == nil:
			*both.list(k) = a
		default:
			common := slices.DeleteFunc(slices.Clone(a), func(v string) bool { return !slices.Contains(b, v) })
			if len(common) == 0 {
				key = k
			}
			*both.list(k) = common
		}
	}
	both.Reasons = w.Reasons & other.Reasons
	switch {
	case w.Reasons == 0 || other.Reasons == 0:
		both.Reasons = w.Reasons | other.Reasons
	case both.Reasons == 0:
		key = "reason"
	}
	return both, key
}
