package letters

import (
	"slices"

	"sellerpulse/internal/deadletter"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Choice says which dead letters are meant: those that fit all of it. The zero Choice, with times of [events.None], is all of them.
type Choice struct {
	Reasons  []events.DeadLetterReason // any of them; none: all
	Topics   []string                  // that the records are of, by their full names; likewise
	From, To events.Millis             // when the dead letter was published: from the one on, before the other; events.None for no bound
	Seller   string                    // of the event, or else the record's key; empty: all
	Places   []stream.Position         // of dead letters, or of the records that are in them; none: all
	Unsent   bool                      // only those that were not sent again
}

// mayHave is whether a dead letter is chosen, as far as its headers and time tell.
func (c *Choice) mayHave(l *deadletter.Letter) bool {
	switch {
	case len(c.Reasons) > 0 && !slices.Contains(c.Reasons, l.Reason):
	case len(c.Topics) > 0 && !slices.Contains(c.Topics, l.Source.Topic):
	case c.From != events.None && l.At < c.From:
	case c.To != events.None && l.At >= c.To:
	case len(c.Places) > 0 && !slices.Contains(c.Places, l.Place) && !slices.Contains(c.Places, l.Source):
	default:
		return true
	}
	return false
}

// within is the places, if all of them are of the dead letters themselves, which need no search then.
func (c *Choice) within(topic string) []stream.Position {
	if slices.ContainsFunc(c.Places, func(at stream.Position) bool { return at.Topic != topic }) {
		return nil
	}
	return c.Places
}
