package oracle

import "slices"

// override is one of a pack.
type override struct {
	Override
	pack string
}

// about is whether an override is about a version of a rule for a seller.
func (o *override) about(seller string, r *rule) bool {
	named := len(o.Rule) == 0 || slices.ContainsFunc(o.Rule, func(name Text) bool { return fullName(o.pack, string(name)) == r.name })
	return r.pack == o.pack && named && slices.Contains(o.Sellers, Text(seller))
}

// between is whether a day is one from a first to a last one, without a text for no bound.
func between(from, until Text, day Day) bool {
	return (from == "" || dayNamed(from) <= day) && (until == "" || day <= dayNamed(until))
}

// heldBy is a version as it is for a seller on a day: read anew with what is otherwise. It is nil where the seller is exempt.
func (p *policy) heldBy(seller string, r *rule, day Day) *rule {
	for _, o := range p.overrides {
		if !o.about(seller, r) || !between(o.From, o.Until, day) {
			continue
		}
		if o.Exempt {
			return nil
		}
		r = o.change(r)
	}
	return r
}

// spokenOf is a version as alerts speak of it: as it is for a seller, or else as it is written.
func (p *policy) spokenOf(seller string, r *rule, day Day) *rule {
	if held := p.heldBy(seller, r, day); held != nil {
		return held
	}
	return r
}

// change gives a version what an override says; without a target or levels of its own that says nothing of these.
func (o *override) change(r *rule) *rule {
	source := r.Rule
	if o.Target != "" || o.Levels != nil {
		source.Target, source.Levels, source.Warn, source.Resolve = o.Target, o.Levels, "", ""
	}
	if o.Warn != "" {
		source.Warn = o.Warn
	}
	if o.Resolve != "" {
		source.Resolve = o.Resolve
	}
	if o.MinDenominator > 0 {
		source.MinDenominator = o.MinDenominator
	}
	if o.MinMisses > 0 {
		source.MinMisses = o.MinMisses
	}
	return newRule(source, r.pack, r.metric, r.where[0])
}

// silence is that of a version for a seller on a day; nil for none.
func (p *policy) silence(seller string, r *rule, day Day) *Silence {
	for _, o := range p.overrides {
		if s := &o.Silence; s.Until != "" && o.about(seller, r) && between(s.From, s.Until, day) {
			return s
		}
	}
	return nil
}

// ended is the version that was in force last before a day; nil for none.
func (n *named) ended(day Day) (last *rule) {
	for _, r := range n.versions {
		if r.until < day && (last == nil || last.until < r.until) {
			last = r
		}
	}
	return last
}
