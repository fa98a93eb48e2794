package events

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// ParseLine reads an event as a line of JSON, which says its topic. Texts of e alias the line, which must not change
// while they are used; the slice of items is used again by the next call. The error is an *Error.
func ParseLine(line []byte, e *Event) error {
	var found sources
	if err := found.split(line); err != nil {
		return err
	}
	topic, err := found.topic()
	if err != nil {
		return err
	}
	return found.event(topic, e)
}

// decodeJSON reads an event of a topic. A topic field is ignored.
func decodeJSON(topic Topic, value []byte, e *Event) error {
	var found sources
	if err := found.split(value); err != nil {
		return err
	}
	return found.event(topic, e)
}

// byteOrderMark is what some programs put before UTF-8. Like white space, it is passed over.
const byteOrderMark = "\uFEFF"

// startsLate is whether an object of JSON begins after a byte order mark or white space.
func startsLate(value []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(value, []byte(byteOrderMark)), " \t\r\n"), []byte{'{'})
}

// sources are the values of an object's known fields as they were written; absent ones are empty. Each topic's name
// of the part's id is apart, because the topic may come last.
type sources struct {
	fields [numFields]string
	parts  [NumTopics]string
}

// split finds the fields of an object, which is to be all there is.
func (f *sources) split(value []byte) error {
	text := unsafe.String(unsafe.SliceData(value), len(value))
	if !utf8.ValidString(text) {
		return undecodable("read JSON: it is not UTF-8")
	}
	s := scanner{text: strings.TrimPrefix(text, byteOrderMark)}
	if !s.take('{') {
		return undecodable("read JSON: it is not an object")
	}
	if err := f.scan(&s); err != nil {
		return err
	}
	if s.peek(); s.pos < len(s.text) {
		return undecodable("read JSON: %d bytes are left over", len(s.text)-s.pos)
	}
	return nil
}

func (f *sources) scan(s *scanner) error {
	for first := true; ; first = false {
		name, err := s.member(first)
		if err != nil {
			return jsonFault(s, err)
		}
		if name == "" {
			return nil
		}
		value, err := s.value(1)
		if err != nil {
			return jsonFault(s, err)
		}
		place := f.place(name)
		if place == nil {
			continue
		}
		if *place != "" {
			text, _ := unquote(name)
			return &Error{Reason: Invalid, Field: text, Value: shorten(value), Problem: "is given twice"}
		}
		*place = value
	}
}

func jsonFault(s *scanner, err error) *Error {
	return undecodable("read JSON: %v near byte %d", err, s.pos)
}

// place gives the place of a field by its name's source, nil for an unknown one. It is a switch, and not a look-up in
// fieldsByName, because that took a sixth of the time of a line.
func (f *sources) place(source string) *string {
	name, ok := unquote(source)
	if !ok {
		return nil
	}
	switch name {
	case "topic":
		return &f.fields[fieldTopic]
	case "kind":
		return &f.fields[fieldKind]
	case "event_id":
		return &f.fields[fieldEventID]
	case "occurred_at":
		return &f.fields[fieldOccurredAt]
	case "seller_id":
		return &f.fields[fieldSellerID]
	case "order_id":
		return &f.fields[fieldOrderID]
	case "order_date":
		return &f.fields[fieldOrderDate]
	case "channel":
		return &f.fields[fieldChannel]
	case "pending":
		return &f.fields[fieldPending]
	case "items":
		return &f.fields[fieldItems]
	case "carrier":
		return &f.fields[fieldCarrier]
	case "tracking_id":
		return &f.fields[fieldTrackingID]
	case "ship_by":
		return &f.fields[fieldShipBy]
	case "deliver_by":
		return &f.fields[fieldDeliverBy]
	case "cancelled_by":
		return &f.fields[fieldCancelledBy]
	case "requested_by_buyer":
		return &f.fields[fieldRequestedByBuyer]
	case "reason":
		return &f.fields[fieldReason]
	case "rating":
		return &f.fields[fieldRating]
	case "category":
		return &f.fields[fieldCategory]
	case "answer":
		return &f.fields[fieldAnswer]
	case "in_policy":
		return &f.fields[fieldInPolicy]
	case "negative":
		return &f.fields[fieldNegative]
	case "marketplace":
		return &f.fields[fieldMarketplace]
	case "ship_country":
		return &f.fields[fieldShipCountry]
	case "metrics":
		return &f.fields[fieldMetrics]
	case "excused":
		return &f.fields[fieldExcused]
	}
	return f.partPlace(name)
}

