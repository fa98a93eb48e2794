package events

import (
	"strconv"

	"sellerpulse/internal/jsontext"
)

// AppendJSON appends a valid event as canonical JSON, on one line without its end: keys in the contract's order, times
// in UTC with three decimals, absent fields left out, booleans of the kind always there. withTopic puts the topic first.
func AppendJSON(dst []byte, e *Event, withTopic bool) []byte {
	dst = append(dst, '{')
	if withTopic {
		dst = appendMember(dst, "topic", e.Topic.String())
	}
	dst = appendMember(dst, "kind", e.Kind.String())
	dst = appendMember(dst, "event_id", e.EventID)
	dst = appendInstantMember(dst, "occurred_at", e.OccurredAt)
	dst = appendMember(dst, "seller_id", e.SellerID)
	dst = appendMember(dst, "order_id", e.OrderID)
	if e.Topic != Orders {
		dst = appendMember(dst, partNames[e.Topic], e.PartID)
	}
	for f := fieldOrderDate; f < fieldTopic; f++ {
		if e.allows(f) {
			dst = appendFieldJSON(dst, e, f)
		}
	}
	return append(dst, '}')
}

// appendFieldJSON appends a field of the event's kind, if it is there.
func appendFieldJSON(dst []byte, e *Event, f field) []byte {
	switch shapes[f] {
	case shapeText:
		if text := *e.text(f); text != "" {
			dst = appendMember(dst, f.String(), text)
		}
	case shapeOptionalText:
		if text := e.optionalText(f); text.Given {
			dst = appendMember(dst, f.String(), text.Value)
		}
	case shapeInstant:
		if instant := *e.instant(f); instant != None {
			dst = appendInstantMember(dst, f.String(), instant)
		}
	case shapeFlag:
		dst = strconv.AppendBool(jsontext.AppendKey(dst, f.String()), *e.flag(f))
	case shapeCode:
		if name := e.codeName(f); name != "" {
			dst = appendMember(dst, f.String(), name)
		}
	case shapeNumber:
		dst = strconv.AppendInt(jsontext.AppendKey(dst, f.String()), int64(e.Rating), 10)
	case shapeItems:
		dst = appendItemsJSON(dst, e.Items)
	case shapeTexts:
		dst = appendMetricsJSON(dst, e.Metrics)
	}
	return dst
}

func (e *Event) codeName(f field) string {
	switch f {
	case fieldChannel:
		return e.Channel.String()
	case fieldCancelledBy:
		return e.CancelledBy.String()
	case fieldReason:
		return nameOf(reasonsOf(e.Topic), e.reasonCode())
	case fieldCategory:
		return e.Category.String()
	}
	return e.Answer.String()
}

func appendMetricsJSON(dst []byte, names []string) []byte {
	if len(names) == 0 {
		return dst
	}
	dst = append(jsontext.AppendKey(dst, "metrics"), '[')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendText(dst, name)
	}
	return append(dst, ']')
}

func appendItemsJSON(dst []byte, items []Item) []byte {
	dst = append(jsontext.AppendKey(dst, "items"), '[')
	for i := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		dst = appendMember(dst, "item_id", items[i].ItemID)
		dst = appendMember(dst, "product_line", items[i].ProductLine)
		dst = strconv.AppendInt(jsontext.AppendKey(dst, "quantity"), int64(items[i].Quantity), 10)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendMember(dst []byte, name, value string) []byte {
	return jsontext.AppendText(jsontext.AppendKey(dst, name), value)
}

func appendInstantMember(dst []byte, name string, instant Millis) []byte {
	dst = append(jsontext.AppendKey(dst, name), '"')
	return append(AppendInstant(dst, instant), '"')
}
