package main

import (
	"strings"

	"sellerpulse/internal/display"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// measureWords say what a measure counts.
var measureWords = [windows.NumMeasures]string{
	windows.Orders: "orders", windows.Defective: "defective orders", windows.NegativeFeedback: "with negative feedback",
	windows.Claim: "orders with a claim", windows.ClaimCounts: "with a claim that counts", windows.Chargeback: "orders with a chargeback",
	windows.ChargebackCounts: "with a chargeback that counts", windows.Refunded: "refunded orders", windows.SellerCancelled: "orders that the seller cancelled",
	windows.LateShipped: "orders shipped late", windows.ShipmentsConfirmed: "confirmed shipments", windows.ShipmentsValidTracking: "shipments with valid tracking",
	windows.ShipmentsSettled: "settled shipments", windows.ShipmentsOnTime: "shipments on time", windows.ReturnsRequested: "requested returns",
	windows.ReturnsNegative: "negative returns",
}

// metricWords say what a metric divides, of which but the full name is known.
func metricWords(metric string) (numerator, denominator string) {
	m := rules.FindMetric(metric)
	if m == nil {
		return "in the numerator", "in the denominator"
	}
	of, among := m.Measures()
	return measureWords[of], measureWords[among]
}

// factWords say what is so of an order, or, behind its name, of a part of it; and what is not where a measure is lacking.
var factWords = [windows.NumMeasures]struct{ is, lacks string }{
	windows.Orders: {is: "counted"}, windows.Defective: {is: "makes it defective"}, windows.NegativeFeedback: {is: "is negative"},
	windows.Claim: {is: "was made"}, windows.ClaimCounts: {is: "counts"}, windows.Chargeback: {is: "was made"}, windows.ChargebackCounts: {is: "counts"},
	windows.Refunded: {is: "refunded"}, windows.SellerCancelled: {is: "cancelled by the seller"}, windows.LateShipped: {is: "was confirmed late"},
	windows.ShipmentsConfirmed: {is: "is confirmed"}, windows.ShipmentsValidTracking: {is: "has valid tracking", lacks: "is confirmed without valid tracking"},
	windows.ShipmentsSettled: {is: "is settled"}, windows.ShipmentsOnTime: {is: "is on time", lacks: "is settled and not on time"},
	windows.ReturnsRequested: {is: "is requested"}, windows.ReturnsNegative: {is: "is negative"},
}

// otherFactWords say what is so where no measure counts it: facts that metrics of packs ask for.
var otherFactWords = map[string]string{
	windows.OrderBuyerCancelled.String(): "cancelled, not by the seller's fault", windows.OrderRated.String(): "is a rating",
	windows.OrderRating1.String(): "has 1 of 5", windows.OrderRating2.String(): "has 2 of 5", windows.OrderRating3.String(): "has 3 of 5",
	windows.OrderRating4.String(): "has 4 of 5", windows.OrderRating5.String(): "has 5 of 5", windows.OrderClaimLost.String(): "was granted",
	windows.OrderHandedOver.String(): "is with the carrier", windows.OrderHandoverLate.String(): "was handed over late", windows.OrderHasReturn.String(): "was requested",
	windows.ShipmentDelivered.String(): "was delivered", windows.ShipmentPromiseDue.String(): "is due by its promise", windows.ReturnAnswered.String(): "was answered",
	windows.ReturnAnsweredLate.String(): "was not answered within 48 hours", windows.ReturnRejectedInPolicy.String(): "was rejected though in policy",
}

// factText is a fact in words: "shipment P1 was confirmed late".
func factText(f *inspect.Fact) string {
	words := f.Fact // that of a newer process
	if m, ok := measureOf(f.Fact); ok {
		words = factWords[m].is
	} else if known := otherFactWords[f.Fact]; known != "" {
		words = known
	}
	if f.Without != nil {
		words = "is not " + strings.ReplaceAll(*f.Without, "_", " ")
		if m, ok := measureOf(*f.Without); ok && factWords[m].lacks != "" {
			words = factWords[m].lacks
		}
	}
	if f.ID == nil {
		return words
	}
	return f.Of + " " + display.Cell(*f.ID, idWidth) + " " + words
}

// countWords say what an order counts, behind how many of it where an order may have several.
var countWords = [windows.NumMeasures]string{
	windows.Orders: "counted", windows.Defective: "defective", windows.NegativeFeedback: "negative feedback", windows.Claim: "a claim", windows.ClaimCounts: "a claim that counts",
	windows.Chargeback: "a chargeback", windows.ChargebackCounts: "a chargeback that counts", windows.Refunded: "refunded", windows.SellerCancelled: "cancelled by the seller",
	windows.LateShipped: "shipped late", windows.ShipmentsConfirmed: "confirmed", windows.ShipmentsValidTracking: "with valid tracking", windows.ShipmentsSettled: "settled",
	windows.ShipmentsOnTime: "on time", windows.ReturnsRequested: "requested", windows.ReturnsNegative: "negative",
}

// countsWords is what an order counts, in words: "counted, shipped late, 1 shipment confirmed".
func countsWords(c *inspect.Counts) string {
	var parts []string
	for m, n := range c {
		words := countWords[m]
		switch {
		case n == 0:
			continue
		case windows.Measure(m) >= windows.ReturnsRequested:
			words = plural(int64(n), "return") + " " + words
		case !windows.Measure(m).OfOrders():
			words = plural(int64(n), "shipment") + " " + words
		}
		parts = append(parts, words)
	}
	if parts == nil {
		return "not counted"
	}
	return strings.Join(parts, ", ")
}

// limitText is a target that is a text, in per cent.
func limitText(target string) string {
	t, err := rules.ParseTarget(target)
	if err != nil {
		return target // that of a newer process
	}
	return targetText(t)
}

func measureOf(name string) (windows.Measure, bool) {
	for m := range windows.NumMeasures {
		if m.String() == name {
			return m, true
		}
	}
	return 0, false
}

// sinceText is since when something is so: an instant, or the bounds that there are.
func sinceText(s *inspect.Since) string {
	switch {
	case s.Since != nil:
		return instantOf(s.Since)
	case s.NotBefore != nil && s.NotAfter != nil:
		return "between " + instantOf(s.NotBefore) + " and " + instantOf(s.NotAfter)
	case s.NotBefore != nil:
		return "not before " + instantOf(s.NotBefore)
	case s.NotAfter != nil:
		return "not after " + instantOf(s.NotAfter)
	}
	return "-"
}

// sinceClause is the same behind a fact in words; empty where it is not known.
func sinceClause(s *inspect.Since) string {
	switch text := sinceText(s); {
	case text == "-":
		return ""
	case s.Since != nil:
		return " since " + text
	default:
		return ", " + text
	}
}

// instantOf is an instant that may not be there.
func instantOf(at *inspect.Instant) string {
	if at == nil {
		return "-"
	}
	return timeText(events.Millis(*at))
}
