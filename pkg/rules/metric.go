package rules

import (
	"fmt"
	"strings"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// Metric is a rate that is measured of each seller: a numerator among a denominator, both counts over a window.
type Metric uint8

// The metrics, in the order in which they are reported.
const (
	OrderDefectRate Metric = iota
	NegativeFeedbackRate
	ClaimRate
	ChargebackRate
	RefundRate
	CancellationRate
	LateShipmentRate
	ValidTrackingRate
	OnTimeDeliveryRate
	ReturnDissatisfactionRate
	NumMetrics
)

// metrics says of each metric what it counts, of which channel, and over how many days it is reported.
var metrics = [NumMetrics]struct {
	name                   string
	numerator, denominator windows.Measure
	channel                Channel
	reported               []Window
}{
	OrderDefectRate:           {"order_defect_rate", windows.Defective, windows.Orders, AllChannels, days(60)},
	NegativeFeedbackRate:      {"negative_feedback_rate", windows.NegativeFeedback, windows.Orders, AllChannels, days(60)},
	ClaimRate:                 {"claim_rate", windows.Claim, windows.Orders, AllChannels, days(60)},
	ChargebackRate:            {"chargeback_rate", windows.Chargeback, windows.Orders, AllChannels, days(60)},
	RefundRate:                {"refund_rate", windows.Refunded, windows.Orders, AllChannels, days(60)},
	CancellationRate:          {"cancellation_rate", windows.SellerCancelled, windows.Orders, MFN, days(7)},
	LateShipmentRate:          {"late_shipment_rate", windows.LateShipped, windows.Orders, MFN, days(10, 30)},
	ValidTrackingRate:         {"valid_tracking_rate", windows.ShipmentsValidTracking, windows.ShipmentsConfirmed, MFN, days(30)},
	OnTimeDeliveryRate:        {"on_time_delivery_rate", windows.ShipmentsOnTime, windows.ShipmentsSettled, MFN, days(30)},
	ReturnDissatisfactionRate: {"return_dissatisfaction_rate", windows.ReturnsNegative, windows.ReturnsRequested, AllChannels, days(30)},
}

func days(lengths ...int32) (reported []Window) {
	for _, n := range lengths {
		reported = append(reported, Window{Days: n})
	}
	return reported
}

// String is the metric's name as rules, alerts and reports have it.
func (m Metric) String() string { return metrics[m].name }

// ParseMetric finds the metric of a name.
func ParseMetric(name string) (Metric, error) {
	for m := range NumMetrics {
		if metrics[m].name == name {
			return m, nil
		}
	}
	return 0, fmt.Errorf("unknown metric %q: use one of %s", name, metricNames())
}

func metricNames() string {
	var names []string
	for m := range NumMetrics {
		names = append(names, m.String())
	}
	return strings.Join(names, ", ")
}

// Measures are the counts that the metric divides.
func (m Metric) Measures() (numerator, denominator windows.Measure) {
	return metrics[m].numerator, metrics[m].denominator
}

// Channel is the channel that the metric's rules count.
func (m Metric) Channel() Channel { return metrics[m].channel }

// ReportWindows are the windows over which a report gives the metric, whatever rules are in force: those of the built-in rules without
// their lag, 60 days where there is no such rule. The result is shared and must not be changed.
func ReportWindows(m Metric) []Window { return metrics[m].reported }

// LineWindow is the window whose orders decide which product lines a report lists. It holds every window of ReportWindows, so that a product
// line with orders in any of them either is listed or counts as omitted.
var LineWindow = Window{Days: 60}

// Window is a number of days of order dates, and how many days before today the last of them is.
type Window = windows.Window

// Channel is the orders that a number counts, by who fulfils them.
type Channel uint8

// The channels, numbered as in the schemas.
const (
	AllChannels Channel = iota
	AFN                 // fulfilled by the marketplace
	MFN                 // fulfilled by the seller
	numChannels
)

var channelNames = [numChannels]string{AllChannels: "ALL", AFN: "AFN", MFN: "MFN"}

// String is the channel as alerts and reports have it.
func (c Channel) String() string { return channelNames[c] }

// Of is the channel of the orders that are counted; 0 for both.
func (c Channel) Of() events.Channel {
	switch c {
	case AFN:
		return events.AFN
	case MFN:
		return events.MFN
	default:
		return 0
	}
}