// partPlace gives the place of a part's id, nil for what is none.
func (f *sources) partPlace(name string) *string {
	switch name {
	case "shipment_id":
		return &f.parts[Shipments]
	case "feedback_id":
		return &f.parts[Feedback]
	case "claim_id":
		return &f.parts[Claims]
	case "chargeback_id":
		return &f.parts[Chargebacks]
	case "return_id":
		return &f.parts[Returns]
	}
	return nil
}

func (f *sources) topic() (Topic, error) {
	source := f.fields[fieldTopic]
	if source == "" || source == "null" {
		return 0, missing(fieldTopic)
	}
	if source[0] == '"' {
		name, _ := unquote(source)
		if topic, ok := ParseTopic(name); ok {
			return topic, nil
		}
	}
	return 0, invalid(fieldTopic, shorten(source), "is none of the input topics")
}

func (f *sources) event(topic Topic, e *Event) error {
	d := newDraft(topic, e)
	f.fields[fieldPartID] = f.parts[topic]
	for known := range fieldTopic {
		source := f.fields[known]
		if source != "" && source != "null" {
			d.parse(known, source)
		}
	}
	return d.finish()
}

// parse reads a value into its field.
func (d *draft) parse(f field, source string) {
	d.got(f)
	switch shapes[f] {
	case shapeText:
		*d.e.text(f) = d.parseText(f, source)
	case shapeOptionalText:
		*d.e.optionalText(f) = Text{d.parseText(f, source), true}
	case shapeInstant:
		d.parseInstant(f, source)
	case shapeFlag:
		*d.e.flag(f) = source == "true"
		if source != "true" && source != "false" {
			d.blame(f, shorten(source), "is not "+expected[shapeFlag])
		}
	case shapeCode:
		if text := d.parseText(f, source); !d.blamed(f) {
			d.setName(f, text)
		}
	case shapeNumber:
		n, ok := parseNumber(source)
		if !ok {
			d.blame(f, shorten(source), "is not "+expected[shapeNumber])
		}
		d.e.Rating = n
	case shapeItems:
		d.parseItems(source)
	case shapeTexts:
		d.parseMetrics(source)
	}
}

func (d *draft) parseText(f field, source string) string {
	if source[0] != '"' {
		d.blame(f, shorten(source), "is not "+expected[shapes[f]])
		return ""
	}
	text, ok := unquote(source)
	if !ok {
		d.blame(f, shorten(source), "has half a surrogate pair")
	}
	return text
}

func (d *draft) parseInstant(f field, source string) {
	const notATime = "is not an RFC 3339 time such as 2026-01-02T03:04:05Z"
	if source[0] != '"' {
		d.blame(f, shorten(source), notATime)
		return
	}
	text := d.parseText(f, source)
	if d.blamed(f) {
		return
	}
	instant, ok := parseInstant(text)
	if !ok {
		d.blame(f, quote(text), notATime)
	} else if instant < minInstant || instant > maxInstant {
		d.blame(f, quote(text), "is outside the years 1 to 9999")
	}
	*d.e.instant(f) = instant
}

func parseNumber(source string) (int32, bool) {
	if c := source[0]; c != '-' && c-'0' > 9 {
		return 0, false
	}
	n, err := strconv.ParseInt(source, 10, 32)
	if err != nil {
		return parseWhole(source)
	}
	return int32(n), true
}

// exactBytes bounds the digits to what a float tells apart.
const exactBytes = 15

// parseWhole reads a whole number that is written with a fraction or an exponent, as 5.0 or 1e3: to JSON they are the same.
func parseWhole(source string) (int32, bool) {
	f, err := strconv.ParseFloat(source, 64)
	tiny := f == 0 && strings.ContainsAny(source, "123456789")
	n := int32(f)
	return n, err == nil && len(source) <= exactBytes && !tiny && float64(n) == f
}
