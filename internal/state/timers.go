package state

import (
	"bytes"
	"cmp"
	"math"
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

func (s *Store) timerKey(at events.Millis, t Timer) []byte {
	s.key = appendTimer(s.key[:0], at, t)
	return s.key
}

func appendTimer(dst []byte, at events.Millis, t Timer) []byte {
	dst = appendText(appendInstant(append(dst, tagTimer), at), t.Seller)
	return append(append(dst, byte(t.Kind)), t.Order...)
}

// SetTimer makes something due at an instant.
func (s *Store) SetTimer(at events.Millis, t Timer) {
	s.Partition.Set(s.timerKey(at, t), []byte{})
	if at < s.timersUntil {
		s.timers.Set(ahead{at, Timer{t.Kind, strings.Clone(t.Seller), strings.Clone(t.Order)}})
	}
}

// DeleteTimer takes back what SetTimer did.
func (s *Store) DeleteTimer(at events.Millis, t Timer) {
	s.Partition.Delete(s.timerKey(at, t))
	if at < s.timersUntil {
		s.timers.Delete(ahead{at, t})
	}
}

// ahead is a timer that is in memory: those before Store.timersUntil are.
type ahead struct {
	at events.Millis
	Timer
}

func sooner(a, b ahead) bool {
	return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.Seller, b.Seller), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Order, b.Order)) < 0
}

// maxAhead is how many timers are read at once.
const maxAhead = 4096

// NextTimer is the earliest instant, up to and including one, at which something is due.
func (s *Store) NextTimer(upTo events.Millis) (events.Millis, bool, error) {
	for s.timers.Len() == 0 && s.timersUntil <= upTo {
		if err := s.readTimers(); err != nil {
			return 0, false, err
		}
	}
	first, ok := s.timers.Min()
	return first.at, ok && first.at <= upTo, nil
}

// readTimers reads the next timers, all of an instant or none. It begins where it last ended, not at the first key: before that lies what
// has fired, which takes long to pass while it is not compacted away.
func (s *Store) readTimers() error {
	from := appendInstant([]byte{tagTimer}, s.timersUntil)
	s.timersUntil = math.MaxInt64
	return s.Partition.Scan(from, []byte{tagTimer + 1}, func(key, _ []byte) (bool, error) {
		at, t, err := cutTimer(key)
		if last, any := s.timers.Max(); any && s.timers.Len() >= maxAhead && last.at < at {
			s.timersUntil = at
			return false, err
		}
		s.timers.Set(ahead{at, t})
		return true, err
	})
}

// HasTimer is whether a timer is stored.
func (s *Store) HasTimer(at events.Millis, t Timer) (bool, error) {
	value, err := s.Partition.Get(s.timerKey(at, t))
	return value != nil, err
}

// TimersAfter calls yield with up to a number of timers that are behind a key, nil for all, in the order of their keys, as of the last Commit.
// It returns the key of the last, or nil if there are no more. yield may change timers.
func (s *Store) TimersAfter(key []byte, most int, yield func(at events.Millis, t Timer) error) (last []byte, err error) {
	from := append(bytes.Clone(key), 0) // The next key there can be.
	if key == nil {
		from = []byte{tagTimer}
	}
	var found []ahead
	err = s.Partition.ScanStored(from, []byte{tagTimer + 1}, func(key, _ []byte) (bool, error) {
		at, t, err := cutTimer(key)
		found, last = append(found, ahead{at, t}), append(last[:0], key...)
		return len(found) < most, err
	})
	if len(found) < most {
		last = nil
	}
	for i := 0; err == nil && i < len(found); i++ {
		err = yield(found[i].at, found[i].Timer)
	}
	return last, err
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

// Timers is all that is due at an instant that NextTimer gave, sorted by seller.
func (s *Store) Timers(at events.Millis) (due []Timer) {
	s.timers.Ascend(ahead{at: at}, func(a ahead) bool {
		if a.at == at {
			due = append(due, a.Timer)
		}
		return a.at == at
	})
	return due
}

// SetDate notes that a seller has orders of a date.
func (s *Store) SetDate(date windows.Date, seller string) {
	s.key = append(appendDate(s.reuse(tagDate), date), seller...)
	s.Partition.Set(s.key, []byte{})
}

// DeleteDate takes back what SetDate did.
func (s *Store) DeleteDate(date windows.Date, seller string) {
	s.key = append(appendDate(s.reuse(tagDate), date), seller...)
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

// SellersOn calls yield with each seller that has orders of a date, in order.
func (s *Store) SellersOn(date windows.Date, yield func(seller string)) error {
	from := appendDate([]byte{tagDate}, date)
	return s.Partition.Scan(from, after(from), func(key, _ []byte) (bool, error) {
		yield(string(key[len(from):]))
		return true, nil
	})
}
