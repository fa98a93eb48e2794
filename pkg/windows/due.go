package windows

import "sellerpulse/pkg/events"

// Due appends the instants at which time alone changes what [Order.Facts] counts, as [Order.DueOf] does.
func (o *Order) Due(dst []events.Millis) []events.Millis {
	return o.DueOf(dst, 1<<ShipmentSettled|1<<ReturnNegative)
}

// DueOf appends the instants at which time alone can change any of the facts asked for, sorted, each once: one millisecond after the promise of a
// parcel that is not delivered, one after the time to hand a parcel over that no carrier has, and one after the time to answer an unanswered return.
// An order that is not placed has none.
func (o *Order) DueOf(dst []events.Millis, asked FactSet) []events.Millis {
	if !o.Placed() {
		return dst
	}
	n := len(dst)
	dst = o.promisesDue(dst, asked)
	if asked.Has(OrderHandoverLate) && o.handoverDue() {
		dst = append(dst, o.ShipBy.Value+HandoverWithin+1)
	}
	if asked.HasAny(1<<ReturnNegative | 1<<ReturnAnsweredLate) {
		for i := range o.Returns {
			if r := &o.Returns[i]; r.RequestedAt != events.None && r.FirstAnswerAt == events.None {
				dst = append(dst, r.RequestedAt+AnswerWithin+1)
			}
		}
	}
	return distinct(dst, n)
}

func (o *Order) promisesDue(dst []events.Millis, asked FactSet) []events.Millis {
	if !asked.HasAny(1<<ShipmentSettled | 1<<ShipmentPromiseDue) {
		return dst
	}
	for i := range o.Shipments {
		s := &o.Shipments[i]
		if s.ConfirmedAt == events.None || s.DeliveredAt != events.None {
			continue
		}
		if promise, promised := o.PromiseOf(s); promised && (asked.Has(ShipmentPromiseDue) || s.ValidTracking()) {
			dst = append(dst, promise+1)
		}
	}
	return dst
}

// handoverDue is whether some confirmed shipment has yet to be handed over, and none is late already.
func (o *Order) handoverDue() (due bool) {
	if o.ShipBy.At == events.None {
		return false
	}
	for i := range o.Shipments {
		s := &o.Shipments[i]
		if s.ConfirmedAt == events.None {
			continue
		}
		if s.handedOver() && s.handedOverLate(o.ShipBy.Value, o.ShipBy.Value) {
			return false
		}
		due = due || !s.handedOver()
	}
	return due
}
