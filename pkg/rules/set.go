package rules

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"sellerpulse/pkg/windows"
)

// Set is the rules of one or more files, in the order in which they are reported. It is checked and does not change.
type Set struct {
	packs      []*Pack
	named      []*Named
	overrides  []*Override
	overridden map[string]*Overrides // by the ids of sellers
}

// Named is the versions of a rule. State and numbers of alerts go on from one to the next.
type Named struct {
	Name     string // full
	By       Field
	Versions []*Rule // none in force on a day of another, in the order of their days

	overrides []*Override
}

// InForce is the version that is in force on a day; nil where none is, and where there is no such rule, n being nil.
func (n *Named) InForce(day windows.Date) *Rule {
	if n == nil {
		return nil
	}
	for _, r := range n.Versions {
		if r.InForce(day) {
			return r
		}
	}
	return nil
}

// Canonical is the definition of each version, a line each, with a digest of the overrides of the rule at its end if there are any: states keep it.
func (n *Named) Canonical() string {
	lines := make([]string, 0, len(n.Versions))
	for _, r := range n.Versions {
		lines = append(lines, r.Canonical())
	}
	text := strings.Join(lines, "\n")
	if overrides := n.overrideLines(); overrides != nil {
		sum := sha256.Sum256([]byte(strings.Join(overrides, "\n")))
		text += fmt.Sprintf(" overrides %x", sum[:8])
	}
	return text
}

// overrideLines are the overrides of the rule, a line each; nil for none.
func (n *Named) overrideLines() (lines []string) {
	for _, o := range n.overrides {
		lines = append(lines, o.canonical(n))
	}
	return lines
}

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

// BuiltIn is the marketplace's rules. Where counts are kept for other than the default, [Set.CheckRetention] is to follow.
func BuiltIn() *Set { return parseBuiltIn() }

// BuiltInFile is the built-in rules as a rule file, to start one's own from.
func BuiltInFile() []byte { return append([]byte(nil), builtIn...) }

// Rules lists the rules. The slice is shared and must not be changed.
func (s *Set) Rules() []*Named { return s.named }

// Versions lists every version of each rule.
func (s *Set) Versions() (all []*Rule) {
	for _, n := range s.named {
		all = append(all, n.Versions...)
	}
	return all
}

// Find finds a rule by its full name; nil where there is none.
func (s *Set) Find(name string) *Named {
	for _, n := range s.named {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// Metric finds a metric by its full name: a built-in one, or one of a pack; nil where there is none, and of another pack where s is nil.
func (s *Set) Metric(fullName string) *Metric {
	if m := FindMetric(fullName); m != nil || s == nil {
		return m
	}
	for _, m := range s.Metrics() {
		if m.FullName() == fullName {
			return m
		}
	}
	return nil
}

// Canonical is the definition of each version of a rule, and of each override of it, a line each.
func (s *Set) Canonical() []byte {
	var b strings.Builder
	for _, n := range s.named {
		for _, r := range n.Versions {
			b.WriteString(r.Canonical() + "\n")
		}
		for _, line := range n.overrideLines() {
			b.WriteString(line + "\n")
		}
	}
	return []byte(b.String())
}

// Packs lists what each file says of itself, in the order of the files. The slice is shared and must not be changed.
func (s *Set) Packs() []*Pack { return s.packs }

// Metrics lists the built-in metrics, and then those that the packs define. The slice must not be changed.
func (s *Set) Metrics() []*Metric {
	all := metrics
	for _, p := range s.packs {
		all = append(all[:len(all):len(all)], p.Metrics...)
	}
	return all
}

// CheckRetention checks that counts are kept for as long as every rule looks back.
func (s *Set) CheckRetention(days int) error {
	for _, r := range s.Versions() {
		if err := r.CheckHistory(days); err != nil {
			return fmt.Errorf("rule %q: %w", r.Name, err)
		}
	}
	return nil
}

// Needs is for how many days counts must be kept for the rule.
func (r *Rule) Needs() (days int) {
	for _, c := range r.Windows {
		days = max(days, int(c.Window.Needs()))
	}
	return days
}

// CheckHistory checks that counts are kept for as long as the rule looks back.
func (r *Rule) CheckHistory(days int) error {
	for _, c := range r.Windows {
		if back := int(c.Window.Needs()); back > days {
			return fmt.Errorf("window %s and lag %dd look back over %d days, but counts are kept for %d: shorten them, or lengthen the history",
				lengthText(c.Window), c.Window.Lag, back, days)
		}
	}
	return nil
}

// BuiltInPack is the pack whose rules and metrics go by their bare names, as those of a file without a pack do.
const BuiltInPack = "amazon-2022"

func fullName(pack, name string) string {
	if pack == "" || pack == BuiltInPack {
		return name
	}
	return pack + "/" + name
}
