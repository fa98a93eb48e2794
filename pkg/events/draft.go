package events

import "math/bits"

// draft is an event under construction: which fields came, and what was wrong with them. A fault counts only if the
// field belongs to the event's kind, which may come last.
type draft struct {
	e      *Event
	have   fieldSet
	faults []fault
}

type fault struct {
	field field
	err   *Error
}

// reset empties the event but for its slices, whose room is used again.
func (e *Event) reset(topic Topic) {
	*e = Event{
		Topic: topic, OccurredAt: None, OrderDate: None, ShipBy: None, DeliverBy: None, Items: e.Items[:0], Metrics: e.Metrics[:0],
	}
}

func newDraft(topic Topic, e *Event) draft {
	e.reset(topic)
	return draft{e: e}
}

func (d *draft) got(f field) { d.have |= 1 << f }

// blame notes that a field came with something wrong. Only the first fault of a field is kept.
func (d *draft) blame(f field, value, problem string) {
	if !d.blamed(f) {
		d.faults = append(d.faults, fault{f, invalid(f, value, problem)})
	}
}

// keepMetric appends a metric's name, and blames one more than there may be.
func (d *draft) keepMetric(name string) {
	if len(d.e.Metrics) == MaxMetrics {
		d.blame(fieldMetrics, "", tooManyMetrics)
		return
	}
	d.e.Metrics = append(d.e.Metrics, name)
}

// blameItem notes that something is wrong with a field of an item.
func (d *draft) blameItem(index int, f field, value, problem string) {
	if !d.blamed(fieldItems) {
		err := &Error{Reason: Invalid, Field: itemField(index, f.String()), Value: value, Problem: problem}
		d.faults = append(d.faults, fault{fieldItems, err})
	}
}

func (d *draft) blamed(f field) bool {
	for _, fault := range d.faults {
		if fault.field == f {
			return true
		}
	}
	return false
}

// finish judges the event by its kind, and removes what does not belong to it.
func (d *draft) finish() error {
	e := d.e
	if d.blamed(fieldKind) || e.Kind == 0 {
		return d.kindFault()
	}
	for _, fault := range d.faults {
		if allows[e.Kind].has(fault.field) {
			fault.err.Field = d.nameOf(fault)
			return fault.err
		}
	}
	if lacks := needs[e.Kind] &^ d.have; lacks != 0 {
		f := field(bits.TrailingZeros32(uint32(lacks)))
		return &Error{Reason: Invalid, Field: f.nameIn(e.Topic), Problem: "is missing"}
	}
	if extra := d.have &^ allows[e.Kind]; extra != 0 {
		e.clear(extra)
	}
	if e.Kind == OrderExcused && !d.have.has(fieldExcused) {
		e.Excused = true
	}
	return Validate(e)
}

func (d *draft) kindFault() error {
	for _, fault := range d.faults {
		if fault.field == fieldKind {
			return fault.err
		}
	}
	return missing(fieldKind)
}

func (d *draft) nameOf(f fault) string {
	if f.field == fieldPartID {
		return partNames[d.e.Topic]
	}
	return f.err.Field
}

// clear removes fields that an event of its kind does not have.
func (e *Event) clear(fields fieldSet) {
	for f := fieldOrderDate; f < fieldTopic; f++ {
		if !fields.has(f) {
			continue
		}
		switch f {
		case fieldItems:
			e.Items = e.Items[:0]
		case fieldMetrics:
			e.Metrics = e.Metrics[:0]
		case fieldMarketplace, fieldShipCountry:
			*e.text(f) = ""
		case fieldRating:
			e.Rating = 0
		case fieldCarrier:
			e.Carrier = Text{}
		case fieldTrackingID:
			e.TrackingID = Text{}
		case fieldOrderDate, fieldShipBy, fieldDeliverBy:
			*e.instant(f) = None
		case fieldPending, fieldRequestedByBuyer, fieldInPolicy, fieldNegative, fieldExcused:
			*e.flag(f) = false
		default:
			e.setCode(f, 0)
		}
	}
}

