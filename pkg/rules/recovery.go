package rules

import "sellerpulse/pkg/windows"

// RecoversOn is the first later day at whose start a breach of today would be over if only the windows slid over today's counts: the first evaluation day
// of a rule that has such days. No data counts as over, so it is at the latest the first such day on which the last date with counts has left the
// windows. It is false where there is no breach to end: of a rule that is evaluated always, today's counts are one, or else they are none.
//
// counts sums over order dates, both inclusive; last is the newest date that has any. It is called with today's windows and with each stretch of dates
// that moves, not with each window. A day that the zone leaves out has no start.
func (r *Rule) RecoversOn(zone *windows.Calendar, today, last windows.Date, counts func(from, to windows.Date) (numerator, denominator int64)) (windows.Date, bool) {
	sliding := make([]slidingSum, len(r.Windows))
	for i, c := range r.Windows {
		sliding[i] = newSlidingSum(c.Window, today, last, counts)
	}
	if r.Evaluate.Always() && !r.breachedBy(sliding) {
		return 0, false
	}
	for day := today + 1; ; day++ {
		if !r.Evaluate.Has(day) || !zone.Has(day) {
			continue
		}
		for i := range sliding {
			sliding[i].slide(day, last, counts)
		}
		if !r.breachedBy(sliding) {
			return day, true
		}
	}
}

// breachedBy is whether a breach goes on by the sums of the rule's windows.
func (r *Rule) breachedBy(sums []slidingSum) bool {
	var chosen slidingSum
	for i, c := range r.Windows {
		if chosen = sums[i]; chosen.denominator >= c.MinTotal {
			break
		}
	}
	return r.Next(chosen.numerator, chosen.denominator, Standing{State: Breached}).State == Breached
}

// slidingSum is what a window adds up to.
type slidingSum struct {
	window                 windows.Window
	from, to               windows.Date
	numerator, denominator int64
}

func newSlidingSum(w windows.Window, today, last windows.Date, counts func(from, to windows.Date) (int64, int64)) slidingSum {
	s := slidingSum{window: w}
	s.from, s.to = w.Range(today)
	s.to = min(s.to, last)
	s.add(1, s.from, s.to, counts)
	return s
}

func (s *slidingSum) add(sign int64, from, to windows.Date, counts func(from, to windows.Date) (int64, int64)) {
	if from > to {
		return
	}
	numerator, denominator := counts(from, to)
	s.numerator += sign * numerator
	s.denominator += sign * denominator
}

// slide moves the window to a later day. No date after last has counts.
func (s *slidingSum) slide(day, last windows.Date, counts func(from, to windows.Date) (int64, int64)) {
	from, to := s.window.Range(day)
	to = min(to, last)
	s.add(-1, s.from, min(s.to, from-1), counts)
	s.add(1, max(s.to+1, from), to, counts)
	s.from, s.to = from, to
}
