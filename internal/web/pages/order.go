package pages

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/view"
	"sellerpulse/internal/web/ask"
	"sellerpulse/pkg/events"
)

func orderLink(seller, order string) string {
	return sellerLink(seller) + "/orders/" + url.PathEscape(order)
}

// factRow is something that counts of an order, since when, and where.
type factRow struct{ Name, Class, Since, Rules string }

// orderPage is an order.
type orderPage struct {
	Order, Seller, SellerLink, AsOf, Notice string
	Facts                                   []factRow
	Row                                     []named
	Rules                                   []orderRule
	Events                                  []eventRow
}

// eventRow is an event behind an order.
type eventRow struct{ Instant, At, Topic, Kind, Wrote, Place, JSON, Class string }

// orderRule is a rule that counts the order.
type orderRule struct{ Rule, From, Until, Class, Says string }

// order shows an order: what counts of it, and what it is.
func (p *Pages) order(q *request) error {
	seller, id := q.PathValue("seller"), q.PathValue("order")
	page := orderPage{Order: id, Seller: seller, SellerLink: sellerLink(seller)}
	var behind []inspect.WrittenBy
	err := p.States.Of(q.Context(), seller, func(s *inspect.Partition) error {
		o, err := s.Order(seller, id)
		if err == nil {
			page.fill(q, o)
		}
		if err == nil && o.Row != nil {
			behind = o.Row.Events
		}
		return err
	})
	if err == nil {
		err = page.events(q, p.States, behind)
	}
	if page.Notice == "" {
		page.Notice = q.away(err)
	}
	if err != nil && page.Notice == "" {
		return q.notFound(err, q.t("There is no such order, or it is not kept any more."))
	}
	return p.show(q, http.StatusOK, "order", q.t("Order")+" "+id, &page)
}

func (page *orderPage) fill(q *request, o *inspect.Order) {
	page.AsOf = q.at(events.Millis(o.AsOf))
	add := func(name, value string) {
		if value != "" {
			page.Row = append(page.Row, named{Name: q.t(name), Value: value})
		}
	}
	if o.OrderDate != nil {
		add("Order date", o.OrderDate.String())
		add("Counts until", (*o.ExpiresOn - 1).String())
	}
	switch o.Status {
	case inspect.Parked:
		page.Notice = q.t("The order was never placed: %s events wait for that.", q.count(o.Parked.Waiting))
		for i := range o.Parked.Events {
			e := &o.Parked.Events[i]
			add(e.Topic, q.t("arrived %s, waits until %s", q.at(events.Millis(e.ArrivedAt)), q.at(events.Millis(e.WaitsUntil))))
		}
		return
	case inspect.Expired:
		page.Notice = q.t("The order has expired: it counts nowhere any more.")
		return
	}
	page.facts(q, o.Row)
	page.row(q, o.Row, add)
}

// events lists the events behind the order, as they came.
func (page *orderPage) events(q *request, s *ask.States, behind []inspect.WrittenBy) error {
	all, err := s.Events(q.Context(), page.Seller, page.Order, behind)
	for i := range all {
		e := &all[i]
		row := eventRow{At: "–", Topic: e.Topic, Wrote: q.wrote(e.Registers), Class: "good"}
		if e.Missing != nil {
			row.Class, row.Kind = "none", q.t(missingNames[*e.Missing])
		} else {
			var known struct{ Kind string }
			if err := json.Unmarshal(e.Event, &known); err != nil {
				return err
			}
			row.Instant, row.At, row.Kind, row.JSON = e.OccurredAt.String(), q.at(events.Millis(*e.OccurredAt)), known.Kind, string(e.Event)
			row.Place = place(e.Topic, e.Partition, e.Offset)
		}
		page.Events = append(page.Events, row)
	}
	return err
}

// missingNames say why an event cannot be shown.
var missingNames = map[string]string{
	ask.Unknown: "where it is was not kept by the version that applied it", ask.Deleted: "the topic does not have it any more", ask.Other: "another event is in its place: the topic was made anew",
}

// wrote says what an event made known.
func (w *words) wrote(registers []inspect.Register) string {
	var texts []string
	for _, r := range registers {
		text := strings.ReplaceAll(r.Name, "_", " ")
		if r.Part != nil {
			text += " (" + *r.Part + ")"
		}
		texts = append(texts, text)
	}
	return w.t("made known: %s", strings.Join(texts, ", "))
}

