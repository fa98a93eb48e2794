package oracle

import "slices"

// policy is packs as they are counted.
type policy struct {
	packs   []string
	metrics []*metric // the built-in ones, then those of the packs
	named   []*named
	known   map[string]bool // the measures that are counted: by the texts of measure

	overrides []*override
}

// named is the versions of a rule.
type named struct {
	name     string // full
	by       Text
	versions []*rule
}

// compile makes a policy of packs. It panics where they make none: rules are checked elsewhere.
func compile(packs []Pack) *policy {
	p := &policy{known: map[string]bool{}}
	for _, m := range builtInMetrics() {
		p.metrics = append(p.metrics, newMetric("", &m))
	}
	for i := range packs {
		p.add(&packs[i])
	}
	for _, m := range p.metrics {
		p.known[m.measure] = true
	}
	for _, r := range p.versions() {
		p.known[r.measure] = true
	}
	return p
}

func (p *policy) add(pack *Pack) {
	name := string(pack.Name)
	if name == "" {
		name = BuiltInPack
	}
	for _, o := range pack.Overrides {
		p.overrides = append(p.overrides, &override{o, name})
	}
	if pack.Rules == nil && pack.Overrides != nil {
		return
	}
	p.packs = append(p.packs, name)
	for i := range pack.Metrics {
		p.metrics = append(p.metrics, newMetric(name, &pack.Metrics[i]))
	}
	for _, source := range pack.Rules {
		r := newRule(source, name, p.metricNamed(name, string(source.Metric)), &pack.Where)
		i := slices.IndexFunc(p.named, func(n *named) bool { return n.name == r.name })
		if i < 0 {
			i = len(p.named)
			p.named = append(p.named, &named{name: r.name, by: r.By})
		}
		p.named[i].versions = append(p.named[i].versions, r)
	}
}

// metricNamed is a pack's metric of a name, else the built-in one.
func (p *policy) metricNamed(pack, name string) *metric {
	for _, m := range p.metrics {
		if m.name == name && (m.pack == pack || m.pack == "") {
			return m
		}
	}
	panic("oracle: no metric " + name)
}

// versions are those of all rules.
func (p *policy) versions() (all []*rule) {
	for _, n := range p.named {
		all = append(all, n.versions...)
	}
	return all
}

// inForce is the version that is in force on a day; nil where none is.
func (n *named) inForce(day Day) *rule {
	for _, r := range n.versions {
		if r.from <= day && day <= r.until {
			return r
		}
	}
	return nil
}
