package state

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// TimerKind is what falls due.
type TimerKind uint8

// The kinds of timers.
const (
	FactsDue  TimerKind = iota // the facts of an order change
	OrphanDue                  // a parked event has waited too long
)

// Timer is something that falls due for an order.
type Timer struct {
	Kind   TimerKind
	Seller string
	Order  string
}

// ahead is when a timer falls due, and which.
type ahead struct {
	at events.Millis
	Timer
}

func (a ahead) compare(b ahead) int {
	return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.Seller, b.Seller), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Order, b.Order))
}

// timers is what falls due. Those of the near future are in memory.
//
// Invariant: near has every timer before until that is set, and maybe some that were deleted, which are passed over when their turn comes. Those
// from until on are in the database or among the changes.
type timers struct {
	near    []ahead // a heap, the soonest first
	until   events.Millis
	changes map[ahead]timerChange // since the last checkpoint
	batch   int                   // read at once
	room    int                   // in near, but for those of one instant
}

func newTimers(batch, room int) timers {
	return timers{until: math.MinInt64, changes: map[ahead]timerChange{}, batch: batch, room: room}
}

// timerChange is whether a timer is set now, and whether the database may have it.
type timerChange struct{ set, saved bool }

// SetTimer makes something due at an instant.
func (s *Store) SetTimer(at events.Millis, t Timer) {
	a := ahead{at, t}
	change, known := s.timers.changes[a]
	if !known {
		a.Seller, a.Order = strings.Clone(t.Seller), strings.Clone(t.Order) // Nothing else is to be kept for them.
		change.saved = t.Kind == OrphanDue                                  // Which is set again for each event that comes at the same instant.
	}
	change.set = true
	s.timers.changes[a] = change
	if at < s.timers.until {
		s.timers.push(a)
		s.timers.trim()
	}
}

// DeleteTimer takes back what SetTimer did.
func (s *Store) DeleteTimer(at events.Millis, t Timer) {
	a := ahead{at, t}
	change, known := s.timers.changes[a]
	if !known {
		a.Seller, a.Order = strings.Clone(t.Seller), strings.Clone(t.Order)
		change.saved = true
	}
	change.set = false
	s.timers.changes[a] = change
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
	t.order()
	clear(t.changes)
}

func (t *timers) deleted(a ahead) bool {
	change, known := t.changes[a]
	return known && !change.set
}

// NextTimer is the earliest instant, up to and including one, at which something is due.
func (s *Store) NextTimer(upTo events.Millis) (events.Millis, bool, error) {
	t := &s.timers
	for {
		for len(t.near) > 0 && t.deleted(t.near[0]) {
			t.pop()
		}
		if len(t.near) > 0 {
			return t.near[0].at, t.near[0].at <= upTo, nil
		}
		if t.until > upTo {
			return 0, false, nil
		}
		if err := s.readTimers(); err != nil {
			return 0, false, err
		}
	}
}

// readTimers reads the next timers, all of an instant or none. It begins where it last ended, not at the first key: before that lies what
// has fired, which takes long to pass while it is not compacted away.
func (s *Store) readTimers() error {
	t := &s.timers
	from := t.until
	t.until = math.MaxInt64
	err := s.Partition.ScanStored(appendInstant([]byte{tagTimer}, from), []byte{tagTimer + 1}, func(key, _ []byte) (bool, error) {
		at, timer, err := cutTimer(key)
		if n := len(t.near); n >= t.batch && t.near[n-1].at < at {
			t.until = at
			return false, err
		}
		if a := (ahead{at, timer}); !t.deleted(a) {
			t.near = append(t.near, a)
		}
		return true, err
	})
	for a, change := range t.changes {
		if change.set && a.at >= from && a.at < t.until {
			t.near = append(t.near, a)
		}
	}
	t.order()
	t.trim()
	return err
}

// Timers is all that is due at an instant that NextTimer gave, each once, sorted by seller.
func (s *Store) Timers(at events.Millis) (due []Timer) {
	t := &s.timers
	for len(t.near) > 0 && t.near[0].at == at {
		if a := t.pop(); !t.deleted(a) && (len(due) == 0 || due[len(due)-1] != a.Timer) {
			due = append(due, a.Timer)
		}
	}
	for _, timer := range due { // Until they are deleted.
		t.push(ahead{at, timer})
	}
	return due
}

// trim lets go of the latter half of what is in memory when it is too much: it is saved, or among the changes.
func (t *timers) trim() {
	if len(t.near) <= t.room {
		return
	}
	slices.SortFunc(t.near, ahead.compare)
	half := len(t.near) / 2
	for half > 0 && t.near[half-1].at == t.near[half].at {
		half--
	}
	if half == 0 {
		return // One instant cannot be divided.
	}
	t.until = t.near[half].at
	clear(t.near[half:])
	t.near = t.near[:half]
}

// order makes near a heap.
func (t *timers) order() {
	for i := len(t.near)/2 - 1; i >= 0; i-- {
		t.down(i)
	}
}

func (t *timers) push(a ahead) {
	t.near = append(t.near, a)
	for i := len(t.near) - 1; i > 0; {
		parent := (i - 1) / 2
		if t.near[parent].compare(t.near[i]) <= 0 {
			return
		}
		t.near[parent], t.near[i] = t.near[i], t.near[parent]
		i = parent
	}
}

func (t *timers) pop() ahead {
	first, last := t.near[0], len(t.near)-1
	t.near[0] = t.near[last]
	t.near[last] = ahead{}
	t.near = t.near[:last]
	t.down(0)
	return first
}

func (t *timers) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(t.near); child++ {
			if t.near[child].compare(t.near[least]) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		t.near[least], t.near[i] = t.near[i], t.near[least]
		i = least
	}
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

// SetDate notes that a seller has orders of a date.
func (s *Store) SetDate(date windows.Date, seller *Seller) {
	if noted := (place{true, date}); seller.noted != noted { // Most orders come on the day of the one before.
		seller.noted = noted
		s.key = appendDateKey(s.key[:0], date, seller.ID)
		s.Partition.Set(s.key, []byte{})
	}
}

// DeleteDate takes back what SetDate did.
func (s *Store) DeleteDate(date windows.Date, seller *Seller) {
	seller.noted = place{}
	s.key = appendDateKey(s.key[:0], date, seller.ID)
	s.Partition.Delete(s.key)
}

// NextDate is the earliest date, from one on, of which any seller has orders.
func (s *Store) NextDate(from windows.Date) (date windows.Date, ok bool, err error) {
	err = s.Partition.Scan(appendDate([]byte{tagDate}, from), []byte{tagDate + 1}, func(key, _ []byte) (bool, error) {
		date, _, err = cutDate(key[1:])
		ok = err == nil
		return false, err
	})
	return date, ok, err
}

// SellersOn lists, in order, at most so many of the sellers behind one that have orders of a date.
func (s *Store) SellersOn(date windows.Date, behind string, most int) (ids []string, err error) {
	prefix := appendDate([]byte{tagDate}, date)
	from := append(append(prefix[:len(prefix):len(prefix)], behind...), 0)
	if behind == "" {
		from = prefix
	}
	err = s.Partition.Scan(from, after(prefix), func(key, _ []byte) (bool, error) {
		ids = append(ids, string(key[len(prefix):]))
		return len(ids) < most, nil
	})
	return ids, err
}
