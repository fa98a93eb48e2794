package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"sellerpulse/pkg/events"
)

// start is noon of the day on which the tests' orders are placed, day its midnight.
var (
	midnight = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	start    = midnight + 12*hour
)

func hours(n int64) events.Millis { return start + n*hour }
func days(n int64) events.Millis  { return start + n*day }

type change func(*events.Event)

// event is an event of order O of seller S, with what its kind needs at the least.
func event(kind events.Kind, at events.Millis, changes ...change) events.Event {
	e := events.Event{
		Topic: topicOf(kind), Kind: kind, EventID: fmt.Sprint(kind, "@", at), OccurredAt: at, SellerID: "S", OrderID: "O",
		OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
	}
	if e.Topic != events.Orders {
		e.PartID = "1"
	}
	switch kind {
	case events.OrderPlaced:
		e.OrderDate, e.Channel = at, events.MFN
		e.Items = []events.Item{{ItemID: "1", ProductLine: "toys", Quantity: 1}}
	case events.OrderCancelled:
		e.CancelledBy, e.Reason = events.Seller, events.OutOfStock
	case events.OrderExcused:
		e.Excused = true
	case events.FeedbackLeft:
		e.Rating = 1
	case events.ChargebackOpened, events.ChargebackReclassified:
		e.Category = events.Service
	case events.ReturnAnswered:
		e.Answer = events.Authorized
	}
	for _, c := range changes {
		c(&e)
	}
	return e
}

func topicOf(kind events.Kind) events.Topic {
	for topic, kinds := range kindsOf {
		if isOneOf(kind, kinds) {
			return events.Topic(topic)
		}
	}
	return events.Orders
}

func placed(at events.Millis, changes ...change) events.Event {
	return event(events.OrderPlaced, at, changes...)
}

func pending(e *events.Event)     { e.Pending = true }
func afn(e *events.Event)         { e.Channel = events.AFN }
func asked(e *events.Event)       { e.RequestedByBuyer = true }
func negative(e *events.Event)    { e.Negative = true }
func fraud(e *events.Event)       { e.Category = events.Fraud }
func rejected(e *events.Event)    { e.Answer, e.InPolicy = events.Rejected, true }
func outOfPolicy(e *events.Event) { e.Answer = events.Rejected }

func inOrder(id string) change            { return func(e *events.Event) { e.OrderID = id } }
func ofSeller(id string) change           { return func(e *events.Event) { e.SellerID = id } }
func ofPart(id string) change             { return func(e *events.Event) { e.PartID = id } }
func rated(rating int32) change           { return func(e *events.Event) { e.Rating = rating } }
func shippedBy(at events.Millis) change   { return func(e *events.Event) { e.ShipBy = at } }
func deliveredBy(at events.Millis) change { return func(e *events.Event) { e.DeliverBy = at } }
func dated(at events.Millis) change       { return func(e *events.Event) { e.OrderDate = at } }

func at(marketplace string) change      { return func(e *events.Event) { e.Marketplace = marketplace } }
func to(country string) change          { return func(e *events.Event) { e.ShipCountry = country } }
func excusing(metrics ...string) change { return func(e *events.Event) { e.Metrics = metrics } }
func unexcused(e *events.Event)         { e.Excused = false }

func because(reason events.BuyerReason) change {
	return func(e *events.Event) { e.BuyerReason = reason }
}

func cancelledBy(party events.Party, reason events.Reason) change {
	return func(e *events.Event) { e.CancelledBy, e.Reason = party, reason }
}

func tracked(carrier, id string) change {
	return func(e *events.Event) {
		e.Carrier, e.TrackingID = events.Text{Value: carrier, Given: true}, events.Text{Value: id, Given: true}
	}
}

func lines(names ...string) change {
	return func(e *events.Event) {
		e.Items = nil
		for i, name := range names {
			e.Items = append(e.Items, events.Item{ItemID: fmt.Sprint(i), ProductLine: name, Quantity: 1})
		}
	}
}

// goodTracking takes every id of carrier ups that begins with OK.
func goodTracking(carrier, id string) bool { return carrier == "ups" && strings.HasPrefix(id, "OK") }

// records are events as they come from the log, each on its own offset, at the time at which they happened.
func records(list ...events.Event) []Record {
	var rs []Record
	for i, e := range list {
		rs = append(rs, Record{Topic: e.Topic, Offset: int64(i), Timestamp: e.OccurredAt, Key: []byte(e.SellerID), Event: e})
	}
	return rs
}

func run(list ...events.Event) *Result {
	return Run(records(list...), Options{ValidTracking: goodTracking})
}

// pack is a file of rules without a name.
func pack(rules ...Rule) []Pack { return []Pack{{Rules: rules}} }

// ruleOf is a rule with what it needs at the least: of late shipments, or of tracked parcels if its target is to be exceeded.
func ruleOf(r Rule) *rule {
	metric := Text("late_shipment_rate")
	if r.Target != "" && r.Target[0] == '>' || r.Levels != nil && r.Levels[0].Target[0] == '>' {
		metric = "valid_tracking_rate"
	}
	r.Name, r.Metric, r.Window = "r", cmp.Or(r.Metric, metric), Over("30d")
	return compile(pack(r)).versions()[0]
}

// factsAt are the facts of order O of seller S once a log is read and stream time is at least an instant, as words.
func factsAt(now events.Millis, list ...events.Event) string {
	if f := orderAt(now, list...); f != nil {
		return f.words(oldFacts)
	}
	return "none"
}

// orderAt is what is true of order O of seller S; nil if it was not placed.
func orderAt(now events.Millis, list ...events.Event) *facts {
	r := run(list...)
	r.AsOf(now)
	s := r.sellers["S"]
	if s == nil || s.orders["O"] == nil {
		return nil
	}
	return r.at(s.orders["O"], 0)
}

// oldFacts are those that the built-in metrics ask for.
var oldFacts = []fact{
	counted, sellerCancelled, lateShipped, negativeFeedback, claimed, claimCounts, chargedBack, chargebackCounts, defective, refunded,
	confirmed, validTracking, settled, onTime, requested, negativeReturn,
}

// words are those of some facts that are true; of parts of an order with their number.
func (f *facts) words(of []fact) string {
	var words []string
	for _, is := range of {
		n := 0
		for _, part := range slices.Concat(f.shipments, f.returns) {
			n += oneIf(part.has(is))
		}
		switch {
		case f.order.has(is):
			words = append(words, string(factNames[is]))
		case n > 0:
			words = append(words, fmt.Sprint(factNames[is], "=", n))
		}
	}
	return strings.Join(words, " ")
}

// claimOf is a claim on order A1, A2, …
func claimOf(order int, when events.Millis, changes ...change) events.Event {
	return event(events.ClaimOpened, when, append([]change{inOrder(fmt.Sprint("A", order))}, changes...)...)
}
