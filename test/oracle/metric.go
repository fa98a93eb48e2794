package oracle

import (
	"fmt"
	"slices"
	"strings"

	"sellerpulse/pkg/events"
)

// metric is a [Metric] as it is counted.
type metric struct {
	pack, name string // pack is empty for a built-in one
	unit       unit
	good       bool
	facts      set // any makes a unit good, or bad
	unless     set // any takes it out of the numerator
	total      set // all make it count
	channel    string
	definition string // the same for two metrics that are defined alike
	measure    string // of its rows in reports
}

func newMetric(pack string, m *Metric) *metric {
	u := unit(max(0, slices.Index([]Text{"order", "shipment", "return"}, m.Unit)))
	c := &metric{
		pack: pack, name: string(m.Name), unit: u, good: m.Good != nil, channel: "ALL",
		facts: factsNamed(u, slices.Concat(m.Bad, m.Good)), unless: factsNamed(u, m.Unless), total: factsNamed(u, m.Total),
		definition: fmt.Sprintf("%+v", *m),
	}
	c.total.add(firstFacts[u]) // What is not counted, confirmed or requested is no unit.
	if m.Channel != "" {
		c.channel = strings.ToUpper(string(m.Channel))
	}
	c.measure = measure(c, nil, "")
	return c
}

// fullName is what alerts and reports call it.
func (m *metric) fullName() string { return fullName(m.pack, m.name) }

func fullName(pack, name string) string {
	if pack == "" || pack == BuiltInPack {
		return name
	}
	return pack + "/" + name
}

func (f *facts) units(u unit) []set {
	switch u {
	case shipmentUnit:
		return f.shipments
	case returnUnit:
		return f.returns
	}
	return []set{f.order}
}

// count is what an order adds to the metric's numerator and denominator. A miss of an excused order is none: bad units leave the numerator,
// units that are not good the denominator.
func (m *metric) count(f *facts) (numerator, denominator int) {
	if !f.order.has(counted) {
		return 0, 0
	}
	excused := f.excused(m.name)
	for _, is := range f.units(m.unit) {
		hit := is.hasAny(m.facts) && !is.hasAny(m.unless)
		switch {
		case !is.hasAll(m.total), excused && m.good && !hit:
		case excused && !m.good:
			denominator++
		default:
			numerator, denominator = numerator+oneIf(hit), denominator+1
		}
	}
	return numerator, denominator
}

// misses is how many units of a count are misses.
func (m *metric) misses(numerator, denominator int) int {
	if m.good {
		return denominator - numerator
	}
	return numerator
}

func ofChannel(f *facts, channel string) bool {
	return channel == "ALL" || channel == "MFN" && f.channel == events.MFN || channel == "AFN" && f.channel == events.AFN
}
