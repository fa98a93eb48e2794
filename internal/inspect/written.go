package inspect

import "sellerpulse/pkg/windows"

// WrittenBy is an event behind an order: where it is, and what the row has of it.
type WrittenBy struct {
	Topic     string     `json:"topic"`     // without a prefix
	Partition int32      `json:"partition"` // the seller's
	Offset    *int64     `json:"offset"`    // null for all events of the topic of which a former version did not keep it
	Registers []Register `json:"registers"` // none of an event that waits
}

// Register is what an event wrote.
type Register struct {
	Part *string `json:"part"` // the id of a shipment, feedback, claim, chargeback or return, or the metric of an excuse; null for the order itself, and for all metrics
	Name string  `json:"name"` // as in [windows.Order.Events]
}

// writtenBy lists the events behind an order by topic, as the contract lists them, and offset, cut off at a number.
func writtenBy(o *windows.Order, partition int32, most int) (all []WrittenBy, omitted int) {
	all = []WrittenBy{}
	for _, w := range o.Events() {
		if len(all) == most {
			omitted++
			continue
		}
		one := WrittenBy{Topic: w.Topic.String(), Partition: partition, Offset: optional(w.Offset, w.Offset != windows.NoOffset)}
		for _, r := range w.Registers {
			one.Registers = append(one.Registers, Register{optional(r.Part, r.Part != ""), r.Name})
		}
		all = append(all, one)
	}
	return all, omitted
}

// EventsBehind are the events behind an order, those that wait for its PLACED too, and how many more there are. Of an expired one there are none: its row, which
// told where they are, is gone.
func (o *Order) EventsBehind() (all []WrittenBy, omitted int64) {
	all = []WrittenBy{}
	switch {
	case o.Row != nil:
		return append(all, o.Row.Events...), int64(o.Row.EventsOmitted)
	case o.Parked == nil:
		return all, 0
	}
	for i := range o.Parked.Events {
		e := &o.Parked.Events[i]
		all = append(all, WrittenBy{Topic: e.Topic, Partition: e.Partition, Offset: &e.Offset, Registers: []Register{}})
	}
	return all, o.Parked.EventsOmitted
}
