package oracle

import (
	"math/rand/v2"
	"slices"
	"testing"

	"sellerpulse/pkg/events"
)

type factCase struct {
	name string
	now  events.Millis // at least
	log  []events.Event
	want string
}

func checkFacts(t *testing.T, cases []factCase) {
	t.Helper()
	shuffle := rand.New(rand.NewPCG(1, 2))
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := factsAt(c.now, c.log...); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			twice := append(slices.Clone(c.log), c.log...)
			shuffle.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
			if got := factsAt(c.now, twice...); got != c.want {
				t.Errorf("shuffled and doubled: got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func log(list ...events.Event) []events.Event { return list }

func TestOrderFacts(t *testing.T) {
	sc, buyer := cancelledBy(events.Marketplace, events.ShipConfirmationMissing), cancelledBy(events.Buyer, events.BuyerRequest)
	checkFacts(t, []factCase{
		{"not placed", 0, log(event(events.FeedbackLeft, hours(1))), "none"},
		{"placed", 0, log(placed(start)), "counted"},
		{"pending", 0, log(placed(start, pending)), ""},
		{"pending, paid", 0, log(placed(start, pending), event(events.OrderConfirmed, hours(1))), "counted"},
		{"pending, shipped", 0, log(placed(start, pending), event(events.ShipmentConfirmed, hours(1))), "counted confirmed=1"},
		{"pending, cancelled by seller", 0, log(placed(start, pending), event(events.OrderCancelled, hours(1))), "counted seller_cancelled"},
		{"pending, cancelled by buyer", 0, log(placed(start, pending), event(events.OrderCancelled, hours(1), buyer)), ""},
		{"pending, then not", 0, log(placed(start, pending), placed(hours(1), dated(start))), "counted"},
		{"pending and not at one time", 0, log(placed(start, pending), placed(start)), ""},

		{"cancelled by seller", 0, log(placed(start), event(events.OrderCancelled, hours(1))), "counted seller_cancelled"},
		{"cancelled by marketplace", 0, log(placed(start), event(events.OrderCancelled, hours(1), cancelledBy(events.Marketplace, events.OutOfStock))), "counted"},
		{"cancelled for want of shipping", 0, log(placed(start), event(events.OrderCancelled, hours(1), sc)), "counted seller_cancelled"},
		{"cancelled by seller for buyer", 0, log(placed(start), event(events.OrderCancelled, hours(1), asked)), "counted"},
		{"latest cancellation", 0, log(placed(start), event(events.OrderCancelled, hours(1)), event(events.OrderCancelled, hours(2), buyer)), "counted"},
		{"cancellations at one time", 0, log(placed(start), event(events.OrderCancelled, hours(1)), event(events.OrderCancelled, hours(1), buyer)), "counted seller_cancelled"},
		{
			"cancelled after shipping", 0, log(placed(start), event(events.ShipmentConfirmed, hours(1)), event(events.OrderCancelled, hours(2))),
			"counted refunded confirmed=1",
		},
		{
			"cancelled as shipped", 0, log(placed(start), event(events.ShipmentConfirmed, hours(1)), event(events.OrderCancelled, hours(1))),
			"counted refunded confirmed=1",
		},
		{
			"shipped after cancelling", 0, log(placed(start), event(events.ShipmentConfirmed, hours(2)), event(events.OrderCancelled, hours(1))),
			"counted seller_cancelled confirmed=1",
		},
		{"refunded", 0, log(placed(start), event(events.OrderRefunded, hours(2))), "counted refunded"},

		{"shipped on time", 0, log(placed(start, shippedBy(hours(5))), event(events.ShipmentConfirmed, hours(5))), "counted confirmed=1"},
		{"shipped late", 0, log(placed(start, shippedBy(hours(5))), event(events.ShipmentConfirmed, hours(5)+1)), "counted late_shipped confirmed=1"},
		{"shipped again late", 0, log(placed(start, shippedBy(hours(5))), event(events.ShipmentConfirmed, hours(1)), event(events.ShipmentConfirmed, hours(6))), "counted confirmed=1"},
		{
			"second parcel late", 0, log(placed(start, shippedBy(hours(5))), event(events.ShipmentConfirmed, hours(1)), event(events.ShipmentConfirmed, hours(6), ofPart("2"))),
			"counted late_shipped confirmed=2",
		},
		{
			"time to ship amended", 0, log(placed(start, shippedBy(hours(1))), event(events.OrderAmended, hours(2), shippedBy(hours(5))), event(events.ShipmentConfirmed, hours(5))),
			"counted confirmed=1",
		},
		{
			"amended as placed", 0, log(placed(start, shippedBy(hours(9))), event(events.OrderAmended, start, shippedBy(hours(2))), event(events.ShipmentConfirmed, hours(5))),
			"counted late_shipped confirmed=1",
		},
		{
			"amended in the other field", 0, log(placed(start, shippedBy(hours(1))), event(events.OrderAmended, hours(2), deliveredBy(hours(9))), event(events.ShipmentConfirmed, hours(5))),
			"counted late_shipped confirmed=1",
		},
		{
			"placed again without", 0, log(placed(start, shippedBy(hours(1))), placed(hours(1), dated(start)), event(events.ShipmentConfirmed, hours(5))),
			"counted late_shipped confirmed=1",
		},
	})
}

func TestDefectFacts(t *testing.T) {
	const rated2, claim, chargeback = "counted negative_feedback defective", "counted claim claim_counts defective", "counted chargeback chargeback_counts defective"
	checkFacts(t, []factCase{
		{"rated 2", 0, log(placed(start), event(events.FeedbackLeft, hours(1), rated(2))), rated2},
		{"rated 3", 0, log(placed(start), event(events.FeedbackLeft, hours(1), rated(3))), "counted"},
		{"revised up", 0, log(placed(start), event(events.FeedbackLeft, hours(1)), event(events.FeedbackLeft, hours(2), rated(5))), "counted"},
		{"two ratings at one time", 0, log(placed(start), event(events.FeedbackLeft, hours(1)), event(events.FeedbackLeft, hours(1), rated(5))), "counted"},
		{"removed", 0, log(placed(start), event(events.FeedbackLeft, hours(1)), event(events.FeedbackRemoved, hours(2))), "counted"},
		{"removed as left", 0, log(placed(start), event(events.FeedbackLeft, hours(1)), event(events.FeedbackRemoved, hours(1))), "counted"},
		{"left after removal", 0, log(placed(start), event(events.FeedbackRemoved, hours(1)), event(events.FeedbackLeft, hours(2))), rated2},
		{"one of two", 0, log(placed(start), event(events.FeedbackLeft, hours(1)), event(events.FeedbackLeft, hours(2), rated(5), ofPart("2"))), rated2},

		{"claim opened", 0, log(placed(start), event(events.ClaimOpened, hours(1))), claim},
		{"claim granted", 0, log(placed(start), event(events.ClaimOpened, hours(1)), event(events.ClaimGranted, hours(2))), claim},
		{"claim denied", 0, log(placed(start), event(events.ClaimOpened, hours(1)), event(events.ClaimDenied, hours(2))), "counted claim"},
		{"claim withdrawn", 0, log(placed(start), event(events.ClaimWithdrawn, hours(2))), "counted claim"},
		{"claim paid by marketplace", 0, log(placed(start), event(events.ClaimMarketplaceFunded, hours(2))), "counted claim"},
		{"claim appealed", 0, log(placed(start), event(events.ClaimGranted, hours(1)), event(events.ClaimAppealGranted, hours(2))), "counted claim"},
		{"claim reopened", 0, log(placed(start), event(events.ClaimDenied, hours(1)), event(events.ClaimReopened, hours(2))), claim},
		{"claim reopened as denied", 0, log(placed(start), event(events.ClaimDenied, hours(1)), event(events.ClaimReopened, hours(1))), "counted claim"},
		{"another claim", 0, log(placed(start), event(events.ClaimDenied, hours(1)), event(events.ClaimOpened, start, ofPart("2"))), claim},

		{"chargeback for service", 0, log(placed(start), event(events.ChargebackOpened, hours(1))), chargeback},
		{"chargeback for fraud", 0, log(placed(start), event(events.ChargebackOpened, hours(1), fraud)), "counted chargeback"},
		{"turned to fraud", 0, log(placed(start), event(events.ChargebackOpened, hours(1)), event(events.ChargebackReclassified, hours(2), fraud)), "counted chargeback"},
		{"turned to service", 0, log(placed(start), event(events.ChargebackOpened, hours(1), fraud), event(events.ChargebackReclassified, hours(2))), chargeback},
		{"reversed", 0, log(placed(start), event(events.ChargebackOpened, hours(1)), event(events.ChargebackReversed, hours(2))), "counted chargeback"},
		{"reversed before opening", 0, log(placed(start), event(events.ChargebackOpened, hours(3)), event(events.ChargebackReversed, hours(2))), "counted chargeback"},
		{"reversed alone", 0, log(placed(start), event(events.ChargebackReversed, hours(2))), "counted chargeback"},

		{
			"all three", 0, log(placed(start), event(events.FeedbackLeft, hours(1)), event(events.ClaimOpened, hours(1)), event(events.ChargebackOpened, hours(1))),
			"counted negative_feedback claim claim_counts chargeback chargeback_counts defective",
		},
	})
}

func TestShipmentFacts(t *testing.T) {
	good, bad, late := tracked("ups", "OK1"), tracked("ups", "no"), hours(100)
	promised := placed(start, deliveredBy(hours(50)))
	checkFacts(t, []factCase{
		{"no tracking", late, log(promised, event(events.ShipmentConfirmed, hours(1)), event(events.ShipmentScanned, hours(2))), "counted confirmed=1"},
		{"carrier alone", late, log(promised, event(events.ShipmentConfirmed, hours(1), func(e *events.Event) { e.Carrier = events.Text{Value: "ups", Given: true} }), event(events.ShipmentScanned, hours(2))), "counted confirmed=1"},
		{"invalid id", late, log(promised, event(events.ShipmentConfirmed, hours(1), bad), event(events.ShipmentScanned, hours(2))), "counted confirmed=1"},
		{"not scanned", late, log(promised, event(events.ShipmentConfirmed, hours(1), good)), "counted confirmed=1"},
		{"not confirmed", late, log(promised, event(events.ShipmentTrackingUpdated, hours(1), good), event(events.ShipmentDelivered, hours(2))), "counted"},
		{"scanned", hours(50), log(promised, event(events.ShipmentConfirmed, hours(1), good), event(events.ShipmentScanned, hours(2))), "counted confirmed=1 valid_tracking=1"},
		{"scanned at the promise", 0, log(promised, event(events.ShipmentConfirmed, hours(1), good), event(events.ShipmentScanned, hours(50))), "counted confirmed=1 valid_tracking=1"},
		{"promise passed", hours(50) + 1, log(promised, event(events.ShipmentConfirmed, hours(1), good), event(events.ShipmentScanned, hours(2))), "counted confirmed=1 valid_tracking=1 settled=1"},
		{"without promise", late, log(placed(start), event(events.ShipmentConfirmed, hours(1), good), event(events.ShipmentDelivered, hours(2))), "counted confirmed=1 valid_tracking=1"},
		{"delivered", 0, log(promised, event(events.ShipmentConfirmed, hours(1), good), event(events.ShipmentDelivered, hours(50))), "counted confirmed=1 valid_tracking=1 settled=1 on_time=1"},
		{"delivered late", 0, log(promised, event(events.ShipmentConfirmed, hours(1), good), event(events.ShipmentDelivered, hours(50)+1)), "counted confirmed=1 valid_tracking=1 settled=1"},
		{"delivered twice", 0, log(promised, event(events.ShipmentConfirmed, hours(1), good), event(events.ShipmentDelivered, hours(49)), event(events.ShipmentDelivered, hours(51))), "counted confirmed=1 valid_tracking=1 settled=1 on_time=1"},
		{"own promise", 0, log(promised, event(events.ShipmentConfirmed, hours(1), good, deliveredBy(hours(20))), event(events.ShipmentDelivered, hours(21))), "counted confirmed=1 valid_tracking=1 settled=1"},
		{"own promise before amendment", 0, log(promised, event(events.ShipmentConfirmed, hours(1), good, deliveredBy(hours(20))), event(events.OrderAmended, hours(2), deliveredBy(hours(90))), event(events.ShipmentDelivered, hours(21))), "counted confirmed=1 valid_tracking=1 settled=1"},
		{"promise amended", 0, log(promised, event(events.ShipmentConfirmed, hours(1), good), event(events.OrderAmended, hours(2), deliveredBy(hours(90))), event(events.ShipmentDelivered, hours(60))), "counted confirmed=1 valid_tracking=1 settled=1 on_time=1"},
		{"updated", 0, log(promised, event(events.ShipmentConfirmed, hours(1), bad), event(events.ShipmentTrackingUpdated, hours(2), good), event(events.ShipmentScanned, hours(3))), "counted confirmed=1 valid_tracking=1"},
		{"updated as confirmed", 0, log(promised, event(events.ShipmentConfirmed, hours(1), good), event(events.ShipmentTrackingUpdated, hours(1), bad), event(events.ShipmentScanned, hours(3))), "counted confirmed=1"},
		{"two ids at one time", 0, log(promised, event(events.ShipmentConfirmed, hours(1)), event(events.ShipmentTrackingUpdated, hours(2), good), event(events.ShipmentTrackingUpdated, hours(2), bad), event(events.ShipmentScanned, hours(3))), "counted confirmed=1"},
		{"updated after delivery", 0, log(promised, event(events.ShipmentConfirmed, hours(1), bad), event(events.ShipmentTrackingUpdated, hours(5), good), event(events.ShipmentDelivered, hours(4))), "counted confirmed=1"},
		{"updated as delivered", 0, log(promised, event(events.ShipmentConfirmed, hours(1), bad), event(events.ShipmentTrackingUpdated, hours(4), good), event(events.ShipmentDelivered, hours(4))), "counted confirmed=1"},
		{"spoiled after delivery", 0, log(promised, event(events.ShipmentConfirmed, hours(1), good), event(events.ShipmentTrackingUpdated, hours(5), bad), event(events.ShipmentDelivered, hours(4))), "counted confirmed=1 valid_tracking=1 settled=1 on_time=1"},
		{"same id before and after delivery", 0, log(promised, event(events.ShipmentConfirmed, hours(1), good), event(events.ShipmentTrackingUpdated, hours(5), good), event(events.ShipmentDelivered, hours(4))), "counted confirmed=1 valid_tracking=1 settled=1 on_time=1"},
		{"pushed out by eight", 0, append(log(promised, event(events.ShipmentConfirmed, hours(1), good), event(events.ShipmentDelivered, hours(2))), updates(8, bad)...), "counted confirmed=1"},
		{"not pushed out by seven", 0, append(log(promised, event(events.ShipmentConfirmed, hours(1), good), event(events.ShipmentDelivered, hours(2))), updates(7, bad)...), "counted confirmed=1 valid_tracking=1 settled=1 on_time=1"},
	})
}

// updates are updates of a tracking number, an hour each, from the third hour.
func updates(n int64, tracking change) (list []events.Event) {
	for i := range n {
		list = append(list, event(events.ShipmentTrackingUpdated, hours(3+i), tracking))
	}
	return list
}

func TestReturnFacts(t *testing.T) {
	asked := log(placed(start), event(events.ReturnRequested, hours(1)))
	with := func(more ...events.Event) []events.Event { return append(slices.Clone(asked), more...) }
	const fine, bad = "counted requested=1", "counted requested=1 negative=1"
	checkFacts(t, []factCase{
		{"unanswered in time", hours(49), asked, fine},
		{"unanswered", hours(49) + 1, asked, bad},
		{"answered in time", days(9), with(event(events.ReturnAnswered, hours(49))), fine},
		{"answered late", 0, with(event(events.ReturnAnswered, hours(49)+1)), bad},
		{"answered before asked", days(9), with(event(events.ReturnAnswered, start)), fine},
		{"answered twice", days(9), with(event(events.ReturnAnswered, hours(2)), event(events.ReturnAnswered, hours(90))), fine},
		{"asked again", hours(50), with(event(events.ReturnRequested, hours(30))), bad},
		{"rejected in policy", 0, with(event(events.ReturnAnswered, hours(2), rejected)), bad},
		{"rejected out of policy", 0, with(event(events.ReturnAnswered, hours(2), outOfPolicy)), fine},
		{"rejected, then not", 0, with(event(events.ReturnAnswered, hours(2), rejected), event(events.ReturnAnswered, hours(3))), fine},
		{"rejected and not at one time", 0, with(event(events.ReturnAnswered, hours(2), rejected), event(events.ReturnAnswered, hours(2))), bad},
		{"negative feedback", 0, with(event(events.ReturnFeedback, hours(2), negative)), bad},
		{"feedback turned", 0, with(event(events.ReturnFeedback, hours(2), negative), event(events.ReturnFeedback, hours(3))), fine},
		{"feedback both ways at one time", 0, with(event(events.ReturnFeedback, hours(2), negative), event(events.ReturnFeedback, hours(2))), bad},
		{"never requested", days(9), log(placed(start), event(events.ReturnFeedback, hours(2), negative)), "counted"},
		{"two returns", hours(49) + 1, with(event(events.ReturnRequested, hours(20), ofPart("2"))), "counted requested=2 negative=1"},
	})
}
