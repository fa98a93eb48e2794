package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sellerpulse/pkg/events"
)

// action is what a line makes happen: messages that arrive one after the other, or time that passes.
type action interface{}

// message is one record of an input topic.
type message struct {
	topic     events.Topic
	kind      string // as the contract has it; empty for raw bytes
	order     string // empty for raw bytes
	key       string
	value     []byte
	timestamp events.Millis // the record's
}

// passing is time that passes without an event.
type passing struct{ until events.Millis }

// wait reads "wait 2d" and "wait until TIME".
func (p *parser) wait(number int, rest string) error {
	if err := p.started(); err != nil {
		return err
	}
	w, err := split(rest)
	if err != nil {
		return err
	}
	var m moment
	if w.take("until") {
		m, err = p.moment(w)
	} else {
		var text string
		if text, err = w.next("\"until\" and a time, or a length of time,"); err == nil {
			m.at, err = duration(text)
			m.after = true
		}
	}
	if err == nil {
		err = w.end()
	}
	if err == nil {
		err = p.move(m)
	}
	if err == nil {
		p.add(step{line: number, act: passing{p.now}})
	}
	return err
}

// move sets the time that later lines are relative to.
func (p *parser) move(m moment) error {
	if m.after && p.now == events.None {
		return fmt.Errorf("a length of time with nothing before it: write the first time like 2026-01-05 10:00")
	}
	p.now = m.from(p.now)
	return nil
}

// at reads a line of events.
func (p *parser) at(number int, rest string) error {
	if err := p.started(); err != nil {
		return err
	}
	rest, raw, isRaw := cutWord(rest, "raw")
	w, err := split(rest)
	if err != nil {
		return err
	}
	m, err := p.moment(w)
	if err != nil {
		return err
	}
	if err := p.move(m); err != nil {
		return err
	}
	if isRaw {
		if err := w.end(); err != nil {
			return err
		}
		return p.raw(number, raw)
	}
	d, err := p.draft(w)
	if err != nil {
		return err
	}
	return p.write(number, d)
}

// draft is a line of events before its names and times are filled in.
type draft struct {
	event             events.Event
	key               *string
	orderDate, ship   *moment
	deliver, recorded *moment
	every             int64 // milliseconds from one event of the line to the next
	eventID           string
	parts             []string
}

// write adds a line's messages: one for each seller, order and part that it names.
func (p *parser) write(number int, d *draft) error {
	var list []message
	at := p.now
	for _, seller := range p.sellers {
		for _, order := range p.orders {
			for _, part := range d.parts {
				if len(list) >= maxNames {
					return fmt.Errorf("the line stands for more than %d events", maxNames)
				}
				if len(list) > 0 {
					at += d.every
				}
				list = append(list, p.fill(d, seller, order, part, at))
			}
		}
	}
	p.now = at
	p.add(step{line: number, act: list})
	return nil
}

// fill makes the message of one event of a line.
func (p *parser) fill(d *draft, seller, order, part string, at events.Millis) message {
	p.named++
	e := d.event
	e.OccurredAt, e.SellerID, e.OrderID, e.PartID = at, seller, order, part
	if e.EventID = d.eventID; e.EventID == "" {
		e.EventID = "e" + strconv.Itoa(p.named)
	}
	instant := func(m *moment, otherwise events.Millis) events.Millis {
		if m == nil {
			return otherwise
		}
		return m.from(at)
	}
	e.OrderDate = events.None
	if e.Kind == events.OrderPlaced {
		e.OrderDate = instant(d.orderDate, at)
	}
	e.ShipBy, e.DeliverBy = instant(d.ship, events.None), instant(d.deliver, events.None)
	m := message{topic: e.Topic, kind: e.Kind.String(), order: order, key: seller, timestamp: instant(d.recorded, at)}
	if d.key != nil {
		m.key = *d.key
	}
	m.value = events.AppendJSON(nil, &e, false)
	return m
}

// partTopics are the words that name a part of an order, by topic.
var partTopics = [events.NumTopics]string{
	events.Orders: "order", events.Shipments: "shipment", events.Feedback: "feedback", events.Claims: "claim",
	events.Chargebacks: "chargeback", events.Returns: "return",
}

// draft reads who, what and the details of a line of events.
func (p *parser) draft(w *words) (*draft, error) {
	d := &draft{parts: []string{""}}
	d.event.Channel = events.MFN
	var err error
	if w.take("seller") {
		if p.sellers, err = w.names("the seller's name"); err != nil {
			return nil, err
		}
	}
	if w.take("order") {
		if p.orders, err = w.names("the order's name"); err != nil {
			return nil, err
		}
	}
	if topic := slices.Index(partTopics[1:], w.peek()) + 1; topic > 0 {
		_, _ = w.next("")
		d.event.Topic = events.Topic(topic)
		if d.parts, err = w.names("the " + partTopics[topic] + "'s name"); err != nil {
			return nil, err
		}
	}
	if err := d.verb(w); err != nil {
		return nil, err
	}
	for {
		more, err := w.detail()
		if err != nil || !more {
			return d, err
		}
		if err := p.detail(d, w); err != nil {
			return nil, err
		}
	}
}

// verb reads what happened, and what belongs to it without a comma.
func (d *draft) verb(w *words) error {
	text, err := w.next("what happened")
	if err != nil {
		return err
	}
	e := &d.event
	kind, ok := events.ParseKind(e.Topic, code(text))
	if !ok || text != strings.ToLower(text) {
		return unknown(fmt.Sprintf("what happened to the %s,", partTopics[e.Topic]), text, kindNames(e.Topic)...)
	}
	e.Kind = kind
	switch kind {
	case events.OrderCancelled:
		if err := w.need("by"); err != nil {
			return err
		}
		e.Reason = events.OtherReason
		return choose(w, "who cancelled", &e.CancelledBy, events.ParseParty, "seller", "buyer", "marketplace")
	case events.FeedbackLeft:
		var rating string
		if rating, err = w.next("the rating"); err != nil {
			return err
		}
		n, err := strconv.ParseInt(rating, 10, 32)
		e.Rating = int32(n)
		if err != nil {
			return fmt.Errorf("rating %q is no number", rating)
		}
	case events.OrderExcused:
		e.Excused = true
	case events.ChargebackOpened, events.ChargebackReclassified:
		return choose(w, "the category", &e.Category, events.ParseCategory, "fraud", "service")
	case events.ReturnAnswered:
		return choose(w, "the answer", &e.Answer, events.ParseAnswer, "authorized", "refunded", "closed", "rejected")
	case events.ReturnFeedback:
		e.Negative = w.take("negative")
		if !e.Negative && !w.take("positive") {
			return unknown("the buyer's word on the return,", w.peek(), "negative", "positive")
		}
	}
	return nil
}

// kindNames are the words for what can happen in a topic.
func kindNames(topic events.Topic) (names []string) {
	for k := events.OrderPlaced; k < events.NumKinds; k++ {
		if k.Topic() == topic {
			names = append(names, strings.ToLower(strings.ReplaceAll(k.String(), "_", "-")))
		}
	}
	return names
}

// choose reads one of the words of a closed set.
func choose[T any](w *words, what string, value *T, parse func(string) (T, bool), allowed ...string) error {
	text, err := w.next(what)
	if err != nil {
		return err
	}
	v, ok := parse(code(text))
	if !ok || text != strings.ToLower(text) {
		return unknown(what, text, allowed...)
	}
	*value = v
	return nil
}
