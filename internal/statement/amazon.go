package statement

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
)

// amazonRange is the order dates of a block.
type amazonRange struct {
	From string `json:"reportingDateFrom"`
	To   string `json:"reportingDateTo"`
}

// amazonBlock is a rate of GET_V2_SELLER_PERFORMANCE_REPORT, whose counts each has by names of its own.
type amazonBlock struct {
	Range *amazonRange `json:"reportingDateRange"`

	OrderCount          *int64 `json:"orderCount"`
	LateShipmentCount   *int64 `json:"lateShipmentCount"`
	CancellationCount   *int64 `json:"cancellationCount"`
	ShipmentCount       *int64 `json:"shipmentCount"`
	ValidTrackingCount  *int64 `json:"validTrackingCount"`
	WithValidTracking   *int64 `json:"shipmentCountWithValidTracking"`
	OnTimeDeliveryCount *int64 `json:"onTimeDeliveryCount"`
	OrderWithDefects    *struct {
		Count *int64 `json:"count"`
	} `json:"orderWithDefects"`
}

// amazonMarketplace is the figures of one marketplace.
type amazonMarketplace struct {
	ID           string                 `json:"marketplaceId"`
	Defects      map[string]amazonBlock `json:"orderDefectRate"` // by mfn and afn
	LateShipment *amazonBlock           `json:"lateShipmentRate"`
	Cancellation *amazonBlock           `json:"preFulfillmentCancellationRate"`
	Cancelled    *amazonBlock           `json:"prefulfillmentCancelRate"` // the same, as Amazon's examples write it
	Tracking     *amazonBlock           `json:"validTrackingRate"`
	OnTime       *amazonBlock           `json:"onTimeDeliveryRate"`
	UnitOnTime   *amazonBlock           `json:"unitOnTimeDeliveryRate"`
	Invoices     *amazonBlock           `json:"invoiceDefectRate"`
}

func parseAmazon(text []byte, o Options) ([]Figure, error) {
	var all []amazonMarketplace
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("read performanceMetrics: %w", err)
	}
	m, err := amazonOf(all, o.Marketplace)
	if err != nil {
		return nil, err
	}
	var figures []Figure
	add := func(name, rule, channel string, b *amazonBlock, numerator, denominator *int64) {
		if err == nil && b != nil {
			var f Figure
			if f, err = b.figure(name, rule, channel, numerator, denominator); err == nil {
				figures = append(figures, f)
			}
		}
	}
	for _, channel := range []string{"mfn", "afn"} {
		if b, ok := m.Defects[channel]; ok {
			var defects *int64
			if b.OrderWithDefects != nil {
				defects = b.OrderWithDefects.Count
			}
			add("orderDefectRate."+channel, "order_defect_rate", strings.ToUpper(channel), &b, defects, b.OrderCount)
		}
	}
	if b := m.LateShipment; b != nil {
		add("lateShipmentRate", "late_shipment_rate", "", b, b.LateShipmentCount, b.OrderCount)
	}
	if b := cmp.Or(m.Cancellation, m.Cancelled); b != nil {
		add("preFulfillmentCancellationRate", "cancellation_rate", "", b, b.CancellationCount, b.OrderCount)
	}
	if b := m.Tracking; b != nil {
		add("validTrackingRate", "valid_tracking_rate", "", b, b.ValidTrackingCount, b.ShipmentCount)
	}
	if b := m.OnTime; b != nil {
		add("onTimeDeliveryRate", "on_time_delivery_rate", "", b, b.OnTimeDeliveryCount, b.WithValidTracking)
	}
	add("unitOnTimeDeliveryRate", "", "", m.UnitOnTime, nil, nil)
	add("invoiceDefectRate", "", "", m.Invoices, nil, nil)
	return figures, err
}

// amazonOf is the marketplace that is wanted.
func amazonOf(all []amazonMarketplace, wanted string) (*amazonMarketplace, error) {
	var ids []string
	for i := range all {
		if all[i].ID == wanted || wanted == "" && len(all) == 1 {
			return &all[i], nil
		}
		ids = append(ids, all[i].ID)
	}
	if wanted == "" {
		return nil, fmt.Errorf("read performanceMetrics: they are of %d marketplaces: name one with --marketplace, of %s", len(all), strings.Join(ids, ", "))
	}
	return nil, fmt.Errorf("read performanceMetrics: there is none of marketplace %q: those that there are: %s", wanted, strings.Join(ids, ", "))
}

// figure is a block as a figure. Amazon leaves counts out of a rate that does not apply to the seller.
func (b *amazonBlock) figure(name, rule, channel string, numerator, denominator *int64) (f Figure, err error) {
	f = Figure{Name: name, Rule: rule, Channel: channel}
	if b.Range == nil {
		f.Why = "it has no reportingDateRange: the rate does not apply to the seller"
		return f, nil
	}
	if f.From, err = dateOf(b.Range.From); err == nil {
		f.To, err = dateOf(b.Range.To)
	}
	switch {
	case err != nil:
		return f, fmt.Errorf("read %s: %w", name, err)
	case rule == "":
		f.Why = "no metric counts that"
	case numerator == nil || denominator == nil:
		f.Why = "it has no counts"
	default:
		f.Counts = &Counts{*numerator, *denominator}
	}
	return f, nil
}
