package oracle

import "slices"

var fields = [...]Text{"channel", "product_line", "marketplace", "ship_country"}

// valuesOf are the values of a field that an order has. No line is the line "".
func (f *facts) valuesOf(field Text) []string {
	switch field {
	case "channel":
		return []string{f.channel.String()}
	case "marketplace":
		return []string{f.marketplace}
	case "ship_country":
		return []string{f.shipCountry}
	case "product_line":
		if f.lines == nil {
			return []string{""}
		}
		return f.lines
	}
	panic("oracle: no such field: " + string(field))
}

// list is the values of a field that count; nil for all.
func (w *Where) list(field Text) Texts {
	switch field {
	case "channel":
		return w.Channel
	case "marketplace":
		return w.Marketplace
	case "ship_country":
		return w.ShipCountry
	case "product_line":
		return w.ProductLine
	}
	panic("oracle: no such field: " + string(field))
}

// holds is whether an order is one of those that count.
func (w *Where) holds(f *facts) bool {
	for _, field := range fields {
		if list := w.list(field); list != nil && !slices.ContainsFunc(f.valuesOf(field), list.has) {
			return false
		}
	}
	return true
}

func (t Texts) has(value string) bool { return slices.Contains(t, Text(value)) }
