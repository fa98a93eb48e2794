package oracle

import (
	"fmt"
	"testing"

	"sellerpulse/pkg/events"
)

// newFacts are those that only rules of packs ask for.
var newFacts = []fact{
	buyerCancelled, ratedAtAll, rating1, rating2, rating3, rating4, rating5, claimLost, handedOver, handoverLate, hasReturn,
	delivered, promiseDue, answered, answeredLate, rejectedInPolicy,
}

// Points 36 to 38.
func TestFactsOfPacks(t *testing.T) {
	buyer := cancelledBy(events.Buyer, events.BuyerRequest)
	shipBy10 := placed(start, shippedBy(hours(10)))
	ship := func(at int64, changes ...change) events.Event {
		return event(events.ShipmentConfirmed, hours(at), changes...)
	}
	scan := func(at events.Millis, changes ...change) events.Event {
		return event(events.ShipmentScanned, at, changes...)
	}
	for _, c := range []struct {
		name string
		now  events.Millis
		log  []events.Event
		want string
	}{
		{"cancelled by buyer", 0, log(placed(start), event(events.OrderCancelled, hours(1), buyer)), "buyer_cancelled"},
		{"cancelled by the marketplace", 0, log(placed(start), event(events.OrderCancelled, hours(1), cancelledBy(events.Marketplace, events.OtherReason))), "buyer_cancelled"},
		{"cancelled by seller for buyer", 0, log(placed(start), event(events.OrderCancelled, hours(1), asked)), "buyer_cancelled"},
		{"cancelled by seller", 0, log(placed(start), event(events.OrderCancelled, hours(1))), ""},
		{"cancelled once shipped", 0, log(placed(start), ship(1), event(events.OrderCancelled, hours(1), buyer)), ""},
		{"cancelled, then shipped", 0, log(placed(start), ship(2), event(events.OrderCancelled, hours(1), buyer)), "buyer_cancelled"},

		{"rated", 0, log(placed(start), event(events.FeedbackLeft, hours(1), rated(4))), "rated rating_4"},
		{"rated and removed", 0, log(placed(start), event(events.FeedbackLeft, hours(1)), event(events.FeedbackRemoved, hours(2))), ""},
		{"revised", 0, log(placed(start), event(events.FeedbackLeft, hours(1)), event(events.FeedbackLeft, hours(2), rated(5))), "rated rating_5"},
		{"rated twice", 0, log(placed(start), event(events.FeedbackLeft, hours(1)), event(events.FeedbackLeft, hours(2), rated(3), ofPart("2"))), "rated rating_1 rating_3"},

		{"claim granted", 0, log(placed(start), event(events.ClaimOpened, hours(1)), event(events.ClaimGranted, hours(2))), "claim_lost"},
		{"claim reopened", 0, log(placed(start), event(events.ClaimGranted, hours(2)), event(events.ClaimReopened, hours(3))), ""},
		{"appeal granted", 0, log(placed(start), event(events.ClaimGranted, hours(2)), event(events.ClaimAppealGranted, hours(3))), ""},

		{"scanned, never confirmed", hours(99), log(shipBy10, scan(hours(1))), "handed_over"},
		{"confirmed, not scanned, on the last millisecond", hours(34), log(shipBy10, ship(1)), ""},
		{"confirmed, not scanned", hours(34) + 1, log(shipBy10, ship(1)), "handover_late"},
		{"scanned at ship_by", hours(99), log(shipBy10, ship(1), scan(hours(10))), "handed_over"},
		{"scanned after ship_by", 0, log(shipBy10, ship(1), scan(hours(10)+1)), "handed_over handover_late"},
		{"scanned before confirmed", 0, log(shipBy10, ship(12), scan(hours(9))), "handed_over"},
		{"delivered stands for scanned", 0, log(shipBy10, ship(1), event(events.ShipmentDelivered, hours(11))), "handed_over handover_late delivered=1"},
		{"scanned twice", 0, log(shipBy10, ship(1), scan(hours(9)), scan(hours(11))), "handed_over"},
		{"one of two", 0, log(shipBy10, ship(1), scan(hours(9)), ship(1, ofPart("2")), scan(hours(11), ofPart("2"))), "handed_over handover_late"},
		{"without ship_by", hours(99), log(placed(start), ship(1)), ""},
		{"ship_by amended", hours(34) + 1, log(shipBy10, event(events.OrderAmended, hours(2), shippedBy(hours(20))), ship(3)), ""},
		{"ship_by amended and passed", hours(44) + 1, log(shipBy10, event(events.OrderAmended, hours(2), shippedBy(hours(20))), ship(3)), "handover_late"},

		{"promise, at it", hours(30), log(placed(start, deliveredBy(hours(30))), ship(1)), ""},
		{"promise passed, untracked", hours(30) + 1, log(placed(start, deliveredBy(hours(30))), ship(1)), "promise_due=1"},
		{"promise of the parcel", hours(20) + 1, log(placed(start, deliveredBy(hours(30))), ship(1, deliveredBy(hours(20)))), "promise_due=1"},
		{"delivered before the promise", 0, log(placed(start, deliveredBy(hours(30))), ship(1), event(events.ShipmentDelivered, hours(3))), "handed_over delivered=1 promise_due=1"},
		{"no promise", hours(99), log(placed(start), ship(1), event(events.ShipmentDelivered, hours(3))), "handed_over delivered=1"},

		{"return not requested", hours(99), log(placed(start), event(events.ReturnAnswered, hours(2))), ""},
		{"return open", hours(49), log(placed(start), event(events.ReturnRequested, hours(1))), "has_return"},
		{"return open too long", hours(49) + 1, log(placed(start), event(events.ReturnRequested, hours(1))), "has_return answered_late=1"},
		{"return answered in time", hours(99), log(placed(start), event(events.ReturnRequested, hours(1)), event(events.ReturnAnswered, hours(49))), "has_return answered=1"},
		{"return answered late", 0, log(placed(start), event(events.ReturnRequested, hours(1)), event(events.ReturnAnswered, hours(49)+1)), "has_return answered=1 answered_late=1"},
		{"return rejected", 0, log(placed(start), event(events.ReturnRequested, hours(1)), event(events.ReturnAnswered, hours(2), rejected)), "has_return answered=1 rejected_in_policy=1"},
		{"return rejected, then not", 0, log(placed(start), event(events.ReturnRequested, hours(1)), event(events.ReturnAnswered, hours(2), rejected), event(events.ReturnAnswered, hours(3))), "has_return answered=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := orderAt(c.now, c.log...).words(newFacts); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// Points 34 and 50: who is excused of what.
func TestExcuses(t *testing.T) {
	excuse := func(at int64, changes ...change) events.Event {
		return event(events.OrderExcused, hours(at), changes...)
	}
	const late, defect = "late_shipment_rate", "order_defect_rate"
	for _, c := range []struct {
		name         string
		log          []events.Event
		late, defect bool
	}{
		{"nothing said", nil, false, false},
		{"of all", log(excuse(1)), true, true},
		{"of an empty list", log(excuse(1, excusing())), true, true},
		{"of one", log(excuse(1, excusing(late))), true, false},
		{"of both", log(excuse(1, excusing(late, defect))), true, true},
		{"of one, taken back", log(excuse(1, excusing(late)), excuse(2, excusing(late), unexcused)), false, false},
		{"of one, all taken back", log(excuse(1, excusing(late)), excuse(2, unexcused)), false, false},
		{"of all, one taken back", log(excuse(1), excuse(2, excusing(late), unexcused)), false, true},
		{"of all, one taken back before", log(excuse(2), excuse(1, excusing(late), unexcused)), true, true},
		{"yes and no at once", log(excuse(1), excuse(1, excusing(late), unexcused)), true, true},
		{"no and yes at once", log(excuse(1, unexcused), excuse(1, excusing(late))), true, false},
		{"of an unknown metric", log(excuse(1, excusing("shipping"))), false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := orderAt(0, append(log(placed(start)), c.log...)...)
			if f.excused(late) != c.late || f.excused(defect) != c.defect {
				t.Errorf("late %t, defect %t; want %t, %t", f.excused(late), f.excused(defect), c.late, c.defect)
			}
		})
	}
}

func make17() (names []string) {
	for i := range 17 {
		names = append(names, fmt.Sprint("m", i))
	}
	return names
}

// Points 32, 33 and 34: what an order adds to metrics.
func TestMetricsOfPacks(t *testing.T) {
	lateAndSound := log(placed(start, shippedBy(hours(1)), deliveredBy(hours(5))),
		event(events.ShipmentConfirmed, hours(2), tracked("ups", "OK")), event(events.ShipmentConfirmed, hours(2), ofPart("2")),
		event(events.ShipmentDelivered, hours(4)), event(events.FeedbackLeft, hours(5), rated(3)))
	excused := append(log(event(events.OrderExcused, hours(9))), lateAndSound...)
	for _, c := range []struct {
		metric Metric
		log    []events.Event
		want   string
	}{
		{Metric{Bad: Texts{"late_shipped"}}, lateAndSound, "1/1"},
		{Metric{Bad: Texts{"late_shipped"}}, excused, "0/1"},
		{Metric{Bad: Texts{"late_shipped"}, Unless: Texts{"claim", "rated"}}, lateAndSound, "0/1"},
		{Metric{Bad: Texts{"late_shipped"}, Unless: Texts{"claim"}}, lateAndSound, "1/1"},
		{Metric{Bad: Texts{"claim", "rating_3"}, Total: Texts{"rated"}}, lateAndSound, "1/1"},
		{Metric{Bad: Texts{"rating_3"}, Total: Texts{"rated", "claim"}}, lateAndSound, "0/0"},
		{Metric{Good: Texts{"handed_over"}}, lateAndSound, "1/1"},
		{Metric{Good: Texts{"claim"}}, lateAndSound, "0/1"},
		{Metric{Good: Texts{"claim"}}, excused, "0/0"}, // A miss less in the denominator.
		{Metric{Good: Texts{"handed_over"}}, excused, "1/1"},
		{Metric{Good: Texts{"handed_over"}, Unless: Texts{"rated"}}, lateAndSound, "0/1"}, // The unit is a miss …
		{Metric{Good: Texts{"handed_over"}, Unless: Texts{"rated"}}, excused, "0/0"},      // … which is excused then.
		{Metric{Unit: "shipment", Good: Texts{"delivered"}}, lateAndSound, "1/2"},
		{Metric{Unit: "shipment", Good: Texts{"delivered"}}, excused, "1/1"},
		{Metric{Unit: "shipment", Bad: Texts{"valid_tracking"}, Total: Texts{"promise_due"}}, lateAndSound, "1/1"},
		{Metric{Unit: "return", Bad: Texts{"answered"}}, lateAndSound, "0/0"},
		{Metric{Bad: Texts{"late_shipped"}}, log(placed(start, pending)), "0/0"},
	} {
		m := newMetric("p", &c.metric)
		n, d := m.count(orderAt(0, c.log...))
		if got := fmt.Sprint(n, "/", d); got != c.want {
			t.Errorf("%+v: %s, want %s", c.metric, got, c.want)
		}
	}
	built := newMetric("", &Metric{Name: "order_defect_rate", Bad: Texts{"defective"}})
	f := orderAt(0, placed(start), event(events.ClaimOpened, hours(1)), event(events.OrderExcused, hours(2), excusing("order_defect_rate")))
	if n, d := built.count(f); n != 0 || d != 1 || !f.order.has(claimCounts) {
		t.Errorf("excused of the rate: %d/%d, want 0/1 and the claim as it was", n, d)
	}
}

// Point 30: an order as if claims and returns of other reasons had not been.
func TestReasons30(t *testing.T) {
	ask := func(id string, reason events.BuyerReason) events.Event {
		return event(events.ReturnRequested, hours(1), ofPart(id), because(reason))
	}
	list := log(placed(start),
		event(events.ClaimOpened, hours(1), because(events.NotReceived)), event(events.ClaimGranted, hours(2)),
		event(events.ClaimOpened, hours(1), ofPart("2"), because(events.Damaged)), event(events.ClaimDenied, hours(2), ofPart("2")),
		event(events.ClaimReopened, hours(3), ofPart("3")), // Never opened: of no reason.
		event(events.ClaimOpened, hours(1), ofPart("4")),   // Of none either.
		ask("1", events.ChangedMind), ask("2", events.Damaged), ask("3", 0),
	)
	all := []fact{claimed, claimCounts, claimLost, defective, hasReturn, requested}
	for _, c := range []struct {
		reasons Texts
		want    string
	}{
		{nil, "claim claim_counts claim_lost defective has_return requested=3"},
		{Texts{"NOT_RECEIVED"}, "claim claim_counts claim_lost defective"},
		{Texts{"DAMAGED"}, "claim has_return requested=1"},
		{Texts{"CHANGED_MIND", "DAMAGED"}, "claim has_return requested=2"},
		{Texts{"OTHER"}, ""},
		{Texts{}, ""},
	} {
		r := run(list...)
		if got := r.at(r.sellers["S"].orders["O"], reasonsNamed(c.reasons)).words(all); got != c.want {
			t.Errorf("%q: %q, want %q", c.reasons, got, c.want)
		}
	}
	// The reason given last counts, of two at once the text that sorts last; one without a reason takes none away.
	twice := log(placed(start), event(events.ClaimOpened, hours(1), because(events.Damaged)), event(events.ClaimOpened, hours(2), because(events.NotReceived)),
		event(events.ClaimOpened, hours(2), because(events.ChangedMind)), event(events.ClaimOpened, hours(3)))
	r := run(twice...)
	if got := r.at(r.sellers["S"].orders["O"], reasonsNamed(Texts{"NOT_RECEIVED"})).words(all); got != "claim claim_counts defective" {
		t.Errorf("given twice: %q", got)
	}
	if both := reasonsNamed(Texts{"DAMAGED", "OTHER"}).and(reasonsNamed(Texts{"OTHER"})); both != reasonsNamed(Texts{"OTHER"}) {
		t.Errorf("of pack and rule: %b", both)
	}
}
