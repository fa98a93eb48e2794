package state

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unsafe"

	"sellerpulse/pkg/events"
)

// TimerKind is what falls due.
type TimerKind uint8

// The kinds of timers.
const (
	FactsDue  TimerKind = iota // the facts of an order change
	OrphanDue                  // a parked event has waited too long
)

// Timer is something that falls due for an order. Those of an instant fire by seller, then kind, then order.
type Timer struct {
	Kind   TimerKind
	Seller string
	Order  string
}

// Next is the least timer that can follow one.
func (t Timer) Next() Timer {
	t.Order += "\x00"
	return t
}

// AfterSeller is the least timer that can follow those of a seller.
func AfterSeller(id string) Timer { return Timer{Seller: id + "\x00"} }

// ahead is when a timer falls due, and which.
type ahead struct {
	at events.Millis
	Timer
}

func (a ahead) compare(b ahead) int {
	return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.Seller, b.Seller), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Order, b.Order))
}

func (a ahead) before(b ahead) bool {
	if a.at != b.at {
		return a.at < b.at // As good as always.
	}
	return a.compare(b) < 0
}

// endOfTimers is behind all that can be set.
var endOfTimers = ahead{at: math.MaxInt64}

// timers is what falls due. The soonest are in memory, and those that are not saved.
//
// Invariants: near has every timer before until that is set. Of those from until on, far has every one that is among the changes, and the
// database every other. Both may have some that were deleted, which are passed over when their turn comes, or one twice.
type timers struct {
	near    timerHeap
	until   ahead
	far     timerHeap
	changes map[ahead]timerChange // since the last checkpoint
	texts   int                   // bytes of sellers and orders among the changes
	batch   int                   // read at once
	room    int                   // in near
}

func newTimers(batch, room int) timers {
	return timers{until: ahead{at: math.MinInt64}, changes: map[ahead]timerChange{}, batch: batch, room: room}
}

// timerChange is whether a timer is set now, and whether the database may have it.
type timerChange struct{ set, saved bool }

// unsavedBytes is about what the changes take in memory.
func (t *timers) unsavedBytes() int {
	const each, far = 112, int(unsafe.Sizeof(ahead{})) * 5 / 4 // With what a map and a slice have to spare.
	return each*len(t.changes) + t.texts + far*len(t.far)
}

// SetTimer makes something due at an instant.
func (s *Store) SetTimer(at events.Millis, timer Timer) {
	t := &s.timers
	a := ahead{at, timer}
	change, known := t.changes[a]
	if change.set {
		return
	}
	if !known {
		a = t.own(a)
		change.saved = timer.Kind == OrphanDue // Which is set again for each event that comes at the same instant.
	}
	change.set = true
	t.changes[a] = change
	if !a.before(t.until) {
		t.far.push(a)
		return
	}
	t.near.push(a)
	t.trim()
}

// DeleteTimer takes back what SetTimer did.
func (s *Store) DeleteTimer(at events.Millis, timer Timer) {
	t := &s.timers
	a := ahead{at, timer}
	change, known := t.changes[a]
	if !known {
		a = t.own(a)
		change.saved = true
	}
	change.set = false
	t.changes[a] = change
}

// own is a timer to be kept, for which nothing else is kept.
func (t *timers) own(a ahead) ahead {
	a.Seller, a.Order = strings.Clone(a.Seller), strings.Clone(a.Order)
	t.texts += len(a.Seller) + len(a.Order)
	return a
}

// saveTimers writes what changed.
func (s *Store) saveTimers() {
	t := &s.timers
	for _, a := range slices.SortedFunc(maps.Keys(t.changes), ahead.compare) {
		switch change := t.changes[a]; {
		case change.set:
			s.key = appendTimerKey(s.key[:0], a.at, a.Timer)
			s.Partition.Put(s.key, []byte{})
		case change.saved:
			s.key = appendTimerKey(s.key[:0], a.at, a.Timer)
			s.Partition.Put(s.key, nil)
		}
	}
	t.near = slices.DeleteFunc(t.near, t.deleted)
	t.near.order()
	clear(t.far)
	t.far = t.far[:0]
	clear(t.changes)
	t.texts = 0
}

func (t *timers) deleted(a ahead) bool {
	change, known := t.changes[a]
	return known && !change.set
}

// NextTimer is the earliest instant, up to and including one, at which something is due.
func (s *Store) NextTimer(upTo events.Millis) (events.Millis, bool, error) {
	a, err := s.nextTimer(upTo)
	return a.at, a.at <= upTo, err
}

// NextDue is the first timer of an instant up to which all others were deleted; false when nothing is due any more. It stays until it is deleted.
func (s *Store) NextDue(at events.Millis) (Timer, bool, error) {
	a, err := s.nextTimer(at)
	return a.Timer, a.at <= at, err
}

// nextTimer is the first timer; where there is none up to an instant, it is enough to tell that.
func (s *Store) nextTimer(upTo events.Millis) (ahead, error) {
	t := &s.timers
	for {
		for len(t.near) > 0 && t.deleted(t.near[0]) {
			t.near.pop()
		}
		if len(t.near) > 0 {
			return t.near[0], nil
		}
		if t.until.at > upTo {
			return t.until, nil
		}
		if err := s.readTimers(); err != nil {
			return endOfTimers, err
		}
	}
}

// readTimers reads the next timers, of whatever instants. It begins where it last ended, not at the first key: before that lies what has fired,
// which takes long to pass while it is not compacted away.
func (s *Store) readTimers() error {
	t := &s.timers
	from := appendTimerKey(nil, t.until.at, t.until.Timer)
	t.until = endOfTimers
	err := s.Partition.ScanStored(from, []byte{tagTimer + 1}, func(key, _ []byte) (bool, error) {
		at, timer, err := cutTimer(key)
		a := ahead{at, timer}
		if len(t.near) >= t.batch {
			t.until = a
			return false, err
		}
		if _, changed := t.changes[a]; !changed { // What is set is among the far ones.
			t.near = append(t.near, a)
		}
		return true, err
	})
	for len(t.far) > 0 && t.far[0].before(t.until) {
		if len(t.near) >= 2*t.batch {
			t.until = t.far[0]
			t.near = slices.DeleteFunc(t.near, func(a ahead) bool { return !a.before(t.until) }) // To be read again.
			break
		}
		if a := t.far.pop(); !t.deleted(a) {
			t.near = append(t.near, a)
		}
	}
	t.near.order()
	return err
}

// trim lets go of the latter half of what is near when it is too much: it is saved, or among the changes.
func (t *timers) trim() {
	if len(t.near) <= t.room {
		return
	}
	slices.SortFunc(t.near, ahead.compare)
	half := len(t.near) / 2
	t.until = t.near[half]
	for _, a := range t.near[half:] {
		if t.changes[a].set {
			t.far.push(a)
		}
	}
	for half > 0 && t.near[half-1] == t.until {
		half--
	}
	clear(t.near[half:])
	t.near = t.near[:half]
}

func cutTimer(key []byte) (at events.Millis, t Timer, err error) {
	at, rest, err := cutInstant(key[1:])
	if err != nil {
		return 0, t, err
	}
	seller, rest, err := cutText(rest)
	if err != nil || len(rest) == 0 {
		return 0, t, errKey
	}
	return at, Timer{Kind: TimerKind(rest[0]), Seller: seller, Order: string(rest[1:])}, nil
}
