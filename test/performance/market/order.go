package market

import (
	"fmt"
	"math/rand/v2"

	"sellerpulse/pkg/events"
)

// carelessness is how likely it is that something goes wrong with an order, of one seller or another.
var carelessness = []float64{0, 0.005, 0.01, 0.03, 0.1}

var productLines = []string{"toys", "books", "garden", "phones"}

// maker makes up what happens to one order after the other.
type maker struct {
	*rand.Rand
	start         events.Millis
	seller, order string
	carelessness  float64
	made          []*events.Event
	count         int
}

func (m *maker) chance(p float64) bool { return m.Float64() < p }

// after is an instant some hours after another.
func (m *maker) after(at events.Millis, least, most float64) events.Millis {
	return at + events.Millis((least+m.Float64()*(most-least))*float64(hour))
}

// add makes an event of the order; its part is empty where the topic has none.
func (m *maker) add(kind events.Kind, at events.Millis, part string) *events.Event {
	m.count++
	e := &events.Event{
		Topic: kind.Topic(), Kind: kind, EventID: fmt.Sprintf("e%d", m.count), OccurredAt: at, SellerID: m.seller, OrderID: m.order,
		OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
	}
	if part != "" {
		e.PartID = m.order + part
	}
	m.made = append(m.made, e)
	return e
}

// place makes up the order with all that happens to it, or, of one day, nothing.
func (m *maker) place(oneDay bool) {
	days := Days
	if oneDay {
		days = 1
	}
	placed := m.after(m.start, 0, float64(days*24))
	e := m.add(events.OrderPlaced, placed, "")
	e.OrderDate, e.Channel, e.Pending = placed, events.MFN, m.chance(0.1)
	if m.chance(0.3) {
		e.Channel = events.AFN
	}
	for i := range 1 + m.IntN(4)/3 {
		e.Items = append(e.Items, events.Item{ItemID: fmt.Sprint(i), ProductLine: productLines[m.IntN(len(productLines))], Quantity: 1 + m.Int32N(3)})
	}
	e.ShipBy, e.DeliverBy = placed+day*(1+m.Int64N(3)), placed+day*(4+m.Int64N(6))
	if oneDay || e.Pending && !m.pay(placed) {
		return
	}
	if m.chance(0.05) {
		m.add(events.OrderAmended, m.after(placed, 1, 20), "").ShipBy = e.ShipBy + day
	}
	if m.chance(m.carelessness+0.02) && !m.cancel(placed) {
		return
	}
	m.ship(placed)
	m.rate(placed)
	m.dispute(placed)
	m.sendBack(placed)
	m.excuse(placed)
}

// pay ends the time in which an order is pending; it tells whether the order goes on.
func (m *maker) pay(placed events.Millis) bool {
	if m.chance(0.3) {
		e := m.add(events.OrderCancelled, m.after(placed, 0.1, 2), "")
		e.CancelledBy, e.RequestedByBuyer, e.Reason = events.Buyer, true, events.BuyerRequest
		return false
	}
	if m.chance(0.9) {
		m.add(events.OrderConfirmed, m.after(placed, 0.1, 3), "")
	}
	return true
}

// cancel cancels the order; it tells whether it is sent nevertheless.
func (m *maker) cancel(placed events.Millis) bool {
	e := m.add(events.OrderCancelled, m.after(placed, 3, 120), "")
	e.CancelledBy, e.RequestedByBuyer = events.Buyer+events.Party(m.IntN(3)), m.chance(0.3)
	e.Reason = events.BuyerRequest + events.Reason(m.IntN(4))
	return m.chance(0.5)
}

