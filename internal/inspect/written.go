package inspect

import "sellerpulse/pkg/windows"

// WrittenBy is an event behind an order: where it is, in the partition of the seller, and what the row has of it.
type WrittenBy struct {
	Topic     string     `json:"topic"`  // without a prefix
	Offset    *int64     `json:"offset"` // null for all events of the topic of which a former version did not keep it
	Registers []Register `json:"registers"`
}

// Register is what an event wrote.
type Register struct {
	Part *string `json:"part"` // the id of a shipment, feedback, claim, chargeback or return; null for the order itself
	Name string  `json:"name"` // as in [windows.Order.Events]
}

// writtenBy lists the events behind an order by topic, as the contract lists them, and offset, cut off at a number.
func writtenBy(o *windows.Order, most int) (all []WrittenBy, omitted int) {
	all = []WrittenBy{}
	for _, w := range o.Events() {
		if len(all) == most {
			omitted++
			continue
		}
		one := WrittenBy{Topic: w.Topic.String(), Offset: optional(w.Offset, w.Offset != windows.NoOffset)}
		for _, r := range w.Registers {
			one.Registers = append(one.Registers, Register{optional(r.Part, r.Part != ""), r.Name})
		}
		all = append(all, one)
	}
	return all, omitted
}
