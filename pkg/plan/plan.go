package plan

import (
	"slices"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Plan is what is counted for a rule set. It does not change, and is for any goroutine.
type Plan struct {
	Program  *windows.Program
	Versions []Version  // of the set's rules, in its order
	Metrics  []Reported // the built-in ones, then those of packs

	lasting bool // counts outlive orders
}

// Version is a version of a rule and where its numbers are.
type Version struct {
	*rules.Rule
	Rate       Rate
	Field      windows.Field // of its parts; NoField for a rule of the whole
	Placed     int           // the measure of the orders whose values take places, of a rule with parts
	Components *Components   // of order_defect_rate; nil of others
	listed     []string      // values of Field; nil for all
}

// Lists is whether the version has a part of a value, if there are such orders: not where it counts others alone.
func (v *Version) Lists(value string) bool {
	list := v.listed
	return list == nil || slices.Contains(list, value)
}

// For is the version with another rule that counts the same, such as one that holds of some sellers.
func (v *Version) For(r *rules.Rule) Version {
	of := *v
	of.Rule = r
	return of
}

// Unfiltered is whether the version counts all orders of its metric's channel, as reports give its metric.
func (v *Version) Unfiltered() bool { return v.Field == windows.NoField && v.Where.IsZero() }

// Rate is what a metric divides: two measures of the orders of a channel or, for 0, of both.
type Rate struct {
	Numerator, Denominator int
	Channel                events.Channel
}

// Of is the two numbers of sums by channel.
func (r *Rate) Of(sums *[2]windows.Sums) (numerator, denominator int64) {
	return windows.SumOf(sums, r.Channel, r.Numerator), windows.SumOf(sums, r.Channel, r.Denominator)
}

// Components are the measures of the orders with each kind of defect: negative feedback, claims, chargebacks.
type Components [3]int

// Of is the components of sums by channel, of the orders of a channel or, for 0, of both.
func (c *Components) Of(sums *[2]windows.Sums, channel events.Channel) (negativeFeedback, claims, chargebacks int64) {
	return windows.SumOf(sums, channel, c[0]), windows.SumOf(sums, channel, c[1]), windows.SumOf(sums, channel, c[2])
}

// Of makes the plan of a rule set where counts are kept for as long as orders are.
func Of(set *rules.Set) *Plan { return of(set, false) }

func of(set *rules.Set, lasting bool) *Plan {
	p := &Plan{Program: new(windows.Program), lasting: lasting}
	for _, d := range standard() {
		p.Program.Add(d, reported)
	}
	p.reports(set)
	for _, r := range set.Versions() {
		p.Versions = append(p.Versions, p.version(r))
	}
	return p
}

// reported are the cells of what reports list by product line.
const reported = windows.TotalCells | windows.LineCells

func (p *Plan) version(r *rules.Rule) Version {
	planned := Version{Rule: r, Field: fieldOf(r.By)}
	filter, channel := filterOf(r)
	cells := windows.PartCells(planned.Field)
	of := p.rateOf(r.Metric, &r.Where, filter, planned.Field)
	planned.Rate = p.rate(r.Metric, filter, of, channel, cells)
	if planned.Field != windows.NoField {
		planned.listed = listOf(r, planned.Field)
		planned.Placed = p.Program.Add(windows.Definition{Unit: windows.OrderUnit, All: counted, Filter: filter.Orders()}, cells)
	}
	if r.Metric == rules.OrderDefectRate {
		planned.Components = new(Components)
		for i, d := range components(filter) {
			d.Rate = of
			planned.Components[i] = p.Program.Add(d, cells)
		}
	}
	return planned
}

// rate counts what a metric divides, of the orders of a channel that pass a filter, and for what alone.
func (p *Plan) rate(m *rules.Metric, f windows.Filter, alone string, channel events.Channel, cells windows.Cells) Rate {
	numerator, denominator := definitions(m, f)
	numerator.Rate, denominator.Rate = alone, alone
	return Rate{p.Program.Add(numerator, cells), p.Program.Add(denominator, cells), channel}
}

// filterOf is which orders a rule counts, and of which channel, 0 for both.
func filterOf(r *rules.Rule) (f windows.Filter, channel events.Channel) {
	w := &r.Where
	f = windows.Filter{Lines: w.Lines, Marketplaces: w.Marketplaces, Countries: w.Countries, Reasons: w.Reasons}
	channel = r.Channel().Of()
	if w.Channels == nil {
		return f, channel
	}
	var both []events.Channel
	for _, c := range [...]events.Channel{events.AFN, events.MFN} {
		if slices.Contains(w.Channels, c.String()) && (channel == 0 || channel == c) {
			both = append(both, c)
		}
	}
	switch len(both) {
	case 0:
		f.None = true
	case 1:
		channel = both[0]
	}
	return f, channel
}

// listOf is the values of a field that a rule counts; nil for all.
func listOf(r *rules.Rule, f windows.Field) []string {
	switch f {
	case windows.ChannelField:
		return r.Where.Channels
	case windows.LineField:
		return r.Where.Lines
	case windows.MarketplaceField:
		return r.Where.Marketplaces
	default:
		return r.Where.Countries
	}
}

func fieldOf(f rules.Field) windows.Field {
	field, _ := windows.ParseField(f.String())
	return field
}
