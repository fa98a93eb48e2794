package view

import (
	"context"
	"errors"
	"fmt"

	"sellerpulse/pkg/outputs"
)

// Why a subscription ends, for errors.Is.
var (
	// ErrSlow: alerts came faster than they were taken, and some are not among the recent ones any more. Subscribing with Cursor goes on, and tells it.
	ErrSlow = errors.New("alerts were taken too slowly, and some were missed: subscribe again")
	// ErrAnew: the topic was made anew, or has more partitions. Subscribe again.
	ErrAnew = errors.New("the topic of alerts was made anew, or has more partitions: subscribe again")
	// ErrEnded: nothing is followed any more.
	ErrEnded = errors.New("alerts are not followed any more: the process ends")
)

// Subscription hands out alerts as they come. It holds nothing but its place among the recent alerts, so that it needs no closing, and one that is slow holds up
// nobody. It is for one goroutine.
type Subscription struct {
	// Missed is whether some of the alerts after the cursor are not among the recent ones any more.
	Missed bool

	view       *View
	generation int
	topic      uint64
	seen       positions // alerts before these offsets are not handed out
	next       int64     // number of the next that arrived
}

// Subscribe begins with the alerts after a cursor, or with those published from now on where it is empty. It waits until the view is whole. It fails with
// ErrQuery, with ErrEnded, and with that of ctx.
func (v *View) Subscribe(ctx context.Context, after string) (*Subscription, error) {
	for {
		s, changed, err := v.subscribe(after)
		if s != nil || err != nil {
			return s, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("subscribe to alerts: %w", context.Cause(ctx))
		}
	}
}

// subscribe is nil as long as the view is not whole; then changed is what to wait for.
func (v *View) subscribe(after string) (s *Subscription, changed <-chan struct{}, err error) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	switch {
	case v.hasEnded():
		return nil, nil, ErrEnded
	case !v.whole:
		return nil, v.changed, nil
	}
	s = &Subscription{view: v, generation: v.generation, topic: hashOf(v.o.Alerts, v.identities[v.o.Alerts])}
	if after == "" {
		for _, l := range alertLogs(v.logs) {
			s.seen = append(s.seen, l.next)
		}
		s.next = v.recent.end()
		return s, nil, nil
	}
	if s.seen, err = parsePositions(after, s.topic, len(v.recent.floors)); err != nil {
		return nil, nil, err
	}
	s.next = v.recent.first
	for p, floor := range v.recent.floors {
		s.Missed = s.Missed || s.seen[p] < floor
	}
	return s, nil, nil
}

// Cursor is where the subscription is: another one after it begins with what this one hands out next.
func (s *Subscription) Cursor() string { return s.seen.cursor(s.topic) }

// Next waits for the next alert. It fails with ErrSlow, ErrAnew, ErrEnded and with that of ctx; what had come before is handed out first.
func (s *Subscription) Next(ctx context.Context) (outputs.Alert, error) {
	for {
		a, changed, err := s.take()
		switch {
		case err != nil:
			return outputs.Alert{}, err
		case a != nil:
			return a.decode()
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return outputs.Alert{}, fmt.Errorf("await an alert: %w", context.Cause(ctx))
		}
	}
}

// take is the next alert, if there is one; else changed is what to wait for.
func (s *Subscription) take() (a *alert, changed <-chan struct{}, err error) {
	v := s.view
	v.mutex.Lock()
	defer v.mutex.Unlock()
	switch r := v.recent; {
	case s.generation != v.generation:
		return nil, nil, ErrAnew
	case s.next < r.first:
		return nil, nil, ErrSlow
	default:
		for ; s.next < r.end(); s.next++ {
			if a := r.arrived[s.next-r.first]; a.offset >= s.seen[a.partition] {
				s.next++
				s.seen[a.partition] = a.offset + 1
				return a, nil, nil
			}
		}
	}
	if v.hasEnded() {
		return nil, nil, ErrEnded
	}
	return nil, v.changed, nil
}
