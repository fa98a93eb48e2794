package rules

import (
	"fmt"
	"regexp"

	"sellerpulse/internal/meant"
	"sellerpulse/pkg/windows"
)

// metricReader reads a metric.
type metricReader struct {
	Metric
	bad, good bool
}

var metricKeys = []key[*metricReader]{
	{"name", true, "What rules, alerts and reports call it: a-z, 0-9 and _.", schema{"type": "string", "pattern": metricName.String()}, readMetricName},
	{"unit", false, "What is counted.", enumForm("order", unitNames()...), readUnit},
	{"bad", false, "A unit is in the numerator when any of these facts holds, and is a miss: for rules of < or <=.", factsForm(), func(m *metricReader, v value) error {
		m.bad = true
		return readFacts(m, &m.Facts, v)
	}},
	{"good", false, "A unit is in the numerator when any of these facts holds, and a miss when none does: for rules of > or >=.", factsForm(), func(m *metricReader, v value) error {
		m.good = true
		return readFacts(m, &m.Facts, v)
	}},
	{"unless", false, "A unit for which any of these facts holds is not in the numerator.", factsForm(), func(m *metricReader, v value) error { return readFacts(m, &m.Unless, v) }},
	{"total", false, "A unit is in the denominator when all of these facts hold; an order is always counted, a shipment confirmed, a return requested.", factsForm(), func(m *metricReader, v value) error {
		return readFacts(m, &m.Total, v)
	}},
	{"channel", false, "Whose orders the rules of the metric count.", enumForm("ALL", "ALL", "AFN", "MFN"), func(m *metricReader, v value) error {
		text, err := v.text()
		if err != nil {
			return err
		}
		if m.Channel, err = ParseChannel(text); err != nil {
			return v.wrong("%v", err)
		}
		return nil
	}},
}

var metricName = regexp.MustCompile(fmt.Sprintf(`^[a-z][a-z0-9_]{0,%d}$`, MaxNameBytes-1))

func readMetric(pack string, v value) (*Metric, error) {
	m := &metricReader{Metric: Metric{Pack: pack}}
	if _, err := read(m, v, v.field+".", "a metric", metricKeys); err != nil {
		return nil, err
	}
	switch {
	case m.bad && m.good:
		return nil, v.wrong("bad and good: a metric has one of them")
	case !m.bad && !m.good:
		return nil, v.wrong("a metric without bad and good: list in one of them the facts that are counted")
	}
	m.Good = m.good
	m.Total |= impliedFacts[m.Unit]
	metric := m.Metric
	return &metric, nil
}

func readMetricName(m *metricReader, v value) (err error) {
	m.Name, err = v.text()
	switch {
	case err != nil:
		return err
	case !metricName.MatchString(m.Name):
		return v.wrong("%q is no name of a metric: use 1 to %d of a-z, 0-9 and _, and a letter first", m.Name, MaxNameBytes)
	case FindMetric(m.Name) != nil:
		return v.wrong("%q is a built-in metric: name it in rules, or give this one another name", m.Name)
	}
	return nil
}

func unitNames() (names []string) {
	for u := range windows.NumUnits {
		names = append(names, u.String())
	}
	return names
}

func readUnit(m *metricReader, v value) error {
	text, err := v.text()
	if err != nil {
		return err
	}
	unit, ok := windows.ParseUnit(text)
	switch {
	case ok:
		m.Unit = unit
		return nil
	case text == "item" || text == "piece" || text == "message":
		return v.wrong("%ss are not counted by this version: use one of %s", text, oneOf(unitNames()))
	default:
		return v.wrong("%q is no unit: use one of %s%s", text, oneOf(unitNames()), meant.Hint(text, unitNames()))
	}
}

// factNames are those of a unit, or of any.
func factNames(units ...windows.Unit) (names []string) {
	for _, u := range units {
		for f := range windows.NumFacts {
			if f.Unit() == u {
				names = append(names, f.String())
			}
		}
	}
	return names
}

// readFacts reads facts of the metric's unit.
func readFacts(m *metricReader, to *windows.FactSet, v value) error {
	texts, at, err := v.texts(MaxListed)
	if err != nil {
		return err
	}
	for i, text := range texts {
		fact, ok := windows.ParseFact(m.Unit, text)
		if !ok {
			return at[i].wrong("%s", noFact(m.Unit, text))
		}
		*to |= windows.FactsOf(fact)
	}
	return nil
}

func noFact(unit windows.Unit, text string) string {
	for other := range windows.NumUnits {
		if _, ok := windows.ParseFact(other, text); ok {
			return fmt.Sprintf("%q is a fact of the unit %s, and the metric counts the unit %s: use one of %s, or give it the unit", text, other, unit, oneOf(factNames(unit)))
		}
	}
	return fmt.Sprintf("%q is no fact of the unit %s: use one of %s%s", text, unit, oneOf(factNames(unit)), meant.Hint(text, factNames(unit)))
}
