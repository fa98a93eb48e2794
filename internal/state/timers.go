package state

import (
	"math"

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
	s.key = appendText(appendInstant(s.reuse(tagTimer), at), t.Seller)
	s.key = append(append(s.key, byte(t.Kind)), t.Order...)
	return s.key
}

// SetTimer makes something due at an instant.
func (s *Store) SetTimer(at events.Millis, t Timer) {
	s.Partition.Set(s.timerKey(at, t), []byte{})
	s.timersFrom = min(s.timersFrom, at)
}

// DeleteTimer takes back what SetTimer did.
func (s *Store) DeleteTimer(at events.Millis, t Timer) { s.Partition.Delete(s.timerKey(at, t)) }

// NextTimer is the earliest instant, up to and including one, at which something is due.
func (s *Store) NextTimer(upTo events.Millis) (events.Millis, bool, error) {
	if upTo < s.timersFrom {
		return 0, false, nil
	}
	// From where there may be one, not from the first key on: before it lies what has fired, which takes long to pass while it is not
	// compacted away.
	from := appendInstant([]byte{tagTimer}, s.timersFrom)
	s.timersFrom = math.MaxInt64
	err := s.Partition.Scan(from, []byte{tagTimer + 1}, func(key, _ []byte) (bool, error) {
		var err error
		s.timersFrom, _, err = cutInstant(key[1:])
		return false, err
	})
	return s.timersFrom, s.timersFrom <= upTo, err
}

// Timers is all that is due at an instant, sorted by seller.
func (s *Store) Timers(at events.Millis) (due []Timer, err error) {
	from := appendInstant([]byte{tagTimer}, at)
	err = s.Partition.Scan(from, after(from), func(key, _ []byte) (bool, error) {
		seller, rest, err := cutText(key[len(from):])
		if err != nil || len(rest) == 0 {
			return false, errKey
		}
		due = append(due, Timer{Kind: TimerKind(rest[0]), Seller: seller, Order: string(rest[1:])})
		return true, nil
	})
	return due, err
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
