package windows

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sellerpulse/pkg/events"
)

const hours = 3_600_000

// made is an order that counts, with what is set of it.
func made(set func(*Order)) *Order {
	o := fresh()
	o.PlacedAt, o.OrderDate, o.Channel = start, start, events.MFN
	set(o)
	return o
}

// parcel is a shipment confirmed so many hours after the start.
func parcel(confirmed events.Millis) Shipment {
	return Shipment{ID: "s", ConfirmedAt: start + confirmed*hours, DeliveredAt: events.None, ScannedAt: events.None, DeliverBy: Deadline{At: events.None}}
}

func request(at events.Millis) Return {
	return Return{ID: "r", RequestedAt: start + at*hours, FirstAnswerAt: events.None, AnswerAt: events.None, FeedbackAt: events.None}
}

func by(at events.Millis) Deadline { return Deadline{At: start, Value: start + at*hours} }

// Each fact is true where the text says so, and no other is. Instants are hours after the start.
func TestFacts(t *testing.T) {
	const now = 100
	ship := func(o *Order, s Shipment) { o.Shipments = append(o.Shipments, s) }
	cancel := func(o *Order, at events.Millis, by events.Party, reason events.Reason) {
		o.Cancelled = Cancellation{At: start + at*hours, By: by, Reason: reason}
	}
	for _, c := range []struct {
		name                       string
		set                        func(*Order)
		order, shipments, requests string
	}{
		{"placed", func(*Order) {}, "counted", "", ""},
		{"not placed", func(o *Order) { o.PlacedAt = events.None; o.Refunded = true; ship(o, parcel(1)) }, "", "", ""},
		{"pending", func(o *Order) { o.Pending = true; o.Refunded = true; o.Returns = []Return{request(1)} }, "", "", ""},
		{"pending, then shipped", func(o *Order) { o.Pending = true; ship(o, parcel(1)) }, "counted", "confirmed", ""},
		{"pending, then cancelled by the seller", func(o *Order) { o.Pending = true; cancel(o, 1, events.Seller, events.OutOfStock) }, "counted, seller_cancelled", "", ""},
		{"pending, then cancelled by the buyer", func(o *Order) { o.Pending = true; cancel(o, 1, events.Buyer, events.BuyerRequest) }, "", "", ""},
		{"cancelled by the buyer", func(o *Order) { cancel(o, 1, events.Buyer, events.BuyerRequest) }, "counted, buyer_cancelled", "", ""},
		{"cancelled by the marketplace", func(o *Order) { cancel(o, 1, events.Marketplace, events.OtherReason) }, "counted, buyer_cancelled", "", ""},
		{
			"cancelled by the marketplace for want of a shipment", func(o *Order) { cancel(o, 1, events.Marketplace, events.ShipConfirmationMissing) },
			"counted, seller_cancelled", "", "",
		},
		{"cancelled by the buyer as it was shipped", func(o *Order) { cancel(o, 1, events.Buyer, events.BuyerRequest); ship(o, parcel(1)) }, "counted, refunded", "confirmed", ""},
		{"cancelled by the buyer before it was shipped", func(o *Order) { cancel(o, 1, events.Buyer, events.BuyerRequest); ship(o, parcel(2)) }, "counted, buyer_cancelled", "confirmed", ""},
		{"rated 3", func(o *Order) { o.Feedbacks = []Feedback{{Kind: events.FeedbackLeft, Rating: 3}} }, "counted, rated, rating_3", "", ""},
		{
			"rated 1 and 5", func(o *Order) {
				o.Feedbacks = []Feedback{{Kind: events.FeedbackLeft, Rating: 1}, {Kind: events.FeedbackLeft, Rating: 5}}
			},
			"counted, negative_feedback, rated, rating_1, rating_5, defective", "", "",
		},
		{"feedback removed", func(o *Order) { o.Feedbacks = []Feedback{{Kind: events.FeedbackRemoved}} }, "counted", "", ""},
		{"claim opened", func(o *Order) { o.Claims = []ClaimCase{{Kind: events.ClaimOpened}} }, "counted, claim, claim_counts, defective", "", ""},
		{"claim granted", func(o *Order) { o.Claims = []ClaimCase{{Kind: events.ClaimGranted}} }, "counted, claim, claim_counts, claim_lost, defective", "", ""},
		{"claim reopened", func(o *Order) { o.Claims = []ClaimCase{{Kind: events.ClaimReopened}} }, "counted, claim, claim_counts, defective", "", ""},
		{"claim denied", func(o *Order) { o.Claims = []ClaimCase{{Kind: events.ClaimDenied}} }, "counted, claim", "", ""},
		{"chargeback of fraud", func(o *Order) { o.Chargebacks = []ChargebackCase{{Category: events.Fraud}} }, "counted, chargeback", "", ""},
		{
			"chargeback of service", func(o *Order) { o.Chargebacks = []ChargebackCase{{Category: events.Service}} },
			"counted, chargeback, chargeback_counts, defective", "", "",
		},
		{"confirmed late", func(o *Order) { o.ShipBy = by(90); ship(o, parcel(91)) }, "counted, late_shipped", "confirmed", ""},
		{"handed over late, unconfirmed", func(o *Order) {
			o.ShipBy = by(1)
			s := parcel(0)
			s.ConfirmedAt, s.Scanned, s.ScannedAt = events.None, true, start+50*hours
			ship(o, s)
		}, "counted, handed_over", "", ""},
		{"scanned late", func(o *Order) {
			o.ShipBy = by(48)
			s := parcel(48)
			s.Scanned, s.ScannedAt = true, start+48*hours+1
			ship(o, s)
		}, "counted, handed_over, handover_late", "confirmed", ""},
		{"scanned at the last moment", func(o *Order) {
			o.ShipBy = by(48)
			s := parcel(48)
			s.Scanned, s.ScannedAt = true, start+48*hours
			ship(o, s)
		}, "counted, handed_over", "confirmed", ""},
		{"scanned before it was confirmed late", func(o *Order) {
			o.ShipBy = by(48)
			s := parcel(49)
			s.Scanned, s.ScannedAt = true, start+47*hours
			ship(o, s)
		}, "counted, late_shipped, handed_over", "confirmed", ""},
		{"scanned after it was delivered in time", func(o *Order) {
			o.ShipBy = by(48)
			s := parcel(1)
			s.DeliveredAt, s.Scanned, s.ScannedAt = start+48*hours, true, start+99*hours
			ship(o, s)
		}, "counted, handed_over", "confirmed, delivered", ""},
		{"delivered late without a scan", func(o *Order) {
			o.ShipBy = by(48)
			s := parcel(1)
			s.DeliveredAt = start + 49*hours
			ship(o, s)
		}, "counted, handed_over, handover_late", "confirmed, delivered", ""},
		{"scanned, not known when", func(o *Order) {
			o.ShipBy = by(1)
			s := parcel(1)
			s.Scanned, s.DeliveredAt = true, start+49*hours
			ship(o, s)
		}, "counted, handed_over", "confirmed, delivered", ""},
		{"not handed over 24 h after ship_by", func(o *Order) { o.ShipBy = by(now - 24); ship(o, parcel(1)) }, "counted", "confirmed", ""},
		{"not handed over later", func(o *Order) { o.ShipBy = by(now - 25); ship(o, parcel(1)) }, "counted, handover_late", "confirmed", ""},
		{"not handed over, no ship_by", func(o *Order) { ship(o, parcel(1)) }, "counted", "confirmed", ""},
		{"promise reached", func(o *Order) { o.DeliverBy = by(now); ship(o, parcel(1)) }, "counted", "confirmed", ""},
		{"promise passed", func(o *Order) { o.DeliverBy = by(now - 1); ship(o, parcel(1)) }, "counted", "confirmed, promise_due", ""},
		{"delivered before the promise", func(o *Order) {
			o.DeliverBy = by(now + 9)
			s := parcel(1)
			s.DeliveredAt = start + 9*hours
			ship(o, s)
		}, "counted, handed_over", "confirmed, delivered, promise_due", ""},
		{"tracked, delivered before the promise", func(o *Order) {
			s := parcel(1)
			s.DeliverBy, s.DeliveredAt, s.Pairs = by(9), start+9*hours, []Pair{{At: start, Valid: true}}
			ship(o, s)
		}, "counted, handed_over", "confirmed, valid_tracking, settled, on_time, delivered, promise_due", ""},
		{"tracked, not delivered", func(o *Order) {
			s := parcel(1)
			s.DeliverBy, s.Scanned, s.Pairs = by(9), true, []Pair{{At: start, Valid: true}}
			ship(o, s)
		}, "counted, handed_over", "confirmed, valid_tracking, settled, promise_due", ""},
		{"return that was never requested", func(o *Order) {
			r := request(0)
			r.RequestedAt, r.FirstAnswerAt = events.None, start
			o.Returns = []Return{r}
		}, "counted", "", ""},
		{"return", func(o *Order) { o.Returns = []Return{request(now - 48)} }, "counted, has_return", "", "requested"},
		{"return not answered", func(o *Order) { o.Returns = []Return{request(now - 49)} }, "counted, has_return", "", "requested, negative, answered_late"},
		{"return answered at the last moment", func(o *Order) {
			r := request(1)
			r.FirstAnswerAt, r.AnswerAt, r.Answer = start+49*hours, start+49*hours, events.Closed
			o.Returns = []Return{r}
		}, "counted, has_return", "", "requested, answered"},
		{"return answered late", func(o *Order) {
			r := request(1)
			r.FirstAnswerAt, r.AnswerAt, r.Answer = start+50*hours, start+50*hours, events.Closed
			o.Returns = []Return{r}
		}, "counted, has_return", "", "requested, negative, answered, answered_late"},
		{"return rejected within policy", func(o *Order) {
			r := request(1)
			r.FirstAnswerAt, r.AnswerAt, r.Answer, r.InPolicy = start+2*hours, start+3*hours, events.Rejected, true
			o.Returns = []Return{r}
		}, "counted, has_return", "", "requested, negative, answered, rejected_in_policy"},
		{"return with bad feedback", func(o *Order) {
			r := request(now)
			r.FeedbackAt, r.Negative = start, true
			o.Returns = []Return{r}
		}, "counted, has_return", "", "requested, negative"},
	} {
		u := UnitFacts{Shipments: []FactSet{1, 2, 3}, Returns: []FactSet{4, 5}}
		o := made(c.set)
		o.FactsAt(&u, start+now*hours, 0)
		if len(u.Shipments) != len(o.Shipments) || len(u.Returns) != len(o.Returns) {
			t.Errorf("%s: facts of %d shipments and %d returns", c.name, len(u.Shipments), len(u.Returns))
		}
		shipments, requests := union(u.Shipments), union(u.Returns)
		if u.Order.String() != c.order || shipments.String() != c.shipments || requests.String() != c.requests {
			t.Errorf("%s:\nis  %v; %v; %v\nnot %s; %s; %s", c.name, u.Order, shipments, requests, c.order, c.shipments, c.requests)
		}
	}
}