func (m *maker) ship(placed events.Millis) {
	for i := range 1 + m.IntN(4)/3 {
		part := fmt.Sprintf("-s%d", i)
		latest := 60.0
		if m.chance(m.carelessness + 0.05) {
			latest = 120
		}
		confirmed := m.after(placed, 5, latest)
		e := m.add(events.ShipmentConfirmed, confirmed, part)
		if m.chance(0.15) {
			e = m.add(events.ShipmentTrackingUpdated, m.after(confirmed, 1, 200), part)
		}
		e.Carrier, e.TrackingID = events.Text{Value: "s10", Given: true}, events.Text{Value: S10(m.Rand), Given: true}
		if m.chance(0.9) {
			m.add(events.ShipmentScanned, m.after(confirmed, 0.5, 20), part)
		}
		if m.chance(0.93) {
			m.add(events.ShipmentDelivered, m.after(confirmed, 24, 24*9), part)
		}
	}
}

func (m *maker) rate(placed events.Millis) {
	if !m.chance(0.4 + m.carelessness) {
		return
	}
	left := m.after(placed, 24*3, 24*30)
	e := m.add(events.FeedbackLeft, left, "-f")
	if e.Rating = 3 + m.Int32N(3); m.chance(m.carelessness + 0.1) {
		e.Rating = 1 + m.Int32N(2)
	}
	if m.chance(0.2) {
		m.add(events.FeedbackLeft, m.after(left, 1, 100), "-f").Rating = 1 + m.Int32N(5)
	}
	if m.chance(0.15) {
		m.add(events.FeedbackRemoved, m.after(left, 101, 300), "-f")
	}
}

// dispute makes up claims and chargebacks.
func (m *maker) dispute(placed events.Millis) {
	if m.chance(0.1) {
		opened := m.after(placed, 48, 24*40)
		m.add(events.ClaimOpened, opened, "-c")
		for range m.IntN(3) {
			opened = m.after(opened, 1, 24*8)
			m.add(events.ClaimReopened+events.Kind(m.IntN(6)), opened, "-c")
		}
	}
	if m.chance(0.05) {
		opened := m.after(placed, 24*5, 24*50)
		m.add(events.ChargebackOpened, opened, "-b").Category = events.Fraud + events.Category(m.IntN(2))
		if m.chance(0.3) {
			opened = m.after(opened, 1, 100)
			m.add(events.ChargebackReclassified, opened, "-b").Category = events.Fraud + events.Category(m.IntN(2))
		}
		if m.chance(0.3) {
			m.add(events.ChargebackReversed, m.after(opened, 1, 100), "-b")
		}
	}
}

// sendBack makes up refunds and returns.
func (m *maker) sendBack(placed events.Millis) {
	if m.chance(0.08) {
		m.add(events.OrderRefunded, m.after(placed, 48, 24*30), "")
	}
	if !m.chance(0.15) {
		return
	}
	requested := m.after(placed, 24*3, 24*30)
	m.add(events.ReturnRequested, requested, "-r")
	if m.chance(0.9) {
		e := m.add(events.ReturnAnswered, m.after(requested, 0.5, 50), "-r")
		e.Answer, e.InPolicy = events.Authorized+events.Answer(m.IntN(4)), m.chance(0.5)
	}
	if m.chance(0.2) {
		m.add(events.ReturnFeedback, m.after(requested, 1, 300), "-r").Negative = m.chance(0.5)
	}
}

// excuse has the marketplace take the order's late shipment upon itself, for one order in a hundred.
func (m *maker) excuse(placed events.Millis) {
	if m.chance(0.01) {
		e := m.add(events.OrderExcused, m.after(placed, 24*5, 24*30), "")
		e.Metrics, e.Excused = []string{"late_shipment_rate"}, true
	}
}

// S10 is a valid number of a registered letter.
func S10(r *rand.Rand) string {
	digits := fmt.Sprintf("%08d", r.IntN(100_000_000))
	sum := 0
	for i, weight := range []int{8, 6, 4, 2, 3, 5, 9, 7} {
		sum += int(digits[i]-'0') * weight
	}
	check := 11 - sum%11
	switch check {
	case 10:
		check = 0
	case 11:
		check = 5
	}
	return fmt.Sprintf("RR%s%dSE", digits, check)
}
