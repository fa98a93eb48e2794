package diff

import (
	"cmp"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// apart is by how much the stream times of two states that follow the clock may be apart: a candidate's is two minutes behind.
const apart events.Millis = 5 * 60 * 1000

// verdicts is what became of the sellers.
type verdicts struct {
	pending   []*seller // that have not settled
	different []*seller
	moving    []*seller
}

// all is verdicts of which every seller that a record tells of is pending.
func (t *table) all() *verdicts {
	v := new(verdicts)
	for _, s := range t.sellers {
		if s.sides[live].known || s.sides[candidate].known {
			v.pending = append(v.pending, s)
		}
	}
	slices.SortFunc(v.pending, func(a, b *seller) int { return cmp.Compare(a.id, b.id) })
	return v
}

// settle decides of the pending sellers those that have settled.
func (t *table) settle(v *verdicts) {
	t.prepare()
	v.pending = slices.DeleteFunc(v.pending, func(s *seller) bool {
		switch {
		case !t.reportsAreLatest(s):
			return false
		case !t.differs(s):
			s.equal()
		case t.met(s) && !t.apartInTime(s):
			v.different = append(v.different, s)
			s.decided = true
		default:
			return false
		}
		return true
	})
}

// giveUp decides of those that did not settle. Those that moved are told apart; of others, such as of a state that lags, what there is is
// compared.
func (t *table) giveUp(v *verdicts) {
	for _, s := range v.pending {
		moved := s.changed > 1 || s.sides[live].due || s.sides[candidate].due
		switch {
		case !moved && !t.differs(s):
			s.equal()
		case moved || t.apartInTime(s):
			v.moving = append(v.moving, s)
		default:
			v.different = append(v.different, s)
		}
		s.decided = true
	}
	v.pending = nil
	byID := func(a, b *seller) int { return cmp.Compare(a.id, b.id) }
	slices.SortFunc(v.different, byID)
	slices.SortFunc(v.moving, byID)
}

// equal decides that nothing differs, and keeps no more of what was compared than how many alerts that were.
func (s *seller) equal() {
	s.decided = true
	for side := range s.sides {
		s.sides[side] = digest{count: s.sides[side].count, known: s.sides[side].known}
	}
}

// reportsAreLatest is whether the numbers are as of the records. Where there is no report, and none came while a look was taken, there will be none, as
// of a former state, whose reports are in the live topic: then the states alone are compared, which are in the records.
func (t *table) reportsAreLatest(s *seller) bool {
	for side := range s.sides {
		d := &s.sides[side]
		gone := d.reported == 0 && s.changed < t.look
		if d.known && (d.due || d.reported != d.expected && !gone) {
			return false
		}
	}
	return true
}

// met is whether each side has come to where the other was when the seller last changed. Its state has been the same on both since, so there was a
// point of the inputs at which both had it. A look reads a changelog before it reads alerts, so that one may be of a commit that the next look alone
// finds in the changelog.
func (t *table) met(s *seller) bool {
	if s.changed == t.look {
		return false
	}
	then, now := t.clocksAt(s.changed), &t.clocks
	for side := range now {
		is, was := clockOf(now, side, s.partition), clockOf(then, 1-side, s.partition)
		for topic := range is.Offsets {
			if !t.others[topic] && is.Offsets[topic] < was.Offsets[topic] {
				return false
			}
		}
	}
	return true
}

// clocksAt is how far a look found the sides.
func (t *table) clocksAt(look int) *[2]map[int32]state.Clock {
	if look-1 < len(t.past) {
		return t.past[look-1]
	}
	return &t.clocks
}

// apartInTime is whether a side's report is as of a stream time to which the other has yet to come, and soon will.
func (t *table) apartInTime(s *seller) bool {
	for side := range s.sides {
		other := clockOf(&t.clocks, 1-side, s.partition).StreamTime
		if s.sides[side].reported == 0 || other == events.None {
			continue
		}
		if ahead := s.sides[side].asOf - other; ahead > 0 && ahead <= apart {
			return true
		}
	}
	return false
}

// lag is how far the candidate now is behind where the live state was in the first look, and behind the ends of the inputs then.
func (d *diff) lag() (l Lag) {
	t := d.table
	then := t.clocksAt(1)
	for _, partition := range d.looked {
		was, is, now := clockOf(then, live, partition), clockOf(&t.clocks, candidate, partition), clockOf(&t.clocks, live, partition)
		for topic, name := range d.o.Candidate.Inputs {
			end := d.ends[stream.TopicPartition{Topic: name, Partition: partition}]
			at := max(is.Offsets[topic], end.First)
			if !t.others[topic] {
				l.BehindLive += max(0, was.Offsets[topic]-at)
			}
			l.BehindEnds += max(0, end.LastStable-at)
		}
		if now.StreamTime != events.None && is.StreamTime != events.None {
			l.Time = max(l.Time, now.StreamTime-is.StreamTime)
		}
	}
	return l
}
