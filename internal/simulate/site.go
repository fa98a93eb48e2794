package simulate

import "sellerpulse/pkg/events"

// countries are where buyers are, unless others are given. Marketplaces are called after them, unless they are given.
var countries = []string{"SE", "DE", "FR"}

// nextSite is where the seller's next order is placed, and where it goes: mostly at home. Of some orders it is not known.
func (s *seller) nextSite() (marketplace, country string) {
	home, abroad := ofSeller(s.number, s.marketplaces), ofSeller(s.number+1, s.marketplaces)
	here, there := ofSeller(s.number, s.countries), ofSeller(s.number+1, s.countries)
	switch s.nextForm(selling, 9) {
	case 3, 6:
		return abroad, there
	case 7:
		return home, there
	case 8:
		return home, ""
	}
	return home, here
}

func ofSeller(number int, list []string) string { return list[number%len(list)] }

// complaints are the reasons of claims, and regrets those of returns; some buyers give none.
var (
	complaints = []events.BuyerReason{events.NotReceived, events.NotAsDescribed, events.NotReceived, events.Damaged, 0}
	regrets    = []events.BuyerReason{events.ChangedMind, events.NotAsDescribed, events.ChangedMind, events.WrongItem, events.OtherBuyerReason, events.Damaged, 0}
)

// beExcused has the marketplace look into why a parcel was late: of some orders it is not the seller's fault, and of few it changes its mind.
func (o *order) beExcused() {
	at := o.arrived + 2*day
	switch o.seller.nextForm(excusing, 6) {
	case 0:
		e := o.think(at, events.Orders, events.OrderExcused)
		e.Metrics, e.Excused = []string{"late_shipment_rate", "on_time_delivery_rate"}, true
	case 3:
		o.think(at, events.Orders, events.OrderExcused).Excused = true
	case 5:
		o.think(at, events.Orders, events.OrderExcused).Excused = true
		o.think(at+day, events.Orders, events.OrderExcused).Excused = false
	}
}
