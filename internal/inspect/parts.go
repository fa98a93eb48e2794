package inspect

import (
	"slices"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// Item is a line of an order.
type Item struct {
	ItemID      string `json:"item_id"`
	ProductLine string `json:"product_line"`
	Quantity    int32  `json:"quantity"`
}

// Deadline is a promised instant, and the event that set it.
type Deadline struct {
	Value Instant `json:"value"`
	SetAt Instant `json:"set_at"`
	By    string  `json:"by"` // the event's kind
}

// Cancellation is an order's cancellation that counts.
type Cancellation struct {
	At               Instant `json:"at"`
	By               string  `json:"by"`
	Reason           string  `json:"reason"`
	RequestedByBuyer bool    `json:"requested_by_buyer"`
	AfterShipment    bool    `json:"after_shipment"` // a shipment was confirmed at or before it, so that it is a refund
}

// Excuse is whether the marketplace takes a miss of the order out of a metric, or of all.
type Excuse struct {
	Metric  *string `json:"metric"` // null for all
	At      Instant `json:"at"`
	Excused bool    `json:"excused"` // false: it was taken back
}

// Feedback is the latest revision of a buyer's rating.
type Feedback struct {
	FeedbackID string  `json:"feedback_id"`
	At         Instant `json:"at"`
	Kind       string  `json:"kind"`   // LEFT or REMOVED
	Rating     *int32  `json:"rating"` // null once it is removed
	Negative   bool    `json:"negative"`
}

// Claim is a claim and its latest status.
type Claim struct {
	ClaimID string  `json:"claim_id"`
	At      Instant `json:"at"`
	Kind    string  `json:"kind"`
	Reason  *string `json:"reason"` // the latest that the buyer gave
	Counts  bool    `json:"counts"` // as a defect
}

// Chargeback is a chargeback and its latest category.
type Chargeback struct {
	ChargebackID string   `json:"chargeback_id"`
	At           *Instant `json:"at"` // of the category; null where a reversal alone is known
	Kind         *string  `json:"kind"`
	Category     *string  `json:"category"`
	Reversed     bool     `json:"reversed"`
	Counts       bool     `json:"counts"` // as a defect
}

// Return is a request to send something back.
type Return struct {
	ReturnID      string          `json:"return_id"`
	RequestedAt   *Instant        `json:"requested_at"`    // first
	Reason        *string         `json:"reason"`          // the latest that the buyer gave
	AnswerBy      *Instant        `json:"answer_by"`       // 48 hours later
	FirstAnswerAt *Instant        `json:"first_answer_at"` // first
	Answer        *ReturnAnswer   `json:"answer"`          // latest
	Feedback      *ReturnFeedback `json:"feedback"`        // latest
	Negative      bool            `json:"negative"`
	Reasons       []string        `json:"reasons"` // why it is negative: NEGATIVE_FEEDBACK, NOT_ANSWERED_IN_TIME, REJECTED_IN_POLICY
}

// ReturnAnswer is what a seller answered to a return request.
type ReturnAnswer struct {
	At       Instant `json:"at"`
	Answer   string  `json:"answer"`
	InPolicy bool    `json:"in_policy"`
}

// ReturnFeedback is what a buyer said of a return.
type ReturnFeedback struct {
	At       Instant `json:"at"`
	Negative bool    `json:"negative"`
}

// addParts adds the lists of an order.
func (p *Partition) addParts(r *Row, o *windows.Order, at events.Millis) {
	most := p.options.MaxParts
	r.Items = listed(o.Items, most, &r.PartsOmitted, func(i *events.Item) Item { return Item{i.ItemID, i.ProductLine, i.Quantity} })
	r.Excuses = listed(o.Excuses, most, &r.PartsOmitted, func(x *windows.Excuse) Excuse {
		return Excuse{optional(x.Metric, x.Metric != ""), Instant(x.At), x.Excused}
	})
	r.Shipments = listed(o.Shipments, most, &r.PartsOmitted, func(s *windows.Shipment) Shipment { return shipmentOf(o, s, at) })
	r.Feedback = listed(o.Feedbacks, most, &r.PartsOmitted, func(f *windows.Feedback) Feedback {
		return Feedback{f.ID, Instant(f.At), f.Kind.String(), optional(f.Rating, f.Kind == events.FeedbackLeft), f.Negative()}
	})
	r.Claims = listed(o.Claims, most, &r.PartsOmitted, func(c *windows.ClaimCase) Claim {
		return Claim{c.ID, Instant(c.At), c.Kind.String(), reasonOf(c.Reason), c.Counts()}
	})
	r.Chargebacks = listed(o.Chargebacks, most, &r.PartsOmitted, func(c *windows.ChargebackCase) Chargeback {
		known := c.At != events.None
		return Chargeback{c.ID, instantOf(c.At), optional(c.Kind.String(), known), optional(c.Category.String(), known), c.Reversed, c.Counts()}
	})
	r.Returns = listed(o.Returns, most, &r.PartsOmitted, func(t *windows.Return) Return { return returnOf(t, at) })
}

// listed is what becomes of the elements of a list, up to a number; those beyond it are counted.
func listed[E, T any](all []E, most int, omitted *int, of func(*E) T) []T {
	kept, left := cut(all, most)
	*omitted += left
	list := make([]T, 0, len(kept))
	for i := range kept {
		list = append(list, of(&kept[i]))
	}
	return list
}

func deadlineOf(d *windows.Deadline) *Deadline {
	return optional(Deadline{Instant(d.Value), Instant(d.At), d.Kind.String()}, d.At != events.None)
}

func cancellationOf(o *windows.Order) *Cancellation {
	c := &o.Cancelled
	if c.At == events.None {
		return nil
	}
	after := slices.ContainsFunc(o.Shipments, func(s windows.Shipment) bool { return s.ConfirmedAt != events.None && s.ConfirmedAt <= c.At })
	return &Cancellation{Instant(c.At), c.By.String(), c.Reason.String(), c.RequestedByBuyer, after}
}

func reasonOf(r events.BuyerReason) *string { return optional(r.String(), r != 0) }

func returnOf(t *windows.Return, at events.Millis) Return {
	requested := t.RequestedAt != events.None
	r := Return{
		ReturnID: t.ID, RequestedAt: instantOf(t.RequestedAt), Reason: reasonOf(t.Reason), AnswerBy: optional(Instant(t.RequestedAt+windows.AnswerWithin), requested),
		FirstAnswerAt: instantOf(t.FirstAnswerAt), Negative: t.Dissatisfied(at), Reasons: []string{},
		Answer:   optional(ReturnAnswer{Instant(t.AnswerAt), t.Answer.String(), t.InPolicy}, t.AnswerAt != events.None),
		Feedback: optional(ReturnFeedback{Instant(t.FeedbackAt), t.Negative}, t.FeedbackAt != events.None),
	}
	for _, reason := range [...]struct {
		name string
		only windows.Return // negative by nothing else
	}{
		{"NEGATIVE_FEEDBACK", windows.Return{RequestedAt: t.RequestedAt, FirstAnswerAt: t.RequestedAt, AnswerAt: events.None, FeedbackAt: t.FeedbackAt, Negative: t.Negative}},
		{"NOT_ANSWERED_IN_TIME", windows.Return{RequestedAt: t.RequestedAt, FirstAnswerAt: t.FirstAnswerAt, AnswerAt: events.None, FeedbackAt: events.None}},
		{"REJECTED_IN_POLICY", windows.Return{RequestedAt: t.RequestedAt, FirstAnswerAt: t.RequestedAt, AnswerAt: t.AnswerAt, Answer: t.Answer, InPolicy: t.InPolicy, FeedbackAt: events.None}},
	} {
		if reason.only.Dissatisfied(at) {
			r.Reasons = append(r.Reasons, reason.name)
		}
	}
	return r
}
