package feed

import (
	"context"

	"sellerpulse/internal/eventfile"
	"sellerpulse/internal/mapping"
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

// CheckMapped is [Check] of files in somebody else's form: of each record that cannot be mapped, and of each file that cannot be read further.
func CheckMapped(ctx context.Context, o MappedOptions, most int) (checked Checked, faults []*eventfile.Fault, err error) {
	o.wrong = func(f *eventfile.Fault) {
		if checked.Faults++; len(faults) < most {
			faults = append(faults, f)
		}
	}
	err = Mapped(ctx, o, func(all []mapping.Message) error {
		for i := range all {
			checked.event(all[i].Kind, all[i].OccurredAt)
		}
		return nil
	})
	return checked, faults, err
}

func (c *Checked) add(chunk *eventfile.Chunk) {
	c.Faults += chunk.Refused
	for i := range chunk.Messages {
		c.event(chunk.Messages[i].Kind, chunk.Messages[i].OccurredAt)
	}
}

func (c *Checked) event(kind events.Kind, at events.Millis) {
	k := &c.Kinds[kind]
	if k.Events == 0 {
		k.First, k.Last = at, at
	}
	k.Events++
	k.First, k.Last = min(k.First, at), max(k.Last, at)
}
