package state

import (
	"encoding/binary"
	"fmt"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
)

// Clock is how far a task has come: its stream time, events.None before the first event, how far it is within that instant, and the offset of
// the next record of each input topic. The offsets are those that the consumer group has; here they outlive it.
type Clock struct {
	StreamTime events.Millis
	Offsets    [events.NumTopics]int64
	Instant    *Instant // nil once all that is due at stream time has taken effect
}

// Instant is how far a task has come within the instant of its stream time. Thousands of sellers may move at a midnight, so a commit, and a
// checkpoint, may come between any two steps of these:
//
//  1. Seller by seller, in the order of their ids: each timer of the instant fires, in the order of [Timer]s, and Next is what follows it
//     ([Timer.Next]). Facts that are due are counted; parked events that have waited too long leave. Then the windows slide, the rules are
//     evaluated, and Next is what follows the seller ([AfterSeller]).
//  2. Where a day of a sweep begins (SweptOn): Sweeping, again seller by seller. Where counts outlive orders the bucket of a date that expires is
//     frozen first, as it was at the last moment before: what falls due at this instant was passed over. Else of each order that expires the counts
//     leave its bucket as the row does, in one step; the row of each that is forgotten is deleted. Then Next is what follows the seller.
//  3. The entries of forgotten dates are dropped ([Store.ForgetDates]), and there is no Instant any more.
//
// So facts count as of [Clock.TimeOf], and that tells a [Restorer] what a row differs by between any two commits. What is being swept needs no
// more than the rows tell: a seller that was swept in part is swept again. The seller of Next is evaluated even if none of its timers is left
// ([Instant.Begun]).
type Instant struct {
	Sweeping bool
	Next     Timer // the first that has not fired, whether it is set or not; when sweeping, the seller is the first that is not done
}

// Begun is whether a part of the timers of Next's seller has fired, so that it is still to be evaluated.
func (i *Instant) Begun() bool { return !i.Sweeping && i.Next != Timer{Seller: i.Next.Seller} }

// TimeOf is the time as of which the facts of an order count: stream time, or in the middle of an instant the one before it.
func (c *Clock) TimeOf(seller, order string) events.Millis {
	if c.Fired(c.StreamTime, Timer{Kind: FactsDue, Seller: seller, Order: order}) {
		return c.StreamTime
	}
	return c.StreamTime - 1
}

// AsOf is the instant up to which a seller was taken: stream time, or in the middle of an instant the one before it. Of the one seller that is
// being taken through it, if any, some orders are ahead of that ([Clock.TimeOf]).
func (c *Clock) AsOf(seller string) events.Millis {
	if c.Instant == nil || c.Instant.Sweeping || seller < c.Instant.Next.Seller {
		return c.StreamTime
	}
	return c.StreamTime - 1
}

// Fired is whether a timer at an instant has fired, if it was set.
func (c *Clock) Fired(at events.Millis, t Timer) bool { return ahead{at, t}.compare(c.next()) < 0 }

// next is the first timer that has not fired, in the order in which they do.
func (c *Clock) next() ahead {
	if c.Instant != nil && !c.Instant.Sweeping {
		return ahead{c.StreamTime, c.Instant.Next}
	}
	return ahead{at: c.StreamTime + 1}
}

// Past is the last instant of which nothing is left to take effect or to be swept.
func (c *Clock) Past() events.Millis {
	if c.Instant != nil {
		return c.StreamTime - 1
	}
	return c.StreamTime
}

// Clock reads how far the task has come; false for a new state.
func (s *Store) Clock() (c Clock, ok bool, err error) {
	value, err := s.Partition.Get([]byte{tagClock})
	if err != nil || value == nil {
		return Clock{StreamTime: events.None}, false, err
	}
	c, err = decodeClock(value)
	return c, err == nil, err
}

// What an instant is at.
const (
	instantFiring = 1 + iota
	instantSweeping
)

func decodeClock(value []byte) (c Clock, err error) {
	r := varint.NewReader(value)
	c.StreamTime = r.Int()
	for i := range c.Offsets {
		c.Offsets[i] = r.Int()
	}
	if r.Len() > 0 {
		step, kind := r.Uint(), r.Uint()
		c.Instant = &Instant{Sweeping: step == instantSweeping, Next: Timer{Kind: TimerKind(kind), Seller: string(readBytes(&r)), Order: string(readBytes(&r))}}
		if step < instantFiring || step > instantSweeping || kind > uint64(OrphanDue) || c.StreamTime == events.None {
			return c, fmt.Errorf("decode stream time: %w", errKey)
		}
	}
	if r.End() != nil {
		return c, fmt.Errorf("decode stream time: %w", errKey)
	}
	return c, nil
}

// append writes the stream time and the offsets in the topics' order, as zig-zag varints; in the middle of an instant also whether timers fire (1)
// or it is being swept (2), and of the next timer the kind, both varints, the seller and the order, each with its length plus one before it.
func (c *Clock) append(dst []byte) []byte {
	dst = binary.AppendVarint(dst, c.StreamTime)
	for _, offset := range c.Offsets {
		dst = binary.AppendVarint(dst, offset)
	}
	if c.Instant == nil {
		return dst
	}
	step := byte(instantFiring)
	if c.Instant.Sweeping {
		step = instantSweeping
	}
	next := &c.Instant.Next
	return appendBytes(appendBytes(append(dst, step, byte(next.Kind)), []byte(next.Seller)), []byte(next.Order))
}
