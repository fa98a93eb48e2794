package scenario

import (
	"fmt"
	"slices"
	"strconv"

	"sellerpulse/pkg/events"
)

// detail reads what stands after a comma of a line of events.
func (p *parser) detail(d *draft, w *words) error {
	name, err := w.next("a detail after the comma")
	if err != nil {
		return err
	}
	read, known := generalDetails[name]
	if !known {
		if read, known = detailsOf[d.event.Kind][name]; !known {
			return unknown(fmt.Sprintf("the detail of %s,", d.event.Kind), name, d.allowed()...)
		}
	}
	return read(p, d, w)
}

// allowed are the details that the line may have.
func (d *draft) allowed() (names []string) {
	for name := range detailsOf[d.event.Kind] {
		names = append(names, name)
	}
	for name := range generalDetails {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

type readDetail func(p *parser, d *draft, w *words) error

// generalDetails are those that every event may have.
var generalDetails = map[string]readDetail{
	"recorded": func(p *parser, d *draft, w *words) error { return p.momentTo(&d.recorded, w) },
	"key": func(_ *parser, d *draft, w *words) error {
		key, err := w.next("the record's key")
		d.key = &key
		return err
	},
	"id": func(_ *parser, d *draft, w *words) (err error) {
		d.eventID, err = w.next("the event's id")
		return err
	},
	"every": func(_ *parser, d *draft, w *words) error {
		text, err := w.next("the time from one event to the next")
		if err == nil {
			d.every, err = duration(text)
		}
		return err
	},
}

// detailsOf are those of each kind. Text is what a person would write: "mfn", "ship by 2026-01-07".
var detailsOf = map[events.Kind]map[string]readDetail{
	events.OrderPlaced: {
		"mfn":     func(_ *parser, d *draft, _ *words) error { d.event.Channel = events.MFN; return nil },
		"afn":     func(_ *parser, d *draft, _ *words) error { d.event.Channel = events.AFN; return nil },
		"pending": func(_ *parser, d *draft, _ *words) error { d.event.Pending = true; return nil },
		"lines":   readLines,
		"marketplace": func(_ *parser, d *draft, w *words) (err error) {
			d.event.Marketplace, err = w.next("the marketplace")
			return err
		},
		"dated":   func(p *parser, d *draft, w *words) error { return p.momentTo(&d.orderDate, w) },
		"ship":    shipByOrTo,
		"deliver": deliverBy,
	},
	events.OrderAmended: {"ship": shipBy, "deliver": deliverBy},
	events.OrderCancelled: {
		"reason": func(_ *parser, d *draft, w *words) error {
			return choose(w, "the reason", &d.event.Reason, events.ParseReason, "out-of-stock", "buyer-request", "ship-confirmation-missing", "other")
		},
		"requested": func(_ *parser, d *draft, w *words) error {
			d.event.RequestedByBuyer = true
			return w.need("by", "buyer")
		},
	},
	events.ClaimOpened:             {"reason": readBuyerReason},
	events.ReturnRequested:         {"reason": readBuyerReason},
	events.ShipmentConfirmed:       {"with": readPair, "carrier": readCarrier, "tracking": readTracking, "tracked": readTracked, "deliver": deliverBy},
	events.ShipmentTrackingUpdated: {"with": readPair, "carrier": readCarrier, "tracking": readTracking, "tracked": readTracked},
	events.ReturnAnswered: {
		"in": func(_ *parser, d *draft, w *words) error {
			d.event.InPolicy = true
			return w.need("policy")
		},
	},
}

func (p *parser) momentTo(target **moment, w *words) error {
	m, err := p.moment(w)
	*target = &m
	return err
}

func shipBy(p *parser, d *draft, w *words) error {
	if err := w.need("by"); err != nil {
		return err
	}
	return p.momentTo(&d.ship, w)
}

// shipByOrTo reads "ship by TIME" and "ship country AT".
func shipByOrTo(p *parser, d *draft, w *words) (err error) {
	if !w.take("country") {
		return shipBy(p, d, w)
	}
	d.event.ShipCountry, err = w.next("the country that it is shipped to")
	return err
}

func deliverBy(p *parser, d *draft, w *words) error {
	if err := w.need("by"); err != nil {
		return err
	}
	return p.momentTo(&d.deliver, w)
}

// readLines reads the product lines of an order's items, one item each.
func readLines(_ *parser, d *draft, w *words) error {
	for {
		lines, err := w.names("a product line")
		if err != nil {
			return err
		}
		for _, line := range lines {
			d.event.Items = append(d.event.Items, events.Item{ItemID: strconv.Itoa(len(d.event.Items) + 1), ProductLine: line, Quantity: 1})
		}
		if !w.more() {
			return nil
		}
	}
}

func readBuyerReason(_ *parser, d *draft, w *words) error {
	return choose(w, "the buyer's reason", &d.event.BuyerReason, events.ParseBuyerReason,
		"not-received", "not-as-described", "damaged", "wrong-item", "changed-mind", "other")
}

func readPair(p *parser, d *draft, w *words) error {
	if err := readCarrier(p, d, w); err != nil {
		return err
	}
	return readTracking(p, d, w)
}

func readCarrier(_ *parser, d *draft, w *words) error {
	carrier, err := w.next("the carrier")
	d.event.Carrier = events.Text{Value: carrier, Given: true}
	return err
}

func readTracking(_ *parser, d *draft, w *words) error {
	id, err := w.next("the tracking id")
	d.event.TrackingID = events.Text{Value: id, Given: true}
	return err
}

// readTracked stands for a tracking number that is valid, where which one does not matter.
func readTracked(_ *parser, d *draft, _ *words) error {
	d.event.Carrier = events.Text{Value: "s10", Given: true}
	d.event.TrackingID = events.Text{Value: "RB123456785GB", Given: true}
	return nil
}
