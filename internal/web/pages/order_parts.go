package pages

import (
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// orderPart is a part of an order: a shipment, a rating, a claim and the like.
type orderPart struct {
	Name, ID string
	Facts    []fact
	Lines    []named
}

// instant is when something was; a dash for nothing.
func (w *words) instant(at *inspect.Instant) string {
	if at == nil {
		return dash
	}
	return w.at(events.Millis(*at))
}

// terms lists what was agreed of an order, beside its parts.
func (w *words) terms(r *inspect.Row) (row []named) {
	add := func(name, value string) { row = append(row, named{Name: w.t(name), Value: value}) }
	add("Placed", w.instant(&r.PlacedAt))
	add("Channel", r.Channel)
	switch {
	case r.Pending && r.Confirmed:
		add("Pending", w.t("paid since"))
	case r.Pending:
		add("Pending", w.t("not paid yet"))
	}
	if r.Marketplace != nil {
		add("Marketplace", isolated(*r.Marketplace))
	}
	if r.ShipCountry != nil {
		add("Ships to", isolated(*r.ShipCountry))
	}
	for i := range r.Items {
		item := &r.Items[i]
		add("Item", w.t("%s × %s", w.count(int64(item.Quantity)), isolated(item.ProductLine)))
	}
	if r.ShipBy != nil {
		add("Ship by", w.instant(&r.ShipBy.Value))
	}
	if r.DeliverBy != nil {
		add("Deliver by", w.instant(&r.DeliverBy.Value))
	}
	if c := r.Cancelled; c != nil {
		add("Cancelled", w.instant(&c.At)+"  "+c.By+"  "+c.Reason)
	}
	for i := range r.Excuses {
		x := &r.Excuses[i]
		of := w.t("all metrics")
		if x.Metric != nil {
			of = isolated(*x.Metric)
		}
		if x.Excused {
			add("Excused", w.instant(&x.At)+"  "+of)
		} else {
			add("Not excused any more", w.instant(&x.At)+"  "+of)
		}
	}
	return row
}

// parts lists the parts of an order.
func (w *words) parts(r *inspect.Row) (parts []orderPart) {
	for i := range r.Shipments {
		parts = append(parts, w.shipment(&r.Shipments[i]))
	}
	for i := range r.Feedback {
		f := &r.Feedback[i]
		p := orderPart{Name: w.t("Feedback"), ID: f.FeedbackID}
		if f.Rating != nil {
			p.line(w.t("%s of 5", w.count(int64(*f.Rating))), w.instant(&f.At))
		} else {
			p.line(w.t("removed"), w.instant(&f.At))
		}
		parts = append(parts, p.counting(w, f.Negative))
	}
	for i := range r.Claims {
		c := &r.Claims[i]
		p := orderPart{Name: w.t("Claim"), ID: c.ClaimID}
		p.line(c.Kind, w.instant(&c.At))
		if c.Reason != nil {
			p.line(w.t("reason"), *c.Reason)
		}
		parts = append(parts, p.counting(w, c.Counts))
	}
	for i := range r.Chargebacks {
		c := &r.Chargebacks[i]
		p := orderPart{Name: w.t("Chargeback"), ID: c.ChargebackID}
		if c.Category != nil {
			p.line(*c.Category, w.instant(c.At))
		}
		if c.Reversed {
			p.line(w.t("reversed"), "")
		}
		parts = append(parts, p.counting(w, c.Counts))
	}
	for i := range r.Returns {
		parts = append(parts, w.returned(&r.Returns[i]))
	}
	return parts
}

func (w *words) shipment(s *inspect.Shipment) orderPart {
	p := orderPart{Name: w.t("Shipment"), ID: s.ShipmentID}
	if s.ConfirmedAt != nil {
		p.line(w.t("confirmed"), w.instant(s.ConfirmedAt))
		if s.Late {
			p.Facts = append(p.Facts, fact{w.t("shipped late"), "bad"})
		}
		p.is(w, s.ValidTracking, windows.ShipmentsValidTracking)
	}
	for i := range s.Tracking {
		pair := &s.Tracking[i]
		p.Lines = append(p.Lines, named{Name: w.t("tracking"), Value: isolated(pair.Carrier) + " " + isolated(pair.TrackingID)})
	}
	if s.Invalid != nil && s.ConfirmedAt != nil {
		p.line(w.t("lacking"), w.t(invalidNames[*s.Invalid]))
	}
	if s.Promise != nil {
		p.line(w.t("promised by"), w.instant(&s.Promise.Value))
	}
	if s.ScannedAt != nil {
		p.line(w.t("scanned"), w.instant(s.ScannedAt))
	}
	if s.DeliveredAt != nil {
		p.line(w.t("delivered"), w.instant(s.DeliveredAt))
	}
	switch {
	case s.Settled:
		p.is(w, s.OnTime, windows.ShipmentsOnTime)
	case s.SettlesAt != nil:
		p.line(w.t("settled at the latest"), w.instant(s.SettlesAt))
	}
	return p
}

func (w *words) returned(r *inspect.Return) orderPart {
	p := orderPart{Name: w.t("Return"), ID: r.ReturnID}
	if r.RequestedAt != nil {
		p.line(w.t("requested"), w.instant(r.RequestedAt))
	}
	if r.Reason != nil {
		p.line(w.t("reason"), *r.Reason)
	}
	if r.FirstAnswerAt == nil && r.AnswerBy != nil {
		p.line(w.t("to be answered by"), w.instant(r.AnswerBy))
	}
	if r.Answer != nil {
		p.line(r.Answer.Answer, w.instant(&r.Answer.At))
	}
	if r.Feedback != nil && r.Feedback.Negative {
		p.line(w.t("the buyer was dissatisfied"), w.instant(&r.Feedback.At))
	}
	return p.counting(w, r.Negative)
}

// parked lists the events of an order that was never placed.
func (w *words) parked(all *inspect.Parking) (parts []orderPart) {
	for i := range all.Events {
		e := &all.Events[i]
		p := orderPart{Name: e.Topic}
		if e.Kind != nil {
			p.Name += " " + *e.Kind
		}
		if e.EventID != nil {
			p.ID = *e.EventID
		}
		if e.OccurredAt != nil {
			p.line(w.t("happened"), w.instant(e.OccurredAt))
		}
		p.line(w.t("arrived"), w.instant(&e.ArrivedAt))
		p.line(w.t("waits until"), w.instant(&e.WaitsUntil))
		parts = append(parts, p)
	}
	return parts
}

func (p *orderPart) line(name, value string) {
	p.Lines = append(p.Lines, named{Name: name, Value: value})
}

// is says whether a wanted measure counts the part.
func (p *orderPart) is(w *words, so bool, measure windows.Measure) {
	said := fact{withoutNames[measure.String()], "bad"}
	if so {
		said = factNames[measure.String()]
	}
	p.Facts = append(p.Facts, fact{w.t(said.Name), said.Class})
}

// counting says whether the part counts as a miss.
func (p *orderPart) counting(w *words, miss bool) orderPart {
	if miss {
		p.Facts = append(p.Facts, fact{w.t("counts"), "bad"})
	} else {
		p.Facts = append(p.Facts, fact{w.t("does not count"), "none"})
	}
	return *p
}
