package inspect

import (
	"bytes"
	"cmp"
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// Status is what is known of an order.
type Status string

// The statuses.
const (
	Live    Status = "LIVE"    // all of it
	Expired Status = "EXPIRED" // that it was, and its date
	Parked  Status = "PARKED"  // events that wait for its PLACED
)

// Order is what is known of one order.
type Order struct {
	Head
	OrderID string `json:"order_id"`
	Status  Status `json:"status"`

	OrderDate   *windows.Date `json:"order_date"`   // in the zone, as the order is counted; null of a parked order, as the next two
	ExpiresOn   *windows.Date `json:"expires_on"`   // the day from whose start on it counts nowhere
	ForgottenOn *windows.Date `json:"forgotten_on"` // the day from whose start on nothing of it is known

	Row    *Row     `json:"row"`    // null unless it is live
	Parked *Parking `json:"parked"` // null unless it is parked
}

// Row is the row of a live order, in words. Lists are sorted by id, and cut off at what [Options] say.
type Row struct {
	PlacedAt  Instant `json:"placed_at"`  // the PLACED that counts
	OrderedAt Instant `json:"ordered_at"` // its order_date
	Channel   string  `json:"channel"`
	Pending   bool    `json:"pending"`
	Confirmed bool    `json:"confirmed"` // a pending order was paid
	Counted   bool    `json:"counted"`   // it is in denominators
	Refunded  bool    `json:"refunded"`  // by a REFUNDED

	Marketplace *string `json:"marketplace"`  // where it was placed; null where that was not told
	ShipCountry *string `json:"ship_country"` // where it goes; likewise

	Items     []Item        `json:"items"`
	ShipBy    *Deadline     `json:"ship_by"`
	DeliverBy *Deadline     `json:"deliver_by"`
	Cancelled *Cancellation `json:"cancelled"`
	Excuses   []Excuse      `json:"excuses"` // by metric

	Shipments    []Shipment   `json:"shipments"`
	Feedback     []Feedback   `json:"feedback"`
	Claims       []Claim      `json:"claims"`
	Chargebacks  []Chargeback `json:"chargebacks"`
	Returns      []Return     `json:"returns"`
	PartsOmitted int          `json:"parts_omitted"` // of all lists but facts and rules

	Counts       Counts      `json:"counts"` // what it adds to each measure
	Facts        []Fact      `json:"facts"`  // by measure, then as its parts come
	FactsOmitted int         `json:"facts_omitted"`
	Rules        []OrderRule `json:"rules"` // those in force, in their order, and of each the parts that the order is in

	Events        []WrittenBy `json:"events"` // of which something is left in the row, by topic and offset
	EventsOmitted int         `json:"events_omitted"`
}

// Parking is the events that wait for the PLACED of an order, by topic and offset.
type Parking struct {
	Waiting       int64         `json:"waiting"` // events
	Bytes         *int64        `json:"bytes"`   // of them; null where a former version did not count
	Events        []ParkedEvent `json:"events"`
	EventsOmitted int64         `json:"events_omitted"`
}

// ParkedEvent is an event that waits.
type ParkedEvent struct {
	Topic      string   `json:"topic"`     // without a prefix
	Partition  int32    `json:"partition"` // the seller's
	Offset     int64    `json:"offset"`
	ArrivedAt  Instant  `json:"arrived_at"`  // in stream time
	WaitsUntil Instant  `json:"waits_until"` // after that it goes to the dead letters
	Kind       *string  `json:"kind"`        // this and the next two are null where the event cannot be read
	EventID    *string  `json:"event_id"`
	OccurredAt *Instant `json:"occurred_at"`
}

// Order tells what is known of an order. What is past its retention has expired, whether its row was swept already or not. Nothing known is an
// [UnknownSellerError] or an [UnknownOrderError].
func (p *Partition) Order(seller, order string) (*Order, error) {
	answer := &Order{Head: p.headAt(seller, p.clock.TimeOf(seller, order)), OrderID: order}
	known, err := p.findOrder(answer)
	if err == nil && !known {
		_, _, err = p.seller(seller)
		return nil, cmp.Or(err, error(&UnknownOrderError{seller, order}))
	}
	if err != nil {
		return nil, fmt.Errorf("read order %q of seller %q: %w", order, seller, err)
	}
	return answer, nil
}

// findOrder fills in what is known of an order, and tells whether that is anything.
func (p *Partition) findOrder(answer *Order) (known bool, err error) {
	index, err := p.reader.Index(answer.SellerID, answer.OrderID)
	if err != nil {
		return false, err
	}
	switch index.Status {
	case state.Live:
		p.date(answer, windows.Date(index.Number))
		switch {
		case *answer.ForgottenOn <= answer.Today:
			return false, nil
		case *answer.ExpiresOn <= answer.Today:
			answer.Status = Expired
		default:
			answer.Status = Live
			answer.Row, err = p.row(answer)
		}
	case state.Parked:
		answer.Status = Parked
		answer.Parked, err = p.parked(answer.SellerID, answer.OrderID, index)
	default:
		return false, nil
	}
	return true, err
}

// date tells an order's date, and for how long it is kept.
func (p *Partition) date(answer *Order, date windows.Date) {
	life := state.Lifetime{Calendar: p.calendar, RetentionDays: p.options.RetentionDays}
	expires, forgotten := date+life.ExpiresAfter(), date+life.ForgottenAfter()
	answer.OrderDate, answer.ExpiresOn, answer.ForgottenOn = &date, &expires, &forgotten
}

func (p *Partition) row(answer *Order) (*Row, error) {
	stored, err := p.reader.Row(answer.SellerID, answer.OrderID)
	if err != nil {
		return nil, err
	}
	o := &p.order
	if err := o.Decode(bytes.Clone(stored)); err != nil { // The answer outlives what was read.
		return nil, fmt.Errorf("%w: %w", state.ErrMalformed, err)
	}
	at := p.clock.TimeOf(answer.SellerID, answer.OrderID)
	counts := o.Facts(at)
	r := &Row{
		PlacedAt: Instant(o.PlacedAt), OrderedAt: Instant(o.OrderDate), Channel: o.Channel.String(), Pending: o.Pending, Confirmed: o.Confirmed,
		Counted: counts[windows.Orders] > 0, Refunded: o.Refunded,
		Marketplace: optional(o.Marketplace, o.Marketplace != ""), ShipCountry: optional(o.ShipCountry, o.ShipCountry != ""),
		ShipBy: deadlineOf(&o.ShipBy), DeliverBy: deadlineOf(&o.DeliverBy), Cancelled: cancellationOf(o), Counts: Counts(counts),
	}
	p.addParts(r, o, at)
	r.Events, r.EventsOmitted = writtenBy(o, p.reader.Partition(), p.options.MaxParts)
	f := finding{at: at}
	r.Facts, r.FactsOmitted = f.of(o, factsTold(p.options.Rules), p.options.MaxParts)
	r.Rules, err = p.orderRules(answer, o, at)
	return r, err
}

// parked tells of the events that wait for an order.
func (p *Partition) parked(seller, order string, index state.Index) (*Parking, error) {
	waiting, err := p.reader.ParkedEvents(seller, order, p.options.MaxParts)
	if err != nil {
		return nil, err
	}
	answer := &Parking{Waiting: index.Number, Bytes: optional(index.Bytes, index.Counted()), Events: []ParkedEvent{}}
	answer.EventsOmitted = index.Number - int64(len(waiting))
	for i := range waiting {
		e := &waiting[i]
		one := ParkedEvent{Topic: e.Topic.String(), Partition: p.reader.Partition(), Offset: e.Offset, ArrivedAt: Instant(e.Arrived), WaitsUntil: Instant(e.Arrived + state.OrphanAfter)}
		if event, ok := p.decode(e); ok {
			one.Kind, one.EventID, one.OccurredAt = optional(event.Kind.String(), true), &event.EventID, instantOf(event.OccurredAt)
		}
		answer.Events = append(answer.Events, one)
	}
	return answer, nil
}

// decode reads an event that waits; false where its schema is not known.
func (p *Partition) decode(e *state.ParkedEvent) (event events.Event, ok bool) {
	if p.decoder == nil {
		p.decoder = events.NewDecoder(events.DecoderOptions{Schema: p.options.Schema})
	}
	return event, p.decoder.Decode(e.Topic, e.Value, &event) == nil
}
