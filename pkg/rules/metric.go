package rules

import (
	"fmt"

	"sellerpulse/pkg/windows"
)

// Metric is a rate that is measured of each seller: units of which a fact holds, among all units that count. A Metric does not change, and is
// known by its pointer: two of one definition in two packs are two.
type Metric struct {
	Name string
	Pack string // that defines it; empty for a built-in one
	Unit windows.Unit

	// Good is whether the numerator counts what is wanted, so that a miss is what the denominator has beside it.
	Good   bool
	Facts  windows.FactSet // of which a unit in the numerator has any
	Unless windows.FactSet // and of these none
	Total  windows.FactSet // of which a unit in the denominator, and so in the numerator, has all

	Channel Channel // of the orders that the metric's rules count
}

// The built-in metrics.
var (
	OrderDefectRate      = ofOrders("order_defect_rate", AllChannels, windows.OrderDefective)
	NegativeFeedbackRate = ofOrders("negative_feedback_rate", AllChannels, windows.OrderNegativeFeedback)
	ClaimRate            = ofOrders("claim_rate", AllChannels, windows.OrderClaim)
	ChargebackRate       = ofOrders("chargeback_rate", AllChannels, windows.OrderChargeback)
	RefundRate           = ofOrders("refund_rate", AllChannels, windows.OrderRefunded)
	CancellationRate     = ofOrders("cancellation_rate", MFN, windows.OrderSellerCancelled)
	LateShipmentRate     = ofOrders("late_shipment_rate", MFN, windows.OrderLateShipped)
	ValidTrackingRate    = &Metric{
		Name: "valid_tracking_rate", Unit: windows.ShipmentUnit, Good: true, Channel: MFN,
		Facts: windows.FactsOf(windows.ShipmentValidTracking), Total: windows.FactsOf(windows.ShipmentConfirmed),
	}
	OnTimeDeliveryRate = &Metric{
		Name: "on_time_delivery_rate", Unit: windows.ShipmentUnit, Good: true, Channel: MFN,
		Facts: windows.FactsOf(windows.ShipmentOnTime), Total: windows.FactsOf(windows.ShipmentConfirmed, windows.ShipmentSettled),
	}
	ReturnDissatisfactionRate = &Metric{
		Name: "return_dissatisfaction_rate", Unit: windows.ReturnUnit,
		Facts: windows.FactsOf(windows.ReturnNegative), Total: windows.FactsOf(windows.ReturnRequested),
	}
)

// ofOrders is a metric of orders that have a fact, among all.
func ofOrders(name string, c Channel, fact windows.Fact) *Metric {
	return &Metric{Name: name, Unit: windows.OrderUnit, Facts: windows.FactsOf(fact), Total: impliedFacts[windows.OrderUnit], Channel: c}
}

// impliedFacts is what a unit that counts always has.
var impliedFacts = [windows.NumUnits]windows.FactSet{
	windows.OrderUnit:    windows.FactsOf(windows.OrderCounted),
	windows.ShipmentUnit: windows.FactsOf(windows.ShipmentConfirmed),
	windows.ReturnUnit:   windows.FactsOf(windows.ReturnRequested),
}

var metrics = []*Metric{
	OrderDefectRate, NegativeFeedbackRate, ClaimRate, ChargebackRate, RefundRate, CancellationRate, LateShipmentRate, ValidTrackingRate, OnTimeDeliveryRate,
	ReturnDissatisfactionRate,
}

// Metrics are the built-in metrics, in the order in which they are reported. The slice is shared and must not be changed.
func Metrics() []*Metric { return metrics }

// FullName is the metric's name as alerts and reports have it: that of a pack's own metric begins with the pack's and a slash.
func (m *Metric) FullName() string { return fullName(m.Pack, m.Name) }

// String is FullName.
func (m *Metric) String() string { return m.FullName() }

// FindMetric finds the built-in metric of a name; nil where there is none.
func FindMetric(name string) *Metric {
	for _, m := range metrics {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// ParseMetric finds the built-in metric of a name.
func ParseMetric(name string) (*Metric, error) {
	if m := FindMetric(name); m != nil {
		return m, nil
	}
	return nil, fmt.Errorf("unknown metric %q: use one of %s", name, oneOf(metricNames(nil)))
}

// metricNames are those of a pack's own metrics, and of the built-in ones.
func metricNames(own []*Metric) (names []string) {
	for _, list := range [][]*Metric{own, metrics} {
		for _, m := range list {
			names = append(names, m.Name)
		}
	}
	return names
}

// Measures are the counts that a built-in metric divides.
func (m *Metric) Measures() (numerator, denominator windows.Measure) {
	counts := measures[m]
	return counts[0], counts[1]
}

var measures = map[*Metric][2]windows.Measure{
	OrderDefectRate: {windows.Defective, windows.Orders}, NegativeFeedbackRate: {windows.NegativeFeedback, windows.Orders},
	ClaimRate: {windows.Claim, windows.Orders}, ChargebackRate: {windows.Chargeback, windows.Orders}, RefundRate: {windows.Refunded, windows.Orders},
	CancellationRate: {windows.SellerCancelled, windows.Orders}, LateShipmentRate: {windows.LateShipped, windows.Orders},
	ValidTrackingRate:  {windows.ShipmentsValidTracking, windows.ShipmentsConfirmed},
	OnTimeDeliveryRate: {windows.ShipmentsOnTime, windows.ShipmentsSettled}, ReturnDissatisfactionRate: {windows.ReturnsNegative, windows.ReturnsRequested},
}