func union(sets []FactSet) (all FactSet) {
	for _, s := range sets {
		all |= s
	}
	return all
}

// With reasons, an order is judged as if claims and returns of others, or of none, had not been.
func TestFactsByReason(t *testing.T) {
	o := made(func(o *Order) {
		o.Claims = []ClaimCase{{ID: "a", Kind: events.ClaimDenied, Reason: events.NotReceived}, {ID: "b", Kind: events.ClaimGranted, Reason: events.Damaged}, {ID: "c", Kind: events.ClaimOpened}}
		damaged, none := request(1), request(1)
		damaged.Reason = events.Damaged
		o.Returns = []Return{damaged, none}
	})
	const at = start + 2*hours
	for _, c := range []struct {
		reasons ReasonSet
		order   string
		returns []FactSet
	}{
		{0, "counted, claim, claim_counts, claim_lost, defective, has_return", []FactSet{1 << ReturnRequested, 1 << ReturnRequested}},
		{ReasonsOf(events.NotReceived), "counted, claim", []FactSet{0, 0}},
		{ReasonsOf(events.NotReceived, events.Damaged), "counted, claim, claim_counts, claim_lost, defective, has_return", []FactSet{1 << ReturnRequested, 0}},
		{ReasonsOf(events.WrongItem), "counted", []FactSet{0, 0}},
	} {
		var u UnitFacts
		o.FactsAt(&u, at, c.reasons)
		if u.Order.String() != c.order || !slices.Equal(u.Returns, c.returns) {
			t.Errorf("%b: %v and %v, want %s and %v", c.reasons, u.Order, u.Returns, c.order, c.returns)
		}
	}
}

