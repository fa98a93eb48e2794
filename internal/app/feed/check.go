package feed

import (
	"context"

	"sellerpulse/internal/eventfile"
	"sellerpulse/pkg/events"
)

// Checked is what there is in files.
type Checked struct {
	Kinds  [events.NumKinds]KindChecked
	Faults int64
}

// KindChecked is the events of a kind.
type KindChecked struct {
	Events      int64
	First, Last events.Millis // of their occurred_at
}

// Total is the events of all kinds.
func (c *Checked) Total() (n int64) {
	for i := range c.Kinds {
		n += c.Kinds[i].Events
	}
	return n
}

// Check reads all files to their ends, as [Sender.Files] reads them to the first fault, and sends nothing. It counts all faults, and gives the first
// ones in their order, as many as are wanted.
func Check(ctx context.Context, o eventfile.Options, most int) (checked Checked, faults []*eventfile.Fault, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o.Faults = max(most, 2) // to go on
	reading := eventfile.Read(ctx, o)
	for {
		c, err := reading.Next(ctx)
		if c == nil || err != nil {
			return checked, faults, err
		}
		checked.add(c)
		faults = append(faults, c.Faults[:min(len(c.Faults), most-len(faults))]...)
	}
}

func (c *Checked) add(chunk *eventfile.Chunk) {
	c.Faults += chunk.Refused
	for i := range chunk.Messages {
		m := &chunk.Messages[i]
		k := &c.Kinds[m.Kind]
		if k.Events == 0 {
			k.First, k.Last = m.OccurredAt, m.OccurredAt
		}
		k.Events++
		k.First, k.Last = min(k.First, m.OccurredAt), max(k.Last, m.OccurredAt)
	}
}
