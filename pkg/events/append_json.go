package events

import (
	"strconv"
	"unicode/utf8"
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
	case shapeOptionalText:
		if text := e.optionalText(f); text.Given {
			dst = appendMember(dst, f.String(), text.Value)
		}
	case shapeInstant:
		if instant := *e.instant(f); instant != None {
			dst = appendInstantMember(dst, f.String(), instant)
		}
	case shapeFlag:
		dst = strconv.AppendBool(appendName(dst, f.String()), *e.flag(f))
	case shapeCode:
		if name := e.codeName(f); name != "" {
			dst = appendMember(dst, f.String(), name)
		}
	case shapeNumber:
		dst = strconv.AppendInt(appendName(dst, f.String()), int64(e.Rating), 10)
	case shapeItems:
		dst = appendItemsJSON(dst, e.Items)
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
		return e.Reason.String()
	case fieldCategory:
		return e.Category.String()
	}
	return e.Answer.String()
}

func appendItemsJSON(dst []byte, items []Item) []byte {
	dst = append(appendName(dst, "items"), '[')
	for i := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		dst = appendMember(dst, "item_id", items[i].ItemID)
		dst = appendMember(dst, "product_line", items[i].ProductLine)
		dst = strconv.AppendInt(appendName(dst, "quantity"), int64(items[i].Quantity), 10)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendName appends the name of a member, after a comma unless it is the object's first.
func appendName(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, name...)
	return append(dst, '"', ':')
}

func appendMember(dst []byte, name, value string) []byte {
	return appendQuoted(appendName(dst, name), value)
}

func appendInstantMember(dst []byte, name string, instant Millis) []byte {
	dst = append(appendName(dst, name), '"')
	return append(appendInstant(dst, instant), '"')
}

// appendQuoted appends a string of JSON. Only what must be escaped is; bytes that are not UTF-8 become U+FFFD.
func appendQuoted(dst []byte, text string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r != utf8.RuneError || size > 1 {
				i += size - 1
				continue
			}
		}
		dst = append(dst, text[start:i]...)
		dst = appendEscape(dst, c)
		start = i + 1
	}
	return append(append(dst, text[start:]...), '"')
}

func appendEscape(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if c >= utf8.RuneSelf {
		return utf8.AppendRune(dst, utf8.RuneError)
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xF])
}