// Whatever the order, it is judged by reasons as one that never had the other claims and returns.
func TestFactsByReasonEqualThoseWithoutTheOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := applied(rapid.SliceOfN(rapid.Custom(anyPlaced), 1, 40).Draw(t, "events"))
		reasons := ReasonSet(rapid.IntRange(1, 63).Draw(t, "reasons") << 1)
		at := start + rapid.Int64Range(0, 10).Draw(t, "at")*dayMillis/2
		var got, want UnitFacts
		o.FactsAt(&got, at, reasons)
		without := *o
		without.Claims = slices.DeleteFunc(slices.Clone(o.Claims), func(c ClaimCase) bool { return !reasons.Holds(c.Reason) })
		without.Returns = slices.DeleteFunc(slices.Clone(o.Returns), func(r Return) bool { return !reasons.Holds(r.Reason) })
		without.FactsAt(&want, at, 0)
		returns := []FactSet{}
		for i := range o.Returns {
			if reasons.Holds(o.Returns[i].Reason) {
				returns = append(returns, got.Returns[i])
			} else if got.Returns[i] != 0 {
				t.Fatalf("a return of the reason %v has facts: %v", o.Returns[i].Reason, got.Returns[i])
			}
		}
		if got.Order != want.Order || !slices.Equal(got.Shipments, want.Shipments) || !slices.Equal(returns, want.Returns) {
			t.Fatalf("the facts are %v, want %v", got, want)
		}
	})
}

