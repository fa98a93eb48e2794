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

// metrics says of each metric what it counts, and of which channel.
var metrics = [NumMetrics]struct {
	name                   string
	numerator, denominator windows.Measure
	channel                Channel
}{
	OrderDefectRate:           {"order_defect_rate", windows.Defective, windows.Orders, AllChannels},
	NegativeFeedbackRate:      {"negative_feedback_rate", windows.NegativeFeedback, windows.Orders, AllChannels},
	ClaimRate:                 {"claim_rate", windows.Claim, windows.Orders, AllChannels},
	ChargebackRate:            {"chargeback_rate", windows.Chargeback, windows.Orders, AllChannels},
	RefundRate:                {"refund_rate", windows.Refunded, windows.Orders, AllChannels},
	CancellationRate:          {"cancellation_rate", windows.SellerCancelled, windows.Orders, MFN},
	LateShipmentRate:          {"late_shipment_rate", windows.LateShipped, windows.Orders, MFN},
	ValidTrackingRate:         {"valid_tracking_rate", windows.ShipmentsValidTracking, windows.ShipmentsConfirmed, MFN},
	OnTimeDeliveryRate:        {"on_time_delivery_rate", windows.ShipmentsOnTime, windows.ShipmentsSettled, MFN},
	ReturnDissatisfactionRate: {"return_dissatisfaction_rate", windows.ReturnsNegative, windows.ReturnsRequested, AllChannels},
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

// Good is whether the numerator counts what is wanted, so that a miss is what the denominator has beside it.
func (m Metric) Good() bool { return m == ValidTrackingRate || m == OnTimeDeliveryRate }

// Channel is the channel that the metric's rules count.
func (m Metric) Channel() Channel { return metrics[m].channel }

// ParseChannel finds the channel of a name.
func ParseChannel(name string) (Channel, error) {
	for c, n := range channelNames {
		if n == name {
			return Channel(c), nil
		}
	}
	return 0, fmt.Errorf("unknown channel %q: use ALL, AFN or MFN", name)
}

// Window is a number of days of order dates, and how many days before today the last of them is.
type Window = windows.Window

// Channel is the orders that a number counts, by who fulfils them.
type Channel uint8

// The channels, numbered as in the schemas.
const (
	AllChannels Channel = iota
	AFN                 // fulfilled by the marketplace
	MFN                 // fulfilled by the seller
	NumChannels
)

var channelNames = [NumChannels]string{AllChannels: "ALL", AFN: "AFN", MFN: "MFN"}

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
