package simulate

import (
	"fmt"
	"math/rand/v2"

	"sellerpulse/pkg/events"
)

// RandomOptions say what RandomMarketplace makes up.
type RandomOptions struct {
	Seed    uint64
	Events  int           // 1,000 unless given
	Sellers int           // 3 unless given
	Orders  int           // of each seller: 12 unless given
	Start   events.Millis // where the events begin
	Days    int           // of 24 hours over which they spread: 40 unless given

	// Everything has marketplaces, ship countries, reasons of buyers and EXCUSED happen too. Without it a seed makes what it made before there were any.
	Everything bool
}

// RandomMarketplace makes up events for tests, in the order in which they arrive: all kinds (see Everything), each event valid, but without sense.
// Few ids and coarse times make them meet: facts come before their order, or without it; events of one seller and topic come out of
// order, up to six days late, at equal times, twice, or with the same id and other content; orders are placed again with other
// values; instants fall on deadlines to the millisecond. Ids are awkward: one begins with another, or holds a slash or a zero byte.
func RandomMarketplace(o RandomOptions) []events.Event {
	o.Events, o.Sellers, o.Orders, o.Days = orElse(o.Events, 1000), orElse(o.Sellers, 3), orElse(o.Orders, 12), orElse(o.Days, 40)
	r := &randomizer{RandomOptions: o, Rand: rand.New(rand.NewPCG(o.Seed, 0))}
	for i := range o.Sellers {
		r.sellers = append(r.sellers, fmt.Sprintf("%s%d", awkward[i%len(awkward)], i/len(awkward)))
	}
	for i := range o.Events {
		r.made = append(r.made, r.arrive(float64(i)/float64(o.Events)))
	}
	return r.made
}

