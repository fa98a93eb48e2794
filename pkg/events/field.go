package events

// field is a field of an event. Their order is that of AppendJSON and of the schemas.
type field uint8

const (
	fieldKind field = iota
	fieldEventID
	fieldOccurredAt
	fieldSellerID
	fieldOrderID
	fieldPartID // under the name that the topic gives it
	fieldOrderDate
	fieldChannel
	fieldPending
	fieldItems
	fieldCarrier
	fieldTrackingID
	fieldShipBy
	fieldDeliverBy
	fieldCancelledBy
	fieldRequestedByBuyer
	fieldReason
	fieldRating
	fieldCategory
	fieldAnswer
	fieldInPolicy
	fieldNegative
	fieldMarketplace
	fieldShipCountry
	fieldMetrics
	fieldExcused
	fieldTopic // of a line of JSON only
	fieldItemID
	fieldProductLine
	fieldQuantity
	numFields
)

var fieldNames = [numFields]string{
	"kind", "event_id", "occurred_at", "seller_id", "order_id", "part id",
	"order_date", "channel", "pending", "items", "carrier", "tracking_id", "ship_by", "deliver_by",
	"cancelled_by", "requested_by_buyer", "reason", "rating", "category", "answer", "in_policy", "negative",
	"marketplace", "ship_country", "metrics", "excused", "topic",
	"item_id", "product_line", "quantity",
}

// partNames are the names of fieldPartID.
var partNames = [NumTopics]string{"", "shipment_id", "feedback_id", "claim_id", "chargeback_id", "return_id"}

// String is the field's name, where it does not depend on the topic.
func (f field) String() string { return fieldNames[f] }

// nameIn is the field's name in a topic.
func (f field) nameIn(topic Topic) string {
	if f == fieldPartID {
		return partNames[topic]
	}
	return fieldNames[f]
}

// fieldsByName finds fields by their names: in all topics but for the part's id, which has a name a topic.
var fieldsByName = func() (all [NumTopics]map[string]field) {
	for t := range all {
		all[t] = make(map[string]field, numFields)
		for f := range fieldTopic {
			if name := f.nameIn(Topic(t)); name != "" {
				all[t][name] = f
			}
		}
	}
	return all
}()

// fieldSet is a set of fields, a bit each.
type fieldSet uint32

func setOf(fields ...field) fieldSet {
	var s fieldSet
	for _, f := range fields {
		s |= 1 << f
	}
	return s
}

func (s fieldSet) has(f field) bool { return s>>f&1 == 1 }

// needs and allows say which fields an event of a kind must and may have.
var needs, allows = kindFields()

func kindFields() (needed, allowed [NumKinds]fieldSet) {
	every := setOf(fieldKind, fieldEventID, fieldOccurredAt, fieldSellerID, fieldOrderID)
	for k := OrderPlaced; k < NumKinds; k++ {
		needed[k] = every
		if k.Topic() != Orders {
			needed[k] |= setOf(fieldPartID)
		}
	}
	for k, fields := range map[Kind]fieldSet{
		OrderPlaced:             setOf(fieldOrderDate, fieldChannel),
		OrderCancelled:          setOf(fieldCancelledBy, fieldReason),
		ShipmentTrackingUpdated: setOf(fieldCarrier, fieldTrackingID),
		FeedbackLeft:            setOf(fieldRating),
		ChargebackOpened:        setOf(fieldCategory),
		ChargebackReclassified:  setOf(fieldCategory),
		ReturnAnswered:          setOf(fieldAnswer),
		ReturnFeedback:          setOf(fieldNegative),
	} {
		needed[k] |= fields
	}
	allowed = needed
	for k, fields := range map[Kind]fieldSet{
		OrderPlaced:       setOf(fieldPending, fieldItems, fieldShipBy, fieldDeliverBy, fieldMarketplace, fieldShipCountry),
		OrderAmended:      setOf(fieldShipBy, fieldDeliverBy),
		OrderCancelled:    setOf(fieldRequestedByBuyer),
		OrderExcused:      setOf(fieldMetrics, fieldExcused),
		ShipmentConfirmed: setOf(fieldCarrier, fieldTrackingID, fieldDeliverBy),
		ClaimOpened:       setOf(fieldReason),
		ReturnRequested:   setOf(fieldReason),
		ReturnAnswered:    setOf(fieldInPolicy),
	} {
		allowed[k] |= fields
	}
	return needed, allowed
}
