package fleet

import "strings"

// refusal is an end that a process must come to by itself.
type refusal struct {
	says  []string // in its last line
	times int      // that are still to come: it is started again in between
}

// take counts an exit that is the refusal.
func (r *refusal) take(e *Exit) bool {
	if r.times == 0 || e.Code != 1 {
		return false
	}
	for _, part := range r.says {
		if !strings.Contains(e.Error, part) {
			return false
		}
	}
	r.times--
	return true
}

// Expect has a slot's process end by itself so many times, with exit code 1 and a last line that has some parts. It is started again in between, as
// a supervisor would, but not after the last.
func (f *Fleet) Expect(i, times int, says ...string) {
	s := &f.slots[i]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.refusal = refusal{says, times}
}
