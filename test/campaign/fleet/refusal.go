package fleet

import "strings"

// Refusal is an end that a process must come to by itself: with exit code 1 and a last line that has some parts.
type Refusal struct {
	Says      []string
	Meanwhile []string // what it may say instead as long as it has others around that are yet to refuse
	Times     int      // that are still to come: it is started again in between, as a supervisor would, but not after the last
}

// take counts an exit that is the refusal, and tells whether it is to be.
func (r *Refusal) take(e *Exit) bool {
	switch {
	case r.Times == 0 || e.Code != 1:
		return false
	case says(e.Error, r.Says):
		r.Times--
		return true
	}
	return len(r.Meanwhile) > 0 && says(e.Error, r.Meanwhile)
}

func says(line string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(line, part) {
			return false
		}
	}
	return true
}

// Expect has a slot's process end by itself with a refusal.
func (f *Fleet) Expect(i int, r Refusal) {
	s := &f.slots[i]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.refusal = r
}
