package events

import "math"

// Topic is one of the six input topics. Their order is the contract's: it breaks ties of equal event time.
type Topic uint8

// The input topics.
const (
	Orders Topic = iota
	Shipments
	Feedback
	Claims
	Chargebacks
	Returns
	NumTopics
)

var topicNames = [NumTopics]string{"orders", "shipments", "feedback", "claims", "chargebacks", "returns"}

// String is the topic's default name, without a prefix.
func (t Topic) String() string { return topicNames[t] }

// Kind says what happened. Kinds are numbered in the order of the contract's table, which decides between facts of equal time:
// the kind further down, the greater Kind, wins.
type Kind uint8

// The kinds of events. The zero Kind is none.
const (
	_ Kind = iota
	OrderPlaced
	OrderConfirmed
	OrderAmended
	OrderCancelled
	OrderRefunded
	OrderExcused
	ShipmentConfirmed
	ShipmentTrackingUpdated
	ShipmentScanned
	ShipmentDelivered
	FeedbackLeft
	FeedbackRemoved
	ClaimOpened
	ClaimReopened
	ClaimGranted
	ClaimDenied
	ClaimWithdrawn
	ClaimMarketplaceFunded
	ClaimAppealGranted
	ChargebackOpened
	ChargebackReclassified
	ChargebackReversed
	ReturnRequested
	ReturnAnswered
	ReturnFeedback
	NumKinds
)

// Millis is an instant: milliseconds since 1970-01-01 UTC.
type Millis = int64

// None stands for an instant that was not given.
const None Millis = math.MinInt64

// Channel says who fulfils an order. The zero Channel is none.
type Channel uint8

// The channels; AFN sorts before MFN, as their texts do.
const (
	AFN Channel = iota + 1 // by the marketplace
	MFN                    // by the seller
)

// Party is who cancelled an order, numbered as the texts sort.
type Party uint8

// The parties.
const (
	Buyer Party = iota + 1
	Marketplace
	Seller
)

// Reason is why an order was cancelled, numbered as the texts sort.
type Reason uint8

// The reasons.
const (
	BuyerRequest Reason = iota + 1
	OtherReason
	OutOfStock
	ShipConfirmationMissing
)

// BuyerReason is why a buyer opened a claim or asked to return something, numbered as the texts sort. The zero BuyerReason is none.
type BuyerReason uint8

// The reasons of buyers.
const (
	ChangedMind BuyerReason = iota + 1
	Damaged
	NotAsDescribed
	NotReceived
	OtherBuyerReason
	WrongItem
)

// Category is what a chargeback is about, numbered as the texts sort.
type Category uint8

// The categories.
const (
	Fraud Category = iota + 1
	Service
)

// Answer is what a seller answered to a return request, numbered as the texts sort.
type Answer uint8

// The answers.
const (
	Authorized Answer = iota + 1
	Closed
	Refunded
	Rejected
)

// Item is a line of an order.
type Item struct {
	ItemID      string
	ProductLine string
	Quantity    int32
}

// Text is a string that may be absent.
type Text struct {
	Value string
	Given bool
}

// Event is one decoded event. Only the fields of its Kind are set; instants that are absent are None.
//
// The strings of a decoded Event alias the message that it was decoded from, which must not change; what outlives
// the message is to be cloned.
type Event struct {
	Topic      Topic
	Kind       Kind
	EventID    string
	OccurredAt Millis
	SellerID   string
	OrderID    string

	// PartID is the shipment_id, feedback_id, claim_id, chargeback_id or return_id; empty in Orders.
	PartID string

	// Of Orders. ShipBy comes with PLACED and AMENDED, DeliverBy with those and a shipment's CONFIRMED.
	OrderDate        Millis
	Channel          Channel
	Pending          bool
	Items            []Item
	ShipBy           Millis
	DeliverBy        Millis
	CancelledBy      Party
	RequestedByBuyer bool
	Reason           Reason
	Marketplace      string   // of PLACED; empty for none
	ShipCountry      string   // of PLACED; empty for none
	Metrics          []string // of EXCUSED: the metrics' bare names; empty for all
	Excused          bool

	// BuyerReason comes with a claim's OPENED and a return's REQUESTED; 0 for none.
	BuyerReason BuyerReason

	// Of Shipments.
	Carrier    Text
	TrackingID Text

	Rating   int32    // of Feedback: 1 to 5
	Category Category // of Chargebacks

	// Of Returns.
	Answer   Answer
	InPolicy bool
	Negative bool
}
