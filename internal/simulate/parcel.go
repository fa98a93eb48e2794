package simulate

import (
	"fmt"
	"strconv"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows/tracking"
)

// ship thinks of the order's parcels.
func (o *order) ship(paid events.Millis) {
	o.parcel("s1", paid)
	if o.seller.happens(inTwo) {
		o.parcel("s2", paid)
	}
}

func (o *order) parcel(id string, paid events.Millis) {
	s := o.seller
	confirmed := paid + s.after(4, 36)
	if !o.byMarketplace && s.happens(shippedLate) {
		confirmed = o.shipBy + s.after(2, 40)
		o.late = true
	}
	e := o.part(confirmed, events.Shipments, events.ShipmentConfirmed, id)
	if s.random.IntN(3) == 0 {
		e.DeliverBy = o.deliverBy
	}
	o.track(e)
	o.part(confirmed+s.after(2, 18), events.Shipments, events.ShipmentScanned, id)

	delivered := confirmed + s.after(24, 72)
	if !o.byMarketplace && s.happens(deliveredLate) {
		delivered = o.deliverBy + s.after(6, 80)
		o.late = true
	}
	if s.random.IntN(2) == 0 {
		o.part(delivered-s.after(1, 5), events.Shipments, events.ShipmentScanned, id)
	}
	if !o.byMarketplace && s.happens(lost) {
		delivered = o.deliverBy
	} else {
		o.part(delivered, events.Shipments, events.ShipmentDelivered, id)
	}
	o.arrived = max(o.arrived, delivered)
}

// track supplies the tracking id of a parcel with its confirmation, or a little later.
func (o *order) track(confirmation *events.Event) {
	s := o.seller
	e := confirmation
	if s.happens(trackedLater) {
		e = o.think(confirmation.OccurredAt+s.after(0.3, 1.9), events.Shipments, events.ShipmentTrackingUpdated)
		e.PartID = confirmation.PartID
	}
	c := carriers[s.carrier]
	id := c.id(s)
	if !o.byMarketplace && s.happens(mistracked) {
		if s.nextForm(mistracking, 2) == 0 {
			c.code = "own-van"
		} else {
			id = spoil(c.code, id)
		}
	}
	e.Carrier = events.Text{Value: c.code, Given: true}
	e.TrackingID = events.Text{Value: id, Given: true}
}

// carrier makes up tracking ids, from a format in which 0 stands for any digit and = for the check digit.
type carrier struct {
	code, format string
}

var carriers = []carrier{
	{"s10", "RR00000000=SE"},
	{"ups", "1ZA1B2C3030000000="},
	{"usps", "940011120000000000000="},
	{"fedex", "00000000000="},
	{"dhl", "000000000="},
	{"s10", "CP00000000=DE"},
}

// id makes up a valid tracking id.
func (c carrier) id(s *seller) string {
	id := []byte(c.format)
	at := -1
	for i, character := range id {
		switch character {
		case '0':
			id[i] = byte('0' + s.random.IntN(10))
		case '=':
			at = i
		}
	}
	for digit := byte('0'); digit <= '9'; digit++ {
		id[at] = digit
		if tracking.Valid(c.code, string(id)) {
			return string(id)
		}
	}
	panic(fmt.Sprintf("simulate: no check digit makes %s valid for %s", id, c.code))
}

// spoil makes a valid id one that is not, as a slip of the pen does.
func spoil(code, id string) string {
	for digit := range 10 {
		slip := id[:len(id)-3] + strconv.Itoa(digit) + id[len(id)-2:]
		if !tracking.Valid(code, slip) {
			return slip
		}
	}
	return id + "?"
}