func orElse(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// awkward are beginnings of seller ids, and product lines.
var awkward = []string{"S", "S1", "S/", "säljare ", "S\x00", "{", "s", "商"}

const coarse = 6 * hour

type randomizer struct {
	RandomOptions
	*rand.Rand
	sellers []string
	made    []events.Event
}

// arrive makes the event up that arrives when progress, from 0 to 1, of the days has passed.
func (r *randomizer) arrive(progress float64) events.Event {
	if r.share(0.07) && len(r.made) > 0 {
		return r.earlier()
	}
	e := r.make(progress)
	if r.share(0.04) && len(r.made) > 0 {
		e.EventID = r.earlier().EventID
	}
	return e
}

func (r *randomizer) share(of float64) bool { return r.Float64() < of }

// earlier is one of the last events made.
func (r *randomizer) earlier() events.Event {
	return r.made[len(r.made)-1-r.IntN(min(len(r.made), 100))]
}

func (r *randomizer) make(progress float64) events.Event {
	passed := events.Millis(progress * float64(r.Days) * float64(day))
	order := max(0, min(r.Orders-1, int(progress*float64(r.Orders))+1-r.IntN(5)))
	kind := r.kind()
	if kind == events.OrderPlaced && order%6 == 5 {
		order-- // Every sixth order is never placed.
	}
	e := events.Event{
		Topic: kind.Topic(), Kind: kind,
		EventID:    fmt.Sprintf("e%d", len(r.made)),
		OccurredAt: r.Start + r.late(passed),
		SellerID:   r.sellers[r.IntN(len(r.sellers))],
		OrderID:    fmt.Sprintf("O%d", order),
		OrderDate:  events.None, ShipBy: events.None, DeliverBy: events.None,
	}
	if e.Topic != events.Orders {
		e.PartID = fmt.Sprintf("P%d", r.IntN(3))
	}
	ordered := r.Start + events.Millis(float64(order)/float64(r.Orders)*float64(r.Days))*day
	r.fill(&e, ordered)
	return e
}

// kind is any, PLACED the more often.
func (r *randomizer) kind() events.Kind {
	kinds := events.NumKinds
	if !r.Everything {
		kinds--
	}
	switch kind := events.Kind(1 + r.IntN(int(kinds)+3)); {
	case kind >= kinds:
		return events.OrderPlaced
	case kind >= events.OrderExcused && !r.Everything:
		return kind + 1
	default:
		return kind
	}
}

// late is a time at or before one, mostly coarse.
func (r *randomizer) late(at events.Millis) events.Millis {
	if r.share(0.3) {
		at -= r.Int64N(6 * day)
	}
	at -= at % coarse
	if r.share(0.1) {
		at += r.Int64N(3) - 1
	}
	return max(0, at)
}

// fill fills in the fields of the event's kind, for an order of about that date.
func (r *randomizer) fill(e *events.Event, ordered events.Millis) {
	switch e.Kind {
	case events.OrderPlaced:
		r.fillPlaced(e, ordered)
	case events.OrderAmended:
		e.ShipBy = r.deadline(ordered)
		if r.share(0.5) {
			e.ShipBy, e.DeliverBy = r.maybeDeadline(ordered), r.deadline(ordered)
		}
	case events.OrderCancelled:
		e.CancelledBy, e.Reason = events.Buyer+events.Party(r.IntN(3)), events.BuyerRequest+events.Reason(r.IntN(4))
		e.RequestedByBuyer = r.share(0.2)
	case events.OrderExcused:
		r.fillExcused(e)
	case events.ClaimOpened, events.ReturnRequested:
		if r.Everything && r.share(0.7) {
			e.BuyerReason = events.ChangedMind + events.BuyerReason(r.IntN(6))
		}
	case events.ShipmentConfirmed:
		e.DeliverBy = r.maybeDeadline(ordered)
		r.fillTracking(e)
		e.Carrier.Given, e.TrackingID.Given = r.share(0.8), r.share(0.8)
		clearAbsent(e)
	case events.ShipmentTrackingUpdated:
		r.fillTracking(e)
	case events.FeedbackLeft:
		e.Rating = 1 + r.Int32N(5)
	case events.ChargebackOpened, events.ChargebackReclassified:
		e.Category = events.Fraud + events.Category(r.IntN(2))
	case events.ReturnAnswered:
		e.Answer, e.InPolicy = events.Authorized+events.Answer(r.IntN(4)), r.share(0.5)
	case events.ReturnFeedback:
		e.Negative = r.share(0.5)
	}
}

func (r *randomizer) fillPlaced(e *events.Event, ordered events.Millis) {
	e.OrderDate = min(ordered+coarse*r.Int64N(8), e.OccurredAt+day)
	e.Channel = events.AFN + events.Channel(r.IntN(2))
	e.Pending = r.share(0.2)
	e.ShipBy, e.DeliverBy = r.maybeDeadline(ordered), r.maybeDeadline(ordered)
	for i := range r.IntN(4) {
		e.Items = append(e.Items, events.Item{
			ItemID: fmt.Sprintf("I%d", i), ProductLine: awkward[r.IntN(3)], Quantity: r.Int32N(4),
		})
	}
	if r.Everything {
		e.Marketplace, e.ShipCountry = sites[r.IntN(len(sites))], sites[r.IntN(len(sites))]
	}
}

// sites are marketplaces and countries, of which one is none.
var sites = []string{"", "DE", "de", "FR", "ß/:"}

// excusable are metrics, and a name of none.
var excusable = []string{"order_defect_rate", "late_shipment_rate", "on_time_delivery_rate", "return_dissatisfaction_rate", "cancellation_rate", "no_metric"}

func (r *randomizer) fillExcused(e *events.Event) {
	e.Excused = r.share(0.7)
	for range max(0, r.IntN(5)-1) {
		e.Metrics = append(e.Metrics, excusable[r.IntN(len(excusable))])
	}
}

func (r *randomizer) deadline(ordered events.Millis) events.Millis {
	return ordered + coarse*r.Int64N(32)
}

func (r *randomizer) maybeDeadline(ordered events.Millis) events.Millis {
	if r.share(0.3) {
		return events.None
	}
	return r.deadline(ordered)
}

// trackings are pairs of carrier and id, valid and not.
var trackings = [][2]string{
	{"s10", "RB123456785GB"},
	{"s10", "rb 123456785 us"},
	{"ups", "1ZABC1230300000011"},
	{"fedex", "123456789012"},
	{"s10", "RB123456786US"},
	{"ups", "RB123456785GB"},
	{"pigeon", "1"},
	{"", ""},
}

func (r *randomizer) fillTracking(e *events.Event) {
	pair := trackings[r.IntN(len(trackings))]
	e.Carrier = events.Text{Value: pair[0], Given: true}
	e.TrackingID = events.Text{Value: pair[1], Given: true}
}

// clearAbsent leaves no value where none is given.
func clearAbsent(e *events.Event) {
	for _, text := range []*events.Text{&e.Carrier, &e.TrackingID} {
		if !text.Given {
			text.Value = ""
		}
	}
}
