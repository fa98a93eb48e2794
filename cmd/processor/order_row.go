package main

import (
	"fmt"
	"io"

	"sellerpulse/internal/display"
	"sellerpulse/internal/inspect"
)

// rowTable prints the row of an order: a line for each thing that an event has told of it or of a part of it, and when.
type rowTable struct{ *textTable }

func writeRow(w io.Writer, r *inspect.Row) error {
	t := rowTable{newTable(w, "ROW", "ID", "IS", "TIME (UTC)")}
	t.narrow(2)
	t.order(r)
	for i := range r.Shipments {
		t.shipment(&r.Shipments[i])
	}
	for _, f := range r.Feedback {
		is := f.Kind
		if f.Rating != nil {
			is = fmt.Sprintf("%s, rating %d", f.Kind, *f.Rating)
		}
		t.row("feedback", f.FeedbackID, is, instantOf(&f.At))
	}
	for _, c := range r.Claims {
		t.row("claim", c.ClaimID, c.Kind+reasonGiven(c.Reason)+defectText(c.Counts), instantOf(&c.At))
	}
	for _, c := range r.Chargebacks {
		is := textOf(c.Category) + defectText(c.Counts)
		if c.Reversed {
			is = textOf(c.Category) + ", reversed"
		}
		t.row("chargeback", c.ChargebackID, is, instantOf(c.At))
	}
	for i := range r.Returns {
		t.returned(&r.Returns[i])
	}
	if r.PartsOmitted > 0 {
		t.row(plural(int64(r.PartsOmitted), "more part"), "", "-", "-")
	}
	return t.write()
}

// reasonGiven is why a buyer was not content.
func reasonGiven(reason *string) string {
	if reason == nil {
		return ""
	}
	return ", " + *reason
}

func defectText(counts bool) string {
	if counts {
		return ", counts as a defect"
	}
	return ""
}

func (t rowTable) order(r *inspect.Row) {
	t.row("order", "", "placed, "+r.Channel+pendingText(r), instantOf(&r.PlacedAt))
	if r.OrderedAt != r.PlacedAt {
		t.row("order", "", "ordered", instantOf(&r.OrderedAt))
	}
	t.sites(r)
	t.deadline("order", "", "to be shipped by", r.ShipBy)
	t.deadline("order", "", "promised for", r.DeliverBy)
	if c := r.Cancelled; c != nil {
		is := fmt.Sprintf("cancelled by %s, %s", c.By, c.Reason)
		if c.RequestedByBuyer {
			is += ", requested by the buyer"
		}
		if c.AfterShipment {
			is += ", after a shipment: a refund"
		}
		t.row("order", "", is, instantOf(&c.At))
	}
	if r.Refunded {
		t.row("order", "", "refunded", "-")
	}
	t.excuses(r)
	for _, i := range r.Items {
		line := "no product line"
		if i.ProductLine != "" {
			line = "product line " + display.Cell(i.ProductLine, idWidth)
		}
		t.row("item", i.ItemID, fmt.Sprintf("%s, quantity %s", line, grouped(int64(i.Quantity))), "-")
	}
}

func (t rowTable) sites(r *inspect.Row) {
	if r.Marketplace != nil {
		t.row("order", "", "marketplace "+display.Cell(*r.Marketplace, idWidth), "-")
	}
	if r.ShipCountry != nil {
		t.row("order", "", "goes to "+display.Cell(*r.ShipCountry, idWidth), "-")
	}
}

func (t rowTable) excuses(r *inspect.Row) {
	for _, x := range r.Excuses {
		of, is := "every metric", "excused for "
		if x.Metric != nil {
			of = display.Cell(*x.Metric, idWidth)
		}
		if !x.Excused {
			is = "not excused any more for "
		}
		t.row("order", "", is+of, instantOf(&x.At))
	}
}

