package diff

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// registersThatDiffer lists the registers of an order's rows that differ, by their names; none where there is one row alone.
func registersThatDiffer(l, c *windows.Order) (all []Register) {
	if l == nil || c == nil {
		return nil
	}
	of, other := registersOf(l), registersOf(c)
	names := maps.Clone(of)
	maps.Copy(names, other)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if of[name] != other[name] && of[name] != unknown && other[name] != unknown {
			all = append(all, Register{Name: name, Live: of[name], Candidate: other[name]})
		}
	}
	return all
}

// unknown is the value of a register that a former version did not keep.
const unknown = "unknown"

// registers is the values of an order's registers, as events have them, by names: those of a part have its id in them.
type registers map[string]string

func registersOf(o *windows.Order) registers {
	r := registers{}
	r.instant("order_date", o.OrderDate)
	r.text("channel", o.Channel.String())
	r.truth("pending", o.Pending)
	r.truth("confirmed", o.Confirmed)
	r.truth("refunded", o.Refunded)
	r.text("product_lines", strings.Join(o.Lines(nil), ", "))
	r.text("marketplace", o.Marketplace)
	r.text("ship_country", o.ShipCountry)
	for i := range o.Excuses {
		x := &o.Excuses[i]
		r.text(strings.TrimSuffix("excused "+x.Metric, " "), strconv.FormatBool(x.Excused))
	}
	r.deadline("ship_by", &o.ShipBy)
	r.deadline("deliver_by", &o.DeliverBy)
	if c := &o.Cancelled; c.At != events.None {
		r.instant("cancelled_at", c.At)
		r.text("cancelled_by", c.By.String())
		r.text("cancel_reason", c.Reason.String())
		r.truth("requested_by_buyer", c.RequestedByBuyer)
	}
	for i := range o.Shipments {
		r.shipment(&o.Shipments[i])
	}
	for i := range o.Feedbacks {
		if f := &o.Feedbacks[i]; f.Rating != 0 {
			r.text("feedback "+f.ID+" rating", strconv.Itoa(int(f.Rating)))
		}
	}
	for i := range o.Claims {
		c := &o.Claims[i]
		r.text("claim "+c.ID, c.Kind.String())
		r.text("claim "+c.ID+" reason", c.Reason.String())
	}
	for i := range o.Chargebacks {
		b := &o.Chargebacks[i]
		r.text("chargeback "+b.ID+" category", b.Category.String())
		r.truth("chargeback "+b.ID+" reversed", b.Reversed)
	}
	for i := range o.Returns {
		r.returned(&o.Returns[i])
	}
	return r
}

func (r registers) shipment(s *windows.Shipment) {
	of := "shipment " + s.ID + " "
	r.instant(of+"confirmed_at", s.ConfirmedAt)
	r.instant(of+"delivered_at", s.DeliveredAt)
	r.truth(of+"scanned", s.Scanned)
	if r.instant(of+"scanned_at", s.ScannedAt); s.Scanned && s.ScannedAt == events.None {
		r.text(of+"scanned_at", unknown)
	}
	r.deadline(of+"deliver_by", &s.DeliverBy)
	var pairs []string
	for i := range s.Pairs {
		pairs = append(pairs, s.Pairs[i].Carrier+" "+s.Pairs[i].TrackingID)
	}
	r.text(of+"tracking", strings.Join(pairs, ", "))
}

func (r registers) returned(v *windows.Return) {
	of := "return " + v.ID + " "
	r.instant(of+"requested_at", v.RequestedAt)
	r.text(of+"reason", v.Reason.String())
	r.instant(of+"first_answer_at", v.FirstAnswerAt)
	if v.AnswerAt != events.None {
		r.text(of+"answer", v.Answer.String())
		r.truth(of+"in_policy", v.InPolicy)
	}
	if v.FeedbackAt != events.None {
		r.text(of+"negative", strconv.FormatBool(v.Negative))
	}
}

func (r registers) text(name, value string) {
	if value != "" {
		r[name] = value
	}
}

func (r registers) truth(name string, value bool) {
	if value {
		r[name] = "true"
	}
}

func (r registers) instant(name string, at events.Millis) {
	if at != events.None {
		r[name] = events.FormatInstant(at)
	}
}

func (r registers) deadline(name string, d *windows.Deadline) {
	if d.At != events.None {
		r.instant(name, d.Value)
	}
}
