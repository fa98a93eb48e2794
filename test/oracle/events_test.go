package oracle

import (
	"fmt"
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
func part(id string) change               { return func(e *events.Event) { e.PartID = id } }
func rated(rating int32) change           { return func(e *events.Event) { e.Rating = rating } }
func shippedBy(at events.Millis) change   { return func(e *events.Event) { e.ShipBy = at } }
func deliveredBy(at events.Millis) change { return func(e *events.Event) { e.DeliverBy = at } }
func dated(at events.Millis) change       { return func(e *events.Event) { e.OrderDate = at } }

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

// factsAt are the facts of order O of seller S once a log is read and stream time is at least an instant, as words.
func factsAt(now events.Millis, list ...events.Event) string {
	r := run(list...)
	r.AsOf(now)
	s := r.sellers["S"]
	if s == nil || s.orders["O"] == nil {
		return "none"
	}
	return r.at(s.orders["O"]).words()
}

func (f *facts) words() string {
	var words []string
	for _, w := range []struct {
		name string
		is   bool
	}{
		{"counted", f.counted},
		{"seller_cancelled", f.sellerCancelled},
		{"late_shipped", f.lateShipped},
		{"negative_feedback", f.negativeFeedback},
		{"claim", f.claim},
		{"claim_counts", f.claimCounts},
		{"chargeback", f.chargeback},
		{"chargeback_counts", f.chargebackCounts},
		{"defective", f.defective},
		{"refunded", f.refunded},
	} {
		if w.is {
			words = append(words, w.name)
		}
	}
	for _, w := range []struct {
		name  string
		count int
	}{
		{"confirmed", f.shipments},
		{"valid", f.validTracking},
		{"settled", f.settled},
		{"on_time", f.onTime},
		{"requested", f.returns},
		{"negative", f.negativeReturns},
	} {
		if w.count > 0 {
			words = append(words, fmt.Sprint(w.name, "=", w.count))
		}
	}
	return strings.Join(words, " ")
}