// text gives the place of a text that is required, or empty where it is absent.
func (e *Event) text(f field) *string {
	switch f {
	case fieldEventID:
		return &e.EventID
	case fieldSellerID:
		return &e.SellerID
	case fieldOrderID:
		return &e.OrderID
	case fieldMarketplace:
		return &e.Marketplace
	case fieldShipCountry:
		return &e.ShipCountry
	}
	return &e.PartID
}

// optionalText gives the place of a text that may be absent.
func (e *Event) optionalText(f field) *Text {
	if f == fieldCarrier {
		return &e.Carrier
	}
	return &e.TrackingID
}

func (e *Event) instant(f field) *Millis {
	switch f {
	case fieldOccurredAt:
		return &e.OccurredAt
	case fieldOrderDate:
		return &e.OrderDate
	case fieldShipBy:
		return &e.ShipBy
	}
	return &e.DeliverBy
}

func (e *Event) flag(f field) *bool {
	switch f {
	case fieldPending:
		return &e.Pending
	case fieldRequestedByBuyer:
		return &e.RequestedByBuyer
	case fieldInPolicy:
		return &e.InPolicy
	case fieldExcused:
		return &e.Excused
	}
	return &e.Negative
}

// setCode sets a field of a closed set.
func (e *Event) setCode(f field, code uint8) {
	switch f {
	case fieldKind:
		e.Kind = Kind(code)
	case fieldChannel:
		e.Channel = Channel(code)
	case fieldCancelledBy:
		e.CancelledBy = Party(code)
	case fieldReason:
		e.setReason(code)
	case fieldCategory:
		e.Category = Category(code)
	case fieldAnswer:
		e.Answer = Answer(code)
	}
}

// setReason sets the reason that events of the topic have.
func (e *Event) setReason(code uint8) {
	if e.Topic == Orders {
		e.Reason = Reason(code)
	} else {
		e.BuyerReason = BuyerReason(code)
	}
}

// reasonsOf are the reasons that events of a topic have.
func reasonsOf(topic Topic) []string {
	if topic == Orders {
		return reasonNames
	}
	return buyerReasonNames
}

// codeOf finds a text in a field's closed set; 0 is none.
func codeOf(topic Topic, f field, text string) uint8 {
	switch f {
	case fieldKind:
		k, _ := ParseKind(topic, text)
		return uint8(k)
	case fieldChannel:
		return codeIn(channelNames, text)
	case fieldCancelledBy:
		return codeIn(partyNames, text)
	case fieldReason:
		return codeIn(reasonsOf(topic), text)
	case fieldCategory:
		return codeIn(categoryNames, text)
	}
	return codeIn(answerNames, text)
}

func codeIn(names []string, text string) uint8 {
	code, _ := parseName[uint8](names, text)
	return code
}

// shape is what a field's values are.
type shape uint8

const (
	shapeText shape = iota
	shapeOptionalText
	shapeInstant
	shapeFlag
	shapeCode
	shapeNumber
	shapeItems
	shapeTexts
)

var shapes = [numFields]shape{
	fieldKind: shapeCode, fieldOccurredAt: shapeInstant, fieldOrderDate: shapeInstant, fieldChannel: shapeCode,
	fieldPending: shapeFlag, fieldItems: shapeItems, fieldCarrier: shapeOptionalText, fieldTrackingID: shapeOptionalText,
	fieldShipBy: shapeInstant, fieldDeliverBy: shapeInstant, fieldCancelledBy: shapeCode,
	fieldRequestedByBuyer: shapeFlag, fieldReason: shapeCode, fieldRating: shapeNumber, fieldCategory: shapeCode,
	fieldAnswer: shapeCode, fieldInPolicy: shapeFlag, fieldNegative: shapeFlag, fieldMetrics: shapeTexts, fieldExcused: shapeFlag, fieldTopic: shapeCode, fieldQuantity: shapeNumber,
}

// expected says what a shape's values are to be, for errors.
var expected = [...]string{
	shapeText: "a string", shapeOptionalText: "a string or null", shapeInstant: "a time", shapeFlag: "a boolean",
	shapeCode: "a known text", shapeNumber: "a whole number of 32 bits", shapeItems: "a list of objects", shapeTexts: "a list of strings",
}
