package rules

import (
	"cmp"
	"strconv"
	"strings"

	"sellerpulse/pkg/windows"
)

// mapping is keys and values in the order of a rule file. A value is a text, a number, a bool, a rate, a list of texts or mappings, or a mapping.
type mapping []entry

type entry struct {
	key   string
	value any
}

// add adds a key unless its value is missing: nil, an empty text or an empty list.
func (m *mapping) add(key string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case []string:
		if v == nil {
			return
		}
	case mapping:
		if len(v) == 0 {
			return
		}
	}
	*m = append(*m, entry{key, value})
}

// tree is a pack as its file would have it, with all defaults spelled out.
func (p *Pack) tree(set *Set) mapping {
	var m mapping
	m.add("pack", p.Name)
	if p.Figures != nil {
		m.add("figures", p.Figures.String())
	}
	m.add("sources", p.Sources)
	m.add("where", p.Where.tree())
	var list []mapping
	for _, metric := range p.Metrics {
		list = append(list, metric.tree())
	}
	if list != nil {
		m.add("metrics", list)
	}
	list = nil
	for _, r := range set.Versions() {
		if r.Pack == p.Name {
			list = append(list, r.tree())
		}
	}
	m.add("rules", list)
	list = nil
	for _, o := range set.overrides {
		if o.Pack == p.Name {
			list = append(list, o.tree())
		}
	}
	if list != nil {
		m.add("overrides", list)
	}
	return m
}

func (m *Metric) tree() mapping {
	var to mapping
	to.add("name", m.Name)
	to.add("unit", m.Unit.String())
	to.add(m.numeratorKey(), namesOf(m.Facts))
	to.add("unless", namesOf(m.Unless))
	to.add("total", namesOf(m.Total))
	to.add("channel", m.Channel.String())
	return to
}

// namesOf are the names of facts; nil for none.
func namesOf(s windows.FactSet) (names []string) {
	for _, f := range s.Facts() {
		names = append(names, f.String())
	}
	return names
}

func (w *Where) tree() mapping {
	var m mapping
	for _, key := range listKeys {
		m.add(key, *w.list(key))
	}
	m.add("reason", reasonsOf(w.Reasons))
	return m
}

func (r *Rule) tree() mapping {
	var m mapping
	m.add("name", r.shortName())
	m.add("metric", r.Metric.Name)
	r.addWindows(&m)
	r.addLimits(&m)
	m.add("class", strings.ToLower(r.Class.String()))
	m.add("provisional", r.Provisional)
	m.add("min_denominator", max(1, r.MinDenominator))
	m.add("min_misses", max(1, r.MinMisses))
	m.add("where", r.Where.tree())
	m.add("by", r.By.String())
	m.add("evaluate", r.Evaluate.String())
	if r.From != nil {
		m.add("from", r.From.String())
	}
	if r.Until != nil {
		m.add("until", r.Until.String())
	}
	return m
}

// shortName is the rule's name as its file has it.
func (r *Rule) shortName() string { return r.Name[strings.LastIndexByte(r.Name, '/')+1:] }

func (r *Rule) addWindows(m *mapping) {
	if len(r.Windows) == 1 {
		m.add("window", lengthText(r.Window()))
	} else {
		var list []mapping
		for _, c := range r.Windows {
			choice := mapping{{"days", lengthText(c.Window)}}
			if c.MinTotal > 0 {
				choice.add("min_total", c.MinTotal)
			}
			list = append(list, choice)
		}
		m.add("window", list)
	}
	m.add("lag", strconv.Itoa(int(r.Window().Lag))+"d")
}

func (r *Rule) addLimits(m *mapping) {
	if len(r.Levels) == 0 {
		m.add("target", r.Target.String())
		if warn, ok := r.WarnAt(); ok {
			if warn, err := ParseDecimal(warn.String()); err == nil { // Else the default has more decimals than a file may.
				m.add("warn", warn)
			}
		}
		m.add("resolve", r.ResolveAt().Limit)
		return
	}
	var list []mapping
	for _, l := range r.Levels {
		level := mapping{{"level", l.Name}}
		level.add("target", l.Target.String())
		level.add("state", strings.ToLower(l.State.String()))
		list = append(list, level)
	}
	m.add("levels", list)
}

// find is the value of a key; nil for none.
func (m mapping) find(key string) any {
	for _, e := range m {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// firstOf is the earlier of two versions by the first of their days.
func firstOf(a, b *Rule) int { return cmp.Compare(firstDay(a), firstDay(b)) }