// An order is excused as the latest event says that is about the metric, or about all; of those of one time, as one says that excuses.
func TestExcusedEqualsNaiveRecomputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(anyPlaced), 1, 60).Draw(t, "events")
		o := applied(all)
		for _, metric := range []string{"late", "lost", "never named"} {
			latest, want := events.None, false
			for _, e := range all {
				if e.Kind != events.OrderExcused || len(e.Metrics) > 0 && !slices.Contains(e.Metrics, metric) || e.OccurredAt < latest {
					continue
				}
				want = e.Excused || want && e.OccurredAt == latest
				latest = e.OccurredAt
			}
			if got := o.Excused(metric); got != want {
				t.Fatalf("that %s is excused is %v, want %v: %+v", metric, got, want, o.Excuses)
			}
		}
	})
}

// What falls due is asked for fact by fact.
func TestDueOf(t *testing.T) {
	o := made(func(o *Order) {
		o.ShipBy, o.DeliverBy = by(10), by(90)
		tracked := parcel(1)
		tracked.Scanned, tracked.ScannedAt, tracked.Pairs, tracked.DeliverBy = true, start+2*hours, []Pair{{At: start, Valid: true}}, by(80)
		o.Shipments = []Shipment{tracked, parcel(2)}
		o.Returns = []Return{request(5)}
	})
	for _, c := range []struct {
		asked FactSet
		want  []events.Millis
	}{
		{0, nil},
		{FactsOf(OrderCounted, OrderLateShipped, OrderHandedOver, ShipmentConfirmed, ShipmentDelivered, ReturnAnswered, ReturnRejectedInPolicy), nil},
		{FactsOf(ShipmentSettled), []events.Millis{80}},
		{FactsOf(ShipmentPromiseDue), []events.Millis{80, 90}},
		{FactsOf(OrderHandoverLate), []events.Millis{34}},
		{FactsOf(ReturnAnsweredLate), []events.Millis{53}},
		{FactsOf(ReturnNegative, OrderHandoverLate, ShipmentSettled), []events.Millis{34, 53, 80}},
	} {
		var want []events.Millis
		for _, at := range c.want {
			want = append(want, start+at*hours+1)
		}
		if got := o.DueOf(nil, c.asked); !slices.Equal(got, want) {
			t.Errorf("of %v due are %v, want %v", c.asked, got, want)
		}
	}
	o.Shipments[0].ScannedAt = start + 11*hours
	if got := o.DueOf(nil, FactsOf(OrderHandoverLate)); got != nil {
		t.Errorf("due are %v, though it is late already", got)
	}
}

