package main

import (
	"fmt"
	"io"
	"strings"

	"sellerpulse/internal/display"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// writeAlertOrders lists the orders behind an alert, with what makes each count where a state tells it.
func writeAlertOrders(w io.Writer, e *explanation) error {
	if len(e.orders) == 0 {
		return nil
	}
	if _, err := fmt.Fprintf(w, "\nOrders behind it, the newest first, %d at most:\n\n", outputs.MaxOrderIDs); err != nil {
		return err
	}
	if e.asked == nil {
		t := newTable(w, "ORDER")
		t.narrow(1)
		for i := range e.orders {
			t.row(e.orders[i].id)
		}
		return t.write()
	}
	t := newTable(w, "ORDER", "DATE", "WHY IT COUNTS NOW")
	t.narrow(1)
	for i := range e.orders {
		o := &e.orders[i]
		date := "-"
		if o.order != nil {
			date = dateText(o.order.OrderDate)
		}
		t.row(o.id, date, whyText(o, rules.FindMetric(e.alert.Metric)))
	}
	return t.write()
}

// whyText is what makes an order count for a metric, as a state has it.
func whyText(o *alertOrder, m *rules.Metric) string {
	switch {
	case o.order == nil:
		return "nothing is known of it any more"
	case o.order.Status == inspect.Expired:
		return "it counts nowhere any more: it has expired"
	case o.order.Row == nil:
		return "it does not count: its PLACED has not come"
	}
	if m == nil {
		return "its metric is not one of the built-in ones"
	}
	reasons := reasonsOf(o.order.Row, m)
	if len(reasons) == 0 {
		return "it does not count any more"
	}
	return strings.Join(reasons, "; ")
}

// reasonsOf is what makes an order a miss of a metric.
func reasonsOf(r *inspect.Row, m *rules.Metric) (reasons []string) {
	switch m {
	case rules.ValidTrackingRate, rules.OnTimeDeliveryRate:
		for i := range r.Shipments {
			reasons = append(reasons, shipmentReasons(&r.Shipments[i], m)...)
		}
		return reasons
	case rules.ReturnDissatisfactionRate:
		for i := range r.Returns {
			if t := &r.Returns[i]; t.Negative {
				reasons = append(reasons, fmt.Sprintf("return %s is negative: %s", display.Cell(t.ReturnID, idWidth), reasonsList(t.Reasons)))
			}
		}
		return reasons
	}
	numerator, _ := m.Measures()
	for i := range r.Facts {
		if f := &r.Facts[i]; makes(f.Fact, numerator) {
			reasons = append(reasons, factText(f)+sinceClause(&f.Since))
		}
	}
	return reasons
}

// makes is whether a fact makes a measure count: of a defect the kinds of defect do.
func makes(fact string, m windows.Measure) bool {
	if m == windows.Defective {
		return fact == windows.NegativeFeedback.String() || fact == windows.ClaimCounts.String() || fact == windows.ChargebackCounts.String()
	}
	return fact == m.String()
}

// shipmentReasons is what a shipment lacks.
func shipmentReasons(s *inspect.Shipment, m *rules.Metric) []string {
	name := "shipment " + display.Cell(s.ShipmentID, idWidth)
	switch {
	case m == rules.ValidTrackingRate && s.ConfirmedAt != nil && s.Invalid != nil:
		return []string{name + " has no valid tracking: " + reasonText(*s.Invalid)}
	case m == rules.OnTimeDeliveryRate && s.Settled && !s.OnTime && s.DeliveredAt != nil:
		return []string{name + " was delivered late, at " + instantOf(s.DeliveredAt)}
	case m == rules.OnTimeDeliveryRate && s.Settled && !s.OnTime:
		return []string{name + " was not delivered by its promise"}
	}
	return nil
}

func reasonsList(reasons []string) string {
	var words []string
	for _, r := range reasons {
		words = append(words, reasonText(r))
	}
	return strings.Join(words, ", ")
}
