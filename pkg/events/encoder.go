package events

import (
	"encoding/binary"

	"sellerpulse/internal/avro"
	"sellerpulse/schemas"
)

// Encoder writes events as Avro of their topic's newest schema. The zero Encoder writes single-object encoding.
type Encoder struct {
	// SchemaIDs are the ids of the newest schemas in a registry. With them, the Confluent wire format is written.
	SchemaIDs *[NumTopics]uint32
}

// fingerprints are those of the newest schemas.
var fingerprints = func() (out [NumTopics]uint64) {
	for t := range NumTopics {
		out[t] = schemas.Fingerprint(t.String())
	}
	return out
}()

// AppendAvro appends a valid event, with its header. Fields that do not belong to its kind are left out.
func (enc Encoder) AppendAvro(dst []byte, e *Event) []byte {
	if enc.SchemaIDs != nil {
		dst = binary.BigEndian.AppendUint32(append(dst, 0), enc.SchemaIDs[e.Topic])
	} else {
		dst = avro.AppendHeader(dst, fingerprints[e.Topic])
	}
	return appendBody(dst, e)
}

func appendBody(dst []byte, e *Event) []byte {
	dst = avro.AppendString(dst, e.EventID)
	dst = avro.AppendEnum(dst, int(e.Kind-firstKinds[e.Topic]))
	dst = avro.AppendLong(dst, e.OccurredAt)
	dst = avro.AppendString(dst, e.SellerID)
	dst = avro.AppendString(dst, e.OrderID)
	if e.Topic == Orders {
		return appendOrder(dst, e)
	}
	dst = avro.AppendString(dst, e.PartID)
	switch e.Topic {
	case Shipments:
		dst = appendText(dst, e, fieldCarrier, e.Carrier)
		dst = appendText(dst, e, fieldTrackingID, e.TrackingID)
		dst = appendTime(dst, e, fieldDeliverBy, e.DeliverBy)
	case Feedback:
		dst = appendRating(dst, e)
	case Claims:
		dst = appendCode(dst, e, fieldReason, e.reasonCode())
	case Chargebacks:
		dst = appendCode(dst, e, fieldCategory, uint8(e.Category))
	case Returns:
		dst = appendCode(dst, e, fieldAnswer, uint8(e.Answer))
		dst = appendFlag(dst, e, fieldInPolicy, e.InPolicy)
		dst = appendNegative(dst, e)
		dst = appendCode(dst, e, fieldReason, e.reasonCode())
	}
	return dst
}

func appendOrder(dst []byte, e *Event) []byte {
	dst = appendTime(dst, e, fieldOrderDate, e.OrderDate)
	dst = appendCode(dst, e, fieldChannel, uint8(e.Channel))
	dst = appendFlag(dst, e, fieldPending, e.Pending)
	dst = appendItems(dst, e)
	dst = appendTime(dst, e, fieldShipBy, e.ShipBy)
	dst = appendTime(dst, e, fieldDeliverBy, e.DeliverBy)
	dst = appendCode(dst, e, fieldCancelledBy, uint8(e.CancelledBy))
	dst = appendFlag(dst, e, fieldRequestedByBuyer, e.RequestedByBuyer)
	dst = appendCode(dst, e, fieldReason, e.reasonCode())
	placed := e.Kind == OrderPlaced
	dst = appendNullable(dst, e.Marketplace, placed && e.Marketplace != "")
	dst = appendNullable(dst, e.ShipCountry, placed && e.ShipCountry != "")
	dst = appendMetrics(dst, e)
	return appendExcused(dst, e)
}

// reasonCode is the code of the reason that events of the topic have, 0 for none.
func (e *Event) reasonCode() uint8 {
	if e.Topic == Orders {
		return uint8(e.Reason)
	}
	return uint8(e.BuyerReason)
}

func (e *Event) allows(f field) bool { return allows[e.Kind].has(f) }

// The branches of the nullable unions.
const (
	branchNull  = 0
	branchValue = 1
)

func appendTime(dst []byte, e *Event, f field, instant Millis) []byte {
	if instant == None || !e.allows(f) {
		return avro.AppendBranch(dst, branchNull)
	}
	return avro.AppendLong(avro.AppendBranch(dst, branchValue), instant)
}

func appendText(dst []byte, e *Event, f field, text Text) []byte {
	if !text.Given || !e.allows(f) {
		return avro.AppendBranch(dst, branchNull)
	}
	return avro.AppendString(avro.AppendBranch(dst, branchValue), text.Value)
}

// appendCode appends a nullable enum, whose symbols are in the order of the constants, which count from 1.
func appendCode(dst []byte, e *Event, f field, code uint8) []byte {
	if code == 0 || !e.allows(f) {
		return avro.AppendBranch(dst, branchNull)
	}
	return avro.AppendEnum(avro.AppendBranch(dst, branchValue), int(code)-1)
}

func appendFlag(dst []byte, e *Event, f field, flag bool) []byte {
	return avro.AppendBool(dst, flag && e.allows(f))
}

func appendRating(dst []byte, e *Event) []byte {
	if !e.allows(fieldRating) {
		return avro.AppendBranch(dst, branchNull)
	}
	return avro.AppendLong(avro.AppendBranch(dst, branchValue), int64(e.Rating))
}

func appendNegative(dst []byte, e *Event) []byte {
	if !e.allows(fieldNegative) {
		return avro.AppendBranch(dst, branchNull)
	}
	return avro.AppendBool(avro.AppendBranch(dst, branchValue), e.Negative)
}

func appendExcused(dst []byte, e *Event) []byte {
	if !e.allows(fieldExcused) {
		return avro.AppendBranch(dst, branchNull)
	}
	return avro.AppendBool(avro.AppendBranch(dst, branchValue), e.Excused)
}

func appendMetrics(dst []byte, e *Event) []byte {
	if len(e.Metrics) == 0 || !e.allows(fieldMetrics) {
		return avro.AppendBranch(dst, branchNull)
	}
	dst = avro.AppendBlock(avro.AppendBranch(dst, branchValue), len(e.Metrics))
	for _, name := range e.Metrics {
		dst = avro.AppendString(dst, name)
	}
	return avro.AppendEnd(dst)
}

func appendItems(dst []byte, e *Event) []byte {
	if len(e.Items) > 0 && e.allows(fieldItems) {
		dst = avro.AppendBlock(dst, len(e.Items))
		for i := range e.Items {
			dst = avro.AppendString(dst, e.Items[i].ItemID)
			dst = avro.AppendString(dst, e.Items[i].ProductLine)
			dst = avro.AppendLong(dst, int64(e.Items[i].Quantity))
		}
	}
	return avro.AppendEnd(dst)
}