func pendingText(r *inspect.Row) string {
	switch {
	case !r.Pending:
		return ""
	case r.Confirmed:
		return ", was pending, paid"
	default:
		return ", pending"
	}
}

func (t rowTable) deadline(of, id, is string, d *inspect.Deadline) {
	if d != nil {
		t.row(of, id, fmt.Sprintf("%s %s (%s)", is, instantOf(&d.Value), d.By), instantOf(&d.SetAt))
	}
}

func (t rowTable) shipment(s *inspect.Shipment) {
	if s.ConfirmedAt != nil {
		is := "confirmed"
		if s.Late {
			is = "confirmed late"
		}
		t.row("shipment", s.ShipmentID, is, instantOf(s.ConfirmedAt))
	}
	for i := range s.Tracking {
		t.row("shipment", s.ShipmentID, pairText(&s.Tracking[i]), instantOf(&s.Tracking[i].SuppliedAt))
	}
	if s.Invalid != nil {
		t.row("shipment", s.ShipmentID, "no valid tracking: "+reasonText(*s.Invalid), "-")
	}
	if s.Promise != nil && s.Promise.Of == "shipment" {
		t.deadline("shipment", s.ShipmentID, "promised for", &s.Promise.Deadline)
	}
	if s.Scanned {
		t.row("shipment", s.ShipmentID, "scanned by the carrier", instantOf(s.ScannedAt))
	}
	if s.DeliveredAt != nil {
		t.row("shipment", s.ShipmentID, "delivered"+onTimeText(s), instantOf(s.DeliveredAt))
	} else if s.Settled {
		t.row("shipment", s.ShipmentID, "not delivered by its promise", "-")
	}
}

func pairText(p *inspect.Pair) string {
	text := fmt.Sprintf("%s %s", display.Cell(p.Carrier, idWidth), display.Cell(p.TrackingID, idWidth))
	if p.Invalid != nil {
		text += ", " + reasonText(*p.Invalid)
	}
	if p.PassedOver != nil {
		text += ", " + reasonText(*p.PassedOver)
	}
	return text
}

func onTimeText(s *inspect.Shipment) string {
	switch {
	case s.OnTime:
		return " on time"
	case s.Settled:
		return " late"
	default:
		return ""
	}
}

func (t rowTable) returned(r *inspect.Return) {
	if r.RequestedAt != nil {
		t.row("return", r.ReturnID, "requested"+reasonGiven(r.Reason)+", to be answered by "+instantOf(r.AnswerBy), instantOf(r.RequestedAt))
	}
	if a := r.Answer; a != nil {
		is := a.Answer
		if a.InPolicy {
			is += ", in policy"
		}
		t.row("return", r.ReturnID, "answered: "+is, instantOf(&a.At))
	}
	if f := r.Feedback; f != nil {
		is := "feedback: satisfied"
		if f.Negative {
			is = "feedback: negative"
		}
		t.row("return", r.ReturnID, is, instantOf(&f.At))
	}
	for _, reason := range r.Reasons {
		t.row("return", r.ReturnID, "negative: "+reasonText(reason), "-")
	}
}

// reasonWords are the reasons of package inspect.
var reasonWords = map[string]string{
	"NOT_CONFIRMED": "it is not confirmed", "NO_NUMBER": "it has no number that counts", "UNKNOWN_CARRIER": "the carrier is not known",
	"WRONG_FORMAT": "the number is not of the carrier's formats", "NOT_SCANNED": "no scan by the carrier", "AFTER_DELIVERY": "supplied after the delivery",
	"SUPERSEDED": "superseded by a later one", "NEGATIVE_FEEDBACK": "the buyer's feedback", "NOT_ANSWERED_IN_TIME": "not answered within 48 hours",
	"REJECTED_IN_POLICY": "rejected though in policy",
}

// reasonText is a reason in words.
func reasonText(reason string) string {
	if words := reasonWords[reason]; words != "" {
		return words
	}
	return reason // that of a newer process
}
