package events

import "sellerpulse/internal/avro"

// AppendRecord appends a valid event as a record of schema "event", which files have: what [AppendJSON] writes with its topic, field by field.
func AppendRecord(dst []byte, e *Event) []byte {
	dst = avro.AppendString(dst, e.Topic.String())
	dst = avro.AppendString(dst, e.Kind.String())
	dst = avro.AppendString(dst, e.EventID)
	dst = avro.AppendLong(dst, e.OccurredAt)
	dst = avro.AppendString(dst, e.SellerID)
	dst = avro.AppendString(dst, e.OrderID)
	for topic := Shipments; topic < NumTopics; topic++ {
		dst = appendNullable(dst, e.PartID, topic == e.Topic)
	}
	for f := fieldOrderDate; f < fieldTopic; f++ {
		dst = appendColumn(dst, e, f)
	}
	return dst
}

// appendColumn appends a field, or null where the event has none.
func appendColumn(dst []byte, e *Event, f field) []byte {
	switch shape := shapes[f]; {
	case shape == shapeOptionalText:
		return appendText(dst, e, f, *e.optionalText(f))
	case shape == shapeInstant:
		return appendTime(dst, e, f, *e.instant(f))
	case shape == shapeNumber:
		return appendRating(dst, e)
	case !e.allows(f):
		return avro.AppendBranch(dst, branchNull)
	case shape == shapeText:
		return appendNullable(dst, *e.text(f), *e.text(f) != "")
	case shape == shapeTexts:
		return appendMetrics(dst, e)
	case shape == shapeCode:
		name := e.codeName(f)
		return appendNullable(dst, name, name != "")
	case shape == shapeFlag:
		return avro.AppendBool(avro.AppendBranch(dst, branchValue), *e.flag(f))
	default:
		return appendItems(avro.AppendBranch(dst, branchValue), e)
	}
}

func appendNullable(dst []byte, text string, given bool) []byte {
	if !given {
		return avro.AppendBranch(dst, branchNull)
	}
	return avro.AppendString(avro.AppendBranch(dst, branchValue), text)
}
