package rules

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// override makes of what the files say of some sellers what their rules are. It comes once all files are read: a file may be about the rules of another.
func (s *setReader) override() error {
	sellers := 0
	for i, o := range s.overrides {
		at := o.fields["sellers"]
		if o.File != "" {
			at = o.fields["sellers_file"]
		}
		if sellers += len(o.Sellers); i >= MaxOverrides || sellers > MaxSellers {
			return in(o.file.Name, at.wrong("override %d of %d sellers in all: a set may have up to %d of up to %d; let a rule of its own say what holds of most", i+1, sellers, MaxOverrides, MaxSellers))
		}
		if err := s.hold(o); err != nil {
			return in(o.file.Name, err)
		}
	}
	s.set.share()
	return s.collisions()
}

// hold finds out which rules an override is about, and what they are for its sellers.
func (s *setReader) hold(o *overrideReader) error {
	var known []string
	for _, n := range s.set.named {
		if n.Versions[0].Pack == o.Pack {
			known = append(known, n.Name)
		}
	}
	if known == nil {
		return &Error{
			Line: o.at.line, Column: o.at.column, Field: o.at.field,
			Problem: fmt.Sprintf("overrides of pack %s%s, of which there are no rules: say by pack whose rules they are of, and give its file beside this one", o.Pack, ofNone(o.Pack)),
		}
	}
	if err := o.unknownRule(known); err != nil {
		return err
	}
	o.held = map[*Rule]*Rule{}
	for _, r := range s.readers {
		if !o.concerns(&r.Rule) {
			continue
		}
		if err := o.holdFor(r); err != nil {
			return err
		}
	}
	o.changed = o.changes()
	for _, n := range s.set.named {
		if o.concerns(n.Versions[0]) {
			n.overrides = append(n.overrides, &o.Override)
		}
	}
	s.set.overrides = append(s.set.overrides, &o.Override)
	return nil
}

// share gives each seller its overrides. Sellers of the same ones share them.
func (s *Set) share() {
	of := map[string][]uint32{}
	for i, o := range s.overrides {
		for _, id := range o.Sellers {
			of[id] = append(of[id], uint32(i))
		}
	}
	shared := map[string]*Overrides{}
	s.overridden = make(map[string]*Overrides, len(of))
	var key []byte
	for id, indices := range of {
		key = key[:0]
		for _, i := range indices {
			key = binary.BigEndian.AppendUint32(key, i)
		}
		if shared[string(key)] == nil {
			all := &Overrides{}
			for _, i := range indices {
				all.all = append(all.all, s.overrides[i])
			}
			shared[string(key)] = all
		}
		s.overridden[id] = shared[string(key)]
	}
}

// collisions is an error if two overrides say something of one seller and rule on one day: two silences, or two of what else there is.
func (s *setReader) collisions() error {
	seen := map[*Overrides]bool{}
	for _, id := range slices.Sorted(maps.Keys(s.set.overridden)) {
		all := s.set.overridden[id]
		if seen[all] {
			continue
		}
		seen[all] = true
		for i, later := range all.all {
			for _, first := range all.all[:i] {
				if rule, ok := first.collides(later); ok {
					return s.reader(later).collision(first, id, rule)
				}
			}
		}
	}
	return nil
}

func (s *setReader) reader(o *Override) *overrideReader {
	return s.overrides[slices.IndexFunc(s.overrides, func(r *overrideReader) bool { return &r.Override == o })]
}

func (o *overrideReader) collision(first *Override, seller, rule string) error {
	where := fmt.Sprintf("in line %d", first.at.line)
	if first.at.file != o.at.file {
		where += " of " + first.at.file
	}
	return &Error{
		File: o.at.file, Line: o.at.line, Column: o.at.column, Field: o.at.field,
		Problem: fmt.Sprintf("a second override of seller %q and rule %s on one day; the first is %s: give each days of its own with from and until, or make one of them", seller, rule, where),
	}
}

// collides is whether two overrides say the like of a rule on one day, and of which.
func (o *Override) collides(other *Override) (rule string, ok bool) {
	says := o.says() && other.says() && meet(o.From, o.Until, other.From, other.Until)
	silent := o.Silence != nil && other.Silence != nil && meet(o.Silence.From, &o.Silence.Until, other.Silence.From, &other.Silence.Until)
	if !says && !silent {
		return "", false
	}
	for r := range o.held {
		if other.held[r] != nil && (rule == "" || r.Name < rule) {
			rule, ok = r.Name, true
		}
	}
	return rule, ok
}
