package events

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// MaxTextBytes is how long one text of an event may be.
const MaxTextBytes = 1024

// MaxSiteBytes is how long an order's marketplace and its ship_country may be.
const MaxSiteBytes = 64

// MaxMetrics is how many metrics an event may excuse by name.
const MaxMetrics = 16

var tooManyMetrics = fmt.Sprintf("has more than %d names", MaxMetrics)

const (
	maxOrderLead = 24 * millisPerHour // that an order's date may be later than the event
	minRating    = 1
	maxRating    = 5
)

// Validate checks that an event has what its kind needs, within bounds. Its error is an *Error with reason Invalid.
func Validate(e *Event) error {
	if e.Topic >= NumTopics {
		return &Error{Reason: Invalid, Field: "topic", Value: strconv.Itoa(int(e.Topic)), Problem: "is none"}
	}
	if e.Kind < firstKinds[e.Topic] || e.Kind >= firstKinds[e.Topic+1] {
		return invalid(fieldKind, e.Kind.String(), "is not a kind of topic "+e.Topic.String())
	}
	if fault := validateIdentity(e); fault != nil {
		return fault
	}
	if fault := validateDetails(e); fault != nil {
		return fault
	}
	return nil
}

// validateIdentity checks the fields that every event has.
func validateIdentity(e *Event) *Error {
	if fault := requireText("event_id", e.EventID); fault != nil {
		return fault
	}
	if fault := requireInstant(fieldOccurredAt, e.OccurredAt); fault != nil {
		return fault
	}
	if fault := requireText("seller_id", e.SellerID); fault != nil {
		return fault
	}
	if fault := requireText("order_id", e.OrderID); fault != nil {
		return fault
	}
	if e.Topic == Orders {
		return nil
	}
	return requireText(partNames[e.Topic], e.PartID)
}

// validateDetails checks the fields that the kind has.
func validateDetails(e *Event) *Error {
	switch e.Kind {
	case OrderPlaced:
		return validatePlaced(e)
	case OrderAmended:
		if e.ShipBy == None && e.DeliverBy == None {
			return &Error{Reason: Invalid, Field: "ship_by or deliver_by", Problem: "is missing"}
		}
		return validatePromises(e)
	case OrderCancelled:
		if fault := requireCode(fieldCancelledBy, e.CancelledBy.String()); fault != nil {
			return fault
		}
		return requireCode(fieldReason, e.Reason.String())
	case OrderExcused:
		return validateMetrics(e.Metrics)
	case ShipmentConfirmed, ShipmentTrackingUpdated:
		return validateTracking(e)
	case FeedbackLeft:
		if e.Rating < minRating || e.Rating > maxRating {
			return invalid(fieldRating, strconv.Itoa(int(e.Rating)), fmt.Sprintf("is outside %d to %d", minRating, maxRating))
		}
	case ChargebackOpened, ChargebackReclassified:
		return requireCode(fieldCategory, e.Category.String())
	case ReturnAnswered:
		return requireCode(fieldAnswer, e.Answer.String())
	}
	return nil
}

func validatePlaced(e *Event) *Error {
	if fault := requireInstant(fieldOrderDate, e.OrderDate); fault != nil {
		return fault
	}
	if e.OrderDate-e.OccurredAt > maxOrderLead {
		return invalid(fieldOrderDate, showInstant(e.OrderDate), "is more than 24 h later than occurred_at "+showInstant(e.OccurredAt))
	}
	if fault := requireCode(fieldChannel, e.Channel.String()); fault != nil {
		return fault
	}
	for i := range e.Items {
		if fault := validateItem(&e.Items[i]); fault != nil {
			fault.Field = itemField(i, fault.Field)
			return fault
		}
	}
	if fault := checkTextWithin(MaxSiteBytes, "marketplace", e.Marketplace); fault != nil {
		return fault
	}
	if fault := checkTextWithin(MaxSiteBytes, "ship_country", e.ShipCountry); fault != nil {
		return fault
	}
	return validatePromises(e)
}

func validateMetrics(names []string) *Error {
	if len(names) > MaxMetrics {
		return invalid(fieldMetrics, "", tooManyMetrics)
	}
	for i, name := range names {
		if fault := requireText(metricField(i), name); fault != nil {
			return fault
		}
	}
	return nil
}

func validateItem(item *Item) *Error {
	if fault := requireText("item_id", item.ItemID); fault != nil {
		return fault
	}
	return checkText("product_line", item.ProductLine)
}

func validatePromises(e *Event) *Error {
	if fault := checkInstant(fieldShipBy, e.ShipBy); fault != nil {
		return fault
	}
	return checkInstant(fieldDeliverBy, e.DeliverBy)
}

func validateTracking(e *Event) *Error {
	if e.Kind == ShipmentTrackingUpdated && !e.Carrier.Given {
		return missing(fieldCarrier)
	}
	if e.Kind == ShipmentTrackingUpdated && !e.TrackingID.Given {
		return missing(fieldTrackingID)
	}
	if fault := checkText("carrier", e.Carrier.Value); fault != nil {
		return fault
	}
	if fault := checkText("tracking_id", e.TrackingID.Value); fault != nil {
		return fault
	}
	return checkInstant(fieldDeliverBy, e.DeliverBy)
}

func requireText(name, text string) *Error {
	if text == "" {
		return &Error{Reason: Invalid, Field: name, Problem: "is missing or empty"}
	}
	return checkText(name, text)
}

func checkText(name, text string) *Error { return checkTextWithin(MaxTextBytes, name, text) }

func checkTextWithin(most int, name, text string) *Error {
	if len(text) > most {
		return &Error{Reason: Invalid, Field: name, Value: quote(text), Problem: fmt.Sprintf("is longer than %d bytes", most)}
	}
	if !utf8.ValidString(text) {
		return &Error{Reason: Invalid, Field: name, Value: quote(text), Problem: "is not UTF-8"}
	}
	return nil
}

func requireInstant(f field, instant Millis) *Error {
	if instant == None {
		return missing(f)
	}
	return checkInstant(f, instant)
}

func checkInstant(f field, instant Millis) *Error {
	if instant != None && (instant < minInstant || instant > maxInstant) {
		return invalid(f, strconv.FormatInt(instant, 10), "is outside the years 1 to 9999")
	}
	return nil
}

func requireCode(f field, name string) *Error {
	if name == "" {
		return missing(f)
	}
	return nil
}

func showInstant(instant Millis) string { return FormatInstant(instant) }

func metricField(index int) string { return fmt.Sprintf("metrics[%d]", index) }

func itemField(index int, name string) string { return fmt.Sprintf("items[%d].%s", index, name) }
