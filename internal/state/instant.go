package state

import (
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

type Phase uint8

const (
	Evaluating Phase = iota
	Expiring
	Forgetting
)

type Instant struct {
	Phase Phase
	Day   windows.Date
	After string
}

func (s *Store) NextDue(at events.Millis) (string, bool, error) {
	if now, ok, err := s.NextTimer(at); err != nil || !ok || now != at {
		return "", false, err
	}
	if t := s.Timers(at); len(t) > 0 {
		return t[0].Seller, true, nil
	}
	return "", false, nil
}

func (s *Store) TimersOf(at events.Millis, seller string) (of []Timer, err error) {
	if now, ok, err := s.NextTimer(at); err != nil || !ok || now != at {
		return nil, err
	}
	for _, t := range s.Timers(at) {
		if t.Seller == seller {
			of = append(of, t)
		}
	}
	return of, nil
}