func TestExcused(t *testing.T) {
	excuse := func(metric string, at events.Millis, excused bool) Excuse {
		return Excuse{Metric: metric, At: start + at, Excused: excused}
	}
	for _, c := range []struct {
		excuses []Excuse
		want    bool
	}{
		{nil, false},
		{[]Excuse{excuse("", 1, true)}, true},
		{[]Excuse{excuse("late", 1, true)}, true},
		{[]Excuse{excuse("early", 1, true)}, false},
		{[]Excuse{excuse("", 2, false), excuse("late", 1, true)}, false},
		{[]Excuse{excuse("", 1, false), excuse("late", 2, true)}, true},
		{[]Excuse{excuse("", 2, true), excuse("late", 3, false)}, false},
		{[]Excuse{excuse("", 2, true), excuse("late", 2, false)}, true},
		{[]Excuse{excuse("", 2, false), excuse("late", 2, true)}, true},
		{[]Excuse{excuse("", 1, false), excuse("early", 9, true)}, false},
	} {
		if got := made(func(o *Order) { o.Excuses = c.excuses }).Excused("late"); got != c.want {
			t.Errorf("%+v excuse late: %v", c.excuses, got)
		}
	}
}

func TestFactNames(t *testing.T) {
	seen := 0
	for u := range NumUnits {
		if got, ok := ParseUnit(u.String()); !ok || got != u {
			t.Errorf("unit %v reads back as %v", u, got)
		}
		for f := range NumFacts {
			got, ok := ParseFact(u, f.String())
			if ok != (f.Unit() == u) || ok && got != f {
				t.Errorf("%v of %v reads back as %v of a %v: %v", f, f.Unit(), got, u, ok)
			}
			if ok {
				seen++
			}
		}
	}
	if _, ok := ParseUnit("piece"); ok || seen != int(NumFacts) {
		t.Errorf("%d names read back, and that there is a unit piece is %v", seen, ok)
	}
}

func TestFactSets(t *testing.T) {
	s := FactsOf(OrderClaim, ShipmentOnTime)
	if !s.Has(OrderClaim) || s.Has(OrderCounted) || !slices.Equal(s.Facts(), []Fact{OrderClaim, ShipmentOnTime}) {
		t.Errorf("the set is %v", s)
	}
	if !s.HasAny(FactsOf(OrderClaim, OrderCounted)) || s.HasAny(FactsOf(OrderCounted)) || s.HasAny(0) {
		t.Error("of HasAny one is not so")
	}
	if !s.HasAll(FactsOf(OrderClaim)) || s.HasAll(FactsOf(OrderClaim, OrderCounted)) || !s.HasAll(0) {
		t.Error("of HasAll one is not so")
	}
	if r := ReasonsOf(events.Damaged); !r.Holds(events.Damaged) || r.Holds(events.WrongItem) || r.Holds(0) || !ReasonSet(0).Holds(0) {
		t.Error("of Holds one is not so")
	}
}

// Judging an order takes no memory but that of the slices that it is given.
func TestFactsAllocateNothing(t *testing.T) {
	o, u, due := partsOrder(10), UnitFacts{}, []events.Millis(nil)
	judge := func() {
		o.FactsAt(&u, start+dayMillis, 0)
		due = o.DueOf(due[:0], ^FactSet(0))
		o.Facts(start)
	}
	if judge(); testing.AllocsPerRun(100, judge) != 0 || len(u.Shipments) != 10 {
		t.Errorf("%v allocations, %d shipments", testing.AllocsPerRun(100, judge), len(u.Shipments))
	}
}
