package enginetest

import (
	"slices"

	"sellerpulse/test/oracle"
)

// override gives a pack overrides of some sellers, of which no two say the like of one seller and rule on one day: each seller has stretches of days that
// follow one another.
func (p *packer) override(pack *oracle.Pack) {
	p.plain = false
	for _, name := range p.names(pack) {
		for _, seller := range p.options.Sellers {
			if p.chance(3) {
				continue
			}
			day := dayOf(p.options.Today) - 20 + p.IntN(30)
			for range p.IntN(4) {
				last := day + p.IntN(25)
				pack.Overrides = append(pack.Overrides, p.says(pack, name, seller, day, last))
				day = last + 1 + p.IntN(10)
			}
			p.silence(pack, name, seller)
		}
	}
}

// names are those of the rules of a pack, each once.
func (p *packer) names(pack *oracle.Pack) (names []oracle.Text) {
	for i := range pack.Rules {
		if name := pack.Rules[i].Name; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// silence adds up to two silences of a rule of a seller.
func (p *packer) silence(pack *oracle.Pack, name oracle.Text, seller string) {
	day := dayOf(p.options.Today) - 20 + p.IntN(20)
	for i := range p.IntN(3) {
		s := oracle.Silence{Until: dateText(day + p.IntN(40)), Reason: "they move"}
		if i > 0 || p.chance(2) {
			s.From = dateText(day)
		}
		pack.Overrides = append(pack.Overrides, oracle.Override{Sellers: oracle.Texts{oracle.Text(seller)}, Rule: oracle.Texts{name}, Silence: s})
		day = dayOf(string(s.Until)) + 1 + p.IntN(10)
	}
}

// says is that a rule is another for a seller on some days, or none.
func (p *packer) says(pack *oracle.Pack, name oracle.Text, seller string, first, last int) oracle.Override {
	o := oracle.Override{Sellers: oracle.Texts{oracle.Text(seller)}, Rule: oracle.Texts{name}, From: dateText(first), Until: dateText(last)}
	if p.chance(4) {
		o.Exempt = true
		return o
	}
	var aimed oracle.Rule
	p.aim(&aimed, p.good(pack, name))
	o.Target, o.Levels, o.Warn, o.Resolve = aimed.Target, aimed.Levels, aimed.Warn, aimed.Resolve
	if p.chance(3) {
		o.MinMisses = 1 + p.IntN(3)
	}
	if p.chance(3) {
		o.MinDenominator = 1 + p.IntN(4)
	}
	return o
}

// good is whether the metric of a rule counts what is wanted. Versions have one metric.
func (p *packer) good(pack *oracle.Pack, name oracle.Text) bool {
	i := slices.IndexFunc(pack.Rules, func(r oracle.Rule) bool { return r.Name == name })
	for _, m := range slices.Concat(builtIn, pack.Metrics) {
		if m.Name == pack.Rules[i].Metric {
			return m.Good != nil
		}
	}
	return false
}
