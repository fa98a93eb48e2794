package rules

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// Set is the rules in force, in the order in which they are reported. It is checked and does not change.
type Set struct{ rules []*Rule }

//go:embed builtin.yaml
var builtIn []byte

var parseBuiltIn = sync.OnceValue(func() *Set {
	s, err := Parse(builtIn, builtInDays)
	if err != nil {
		panic(fmt.Sprintf("parse the built-in rules: %v", err))
	}
	return s
})

// builtInDays is the retention that the built-in rules need.
const builtInDays = 90

// BuiltIn is the marketplace's rules. With a retention other than the default, [Set.CheckRetention] is to follow.
func BuiltIn() *Set { return parseBuiltIn() }

// BuiltInFile is the built-in rules as a rule file, to start one's own from.
func BuiltInFile() []byte { return append([]byte(nil), builtIn...) }

// Rules lists the rules. The slice is shared and must not be changed.
func (s *Set) Rules() []*Rule { return s.rules }

// Find finds a rule by its name; nil where there is none.
func (s *Set) Find(name string) *Rule {
	for _, r := range s.rules {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// Canonical is the definition of each rule, a line each.
func (s *Set) Canonical() []byte {
	var b strings.Builder
	for _, r := range s.rules {
		b.WriteString(r.Canonical())
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// CheckRetention checks that orders are kept for as long as every rule looks back.
func (s *Set) CheckRetention(days int) error {
	for _, r := range s.rules {
		if err := r.checkRetention(days); err != nil {
			return fmt.Errorf("rule %q: %w", r.Name, err)
		}
	}
	return nil
}

func (r *Rule) checkRetention(days int) error {
	if back := int(r.Window.Count) + int(r.Window.Lag); back > days {
		return fmt.Errorf("window %dd and lag %dd look back over %d days, but orders are kept for %d: shorten them, or lengthen the retention",
			r.Window.Count, r.Window.Lag, back, days)
	}
	return nil
}