// facts lists what counts, with the rules that count it today.
func (page *orderPage) facts(q *request, r *inspect.Row) {
	for i := range r.Facts {
		f := &r.Facts[i]
		named := q.fact(f)
		row := factRow{Name: named.Name, Class: named.Class, Since: "–"}
		if f.Since.Since != nil {
			row.Since = q.at(events.Millis(*f.Since.Since))
		} else if f.NotAfter != nil {
			row.Since = q.t("before %s", q.at(events.Millis(*f.NotAfter)))
		}
		if f.ID != nil {
			row.Rules = q.t(f.Of) + " " + *f.ID
		}
		page.Facts = append(page.Facts, row)
	}
	for i := range r.Rules {
		rule := &r.Rules[i]
		counted := orderRule{Rule: rule.Rule, From: rule.CountsFrom.String(), Until: rule.CountsUntil.String(), Class: "none", Says: q.t("not in the window today")}
		if rule.InWindow {
			counted.Class, counted.Says = "good", q.t("counts, without a miss")
			if rule.Miss {
				counted.Class, counted.Says = "bad", q.t("counts as a miss")
			}
		}
		page.Rules = append(page.Rules, counted)
	}
}

// row lists what the order is.
func (page *orderPage) row(q *request, r *inspect.Row, add func(name, value string)) {
	at := func(i inspect.Instant) string { return q.at(events.Millis(i)) }
	add("Placed", at(r.PlacedAt))
	add("Channel", r.Channel)
	if r.Pending {
		add("Pending", map[bool]string{true: q.t("paid since"), false: q.t("not paid yet")}[r.Confirmed])
	}
	for i := range r.Items {
		add("Item", strings.Join([]string{r.Items[i].ItemID, r.Items[i].ProductLine, "× " + q.count(int64(r.Items[i].Quantity))}, "  "))
	}
	if r.ShipBy != nil {
		add("Ship by", at(r.ShipBy.Value))
	}
	if r.DeliverBy != nil {
		add("Deliver by", at(r.DeliverBy.Value))
	}
	if c := r.Cancelled; c != nil {
		add("Cancelled", at(c.At)+"  "+c.By+"  "+c.Reason)
	}
	for i := range r.Shipments {
		s := &r.Shipments[i]
		text := s.ShipmentID
		if s.ConfirmedAt != nil {
			text += "  " + q.t("confirmed %s", at(*s.ConfirmedAt))
		}
		if s.DeliveredAt != nil {
			text += "  " + q.t("delivered %s", at(*s.DeliveredAt))
		}
		for j := range s.Tracking {
			text += "  " + s.Tracking[j].Carrier + " " + s.Tracking[j].TrackingID
		}
		add("Shipment", text)
	}
	for i := range r.Feedback {
		f := &r.Feedback[i]
		text := f.FeedbackID + "  " + at(f.At) + "  " + f.Kind
		if f.Rating != nil {
			text += "  " + q.t("%s of 5", q.count(int64(*f.Rating)))
		}
		add("Feedback", text)
	}
	for i := range r.Claims {
		add("Claim", r.Claims[i].ClaimID+"  "+at(r.Claims[i].At)+"  "+r.Claims[i].Kind)
	}
	for i := range r.Chargebacks {
		c := &r.Chargebacks[i]
		text := c.ChargebackID
		if c.At != nil {
			text += "  " + at(*c.At) + "  " + *c.Category
		}
		if c.Reversed {
			text += "  " + q.t("reversed")
		}
		add("Chargeback", text)
	}
	for i := range r.Returns {
		t := &r.Returns[i]
		text := t.ReturnID
		if t.RequestedAt != nil {
			text += "  " + q.t("requested %s", at(*t.RequestedAt))
		}
		if t.Answer != nil {
			text += "  " + t.Answer.Answer + " " + at(t.Answer.At)
		}
		add("Return", text)
	}
}

// isNotFound is whether an error says that there is no such thing.
func isNotFound(err error) bool {
	return errors.Is(err, view.ErrNotFound) || errors.As(err, new(*inspect.UnknownOrderError)) || errors.As(err, new(*inspect.UnknownSellerError)) ||
		errors.Is(err, ask.ErrElsewhere)
}
