package enginetest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"sellerpulse/test/oracle"
)

// PackOptions bound what random rules ask for.
type PackOptions struct {
	Days  int    // that rules may look back over
	Rules int    // how many there are
	Today string // a date about which rules begin and end, as YYYY-MM-DD

	Sellers []string // some of whom have overrides; nil for none
}

// RandomPack makes up a file of valid rules, of every sort that the language has: some as plain as the built-in ones, some with much at once.
// Their limits are such that the few orders of [RandomEvents] cross them.
func RandomPack(r *rand.Rand, name string, o PackOptions) oracle.Pack {
	p := &packer{Rand: r, options: o}
	pack := oracle.Pack{Name: oracle.Text(name)}
	if name != "" {
		pack.Figures, pack.Sources = "2026-11-25", []oracle.Text{"https://example.com/policy"}
	}
	if p.chance(5) {
		pack.Where.Marketplace = p.some(Marketplaces)
	}
	for i := range r.IntN(4) {
		pack.Metrics = append(pack.Metrics, p.metric(i))
	}
	p.where = pack.Where
	for i := range o.Rules {
		pack.Rules = append(pack.Rules, p.versions(fmt.Sprint("rule-", i), pack.Metrics)...)
	}
	if o.Sellers != nil {
		p.override(&pack)
	}
	return pack
}

type packer struct {
	*rand.Rand
	options PackOptions
	where   oracle.Where // the pack's
	plain   bool         // the rule has nothing that the built-in ones have not
}

// chance is true once in so many times, of what no plain rule has.
func (p *packer) chance(in int) bool { return p.IntN(in) == 0 && !p.plain }

// one is one of a list.
func one[T any](p *packer, list []T) T { return list[p.IntN(len(list))] }

// some are one or more of a list, each once.
func (p *packer) some(list []string) (texts oracle.Texts) {
	for _, i := range p.Perm(len(list))[:1+p.IntN(min(3, len(list)))] {
		texts = append(texts, oracle.Text(list[i]))
	}
	return texts
}

var unitFacts = map[oracle.Text][]string{
	"order": {
		"counted", "seller_cancelled", "buyer_cancelled", "late_shipped", "negative_feedback", "rated", "rating_1", "rating_3", "rating_5", "claim",
		"claim_counts", "claim_lost", "chargeback", "chargeback_counts", "defective", "refunded", "handed_over", "handover_late", "has_return",
	},
	"shipment": {"confirmed", "valid_tracking", "settled", "on_time", "delivered", "promise_due"},
	"return":   {"requested", "negative", "answered", "answered_late", "rejected_in_policy"},
}

// claimFacts are those that a reason can be asked of.
var claimFacts = oracle.Texts{"claim", "claim_counts", "claim_lost", "defective", "has_return"}

func (p *packer) metric(i int) oracle.Metric {
	unit := one(p, []oracle.Text{"order", "order", "shipment", "return"})
	m := oracle.Metric{Name: oracle.Text(fmt.Sprint("metric_", i)), Unit: unit}
	if p.chance(2) {
		m.Bad = p.some(unitFacts[unit])
	} else {
		m.Good = p.some(unitFacts[unit])
	}
	if p.chance(3) {
		m.Unless = p.some(unitFacts[unit])
	}
	if p.chance(4) {
		m.Total = p.some(unitFacts[unit])[:1]
	}
	if p.chance(2) {
		m.Channel = one(p, []oracle.Text{"MFN", "AFN", "ALL"})
	}
	return m
}

// builtIn are some of the built-in metrics.
var builtIn = []oracle.Metric{
	{Name: "order_defect_rate", Bad: oracle.Texts{"defective"}},
	{Name: "claim_rate", Bad: oracle.Texts{"claim"}},
	{Name: "cancellation_rate", Bad: oracle.Texts{"seller_cancelled"}, Channel: "MFN"},
	{Name: "late_shipment_rate", Bad: oracle.Texts{"late_shipped"}, Channel: "MFN"},
	{Name: "valid_tracking_rate", Unit: "shipment", Good: oracle.Texts{"valid_tracking"}, Channel: "MFN"},
	{Name: "on_time_delivery_rate", Unit: "shipment", Good: oracle.Texts{"on_time"}, Channel: "MFN"},
	{Name: "return_dissatisfaction_rate", Unit: "return", Bad: oracle.Texts{"negative"}},
}

// versions make up a rule, or two of a name that follow one another.
func (p *packer) versions(name string, own []oracle.Metric) []oracle.Rule {
	by, m := oracle.Text(""), one(p, slices.Concat(builtIn, own))
	p.plain = p.IntN(3) == 0
	if p.chance(3) {
		by = one(p, []oracle.Text{"channel", "product_line", "marketplace", "ship_country"})
	}
	first := p.rule(name, m, by)
	if !p.chance(4) {
		return []oracle.Rule{first}
	}
	second := p.rule(name, m, by)
	day := dayOf(p.options.Today) + p.IntN(90)
	first.Until, second.From = dateText(day), dateText(day+1+p.IntN(2)*p.IntN(30))
	if p.chance(3) {
		second.Until = dateText(day + 31 + p.IntN(60))
	}
	return []oracle.Rule{first, second}
}

func (p *packer) rule(name string, m oracle.Metric, by oracle.Text) oracle.Rule {
	rule := oracle.Rule{Name: oracle.Text(name), Metric: m.Name, By: by, Class: one(p, []oracle.Text{"contractual", "advisory"}), Provisional: p.chance(4)}
	p.aim(&rule, m.Good != nil)
	p.look(&rule)
	if p.chance(4) {
		rule.MinDenominator = 1 + p.IntN(4)
	}
	if p.chance(4) {
		rule.MinMisses = 1 + p.IntN(3)
	}
	if p.chance(5) {
		rule.Evaluate = one(p, []oracle.Text{"weekly mon", "weekly sun", "monthly 1", "monthly 20", "always"})
	}
	p.filter(&rule, m)
	return rule
}

func (p *packer) filter(rule *oracle.Rule, m oracle.Metric) {
	if p.plain {
		return
	}
	switch p.IntN(10) {
	case 0:
		rule.Where.Channel = p.some([]string{"MFN", "AFN"})
		if m.Channel == "MFN" || m.Channel == "AFN" { // Else nothing may be left.
			rule.Where.Channel = oracle.Texts{m.Channel}
		}
	case 1:
		rule.Where.ProductLine = p.some(ProductLines)
	case 2:
		if rule.Where.Marketplace = p.some(Marketplaces); p.where.Marketplace != nil {
			rule.Where.Marketplace = p.where.Marketplace[:1] // Else nothing may be left.
		}
	case 3:
		rule.Where.ShipCountry = p.some(Countries)
	}
	ofReasons := m.Unit == "return" || slices.ContainsFunc(slices.Concat(m.Bad, m.Good, m.Unless, m.Total), func(f oracle.Text) bool { return slices.Contains(claimFacts, f) })
	if ofReasons && p.chance(3) {
		rule.Where.Reason = p.some([]string{"NOT_RECEIVED", "NOT_AS_DESCRIBED", "DAMAGED", "WRONG_ITEM", "CHANGED_MIND", "OTHER"})
	}
}

// look gives a rule a window or a list of them, none of which looks back over too many days.
func (p *packer) look(rule *oracle.Rule) {
	lag := 0
	if p.chance(3) {
		lag = 1 + p.IntN(6)
		rule.Lag = oracle.Text(fmt.Sprint(lag, "d"))
	}
	if !p.chance(4) { // As most are.
		rule.Window = oracle.Over(p.window(lag))
		return
	}
	for range 1 + p.IntN(2) {
		rule.Window = append(rule.Window, oracle.Choice{Days: p.window(lag), MinTotal: 1 + p.IntN(5)})
	}
	rule.Window = append(rule.Window, oracle.Choice{Days: p.window(lag)})
}

func (p *packer) window(lag int) oracle.Text {
	most := p.options.Days - lag
	switch weeks, months := most/7-1, most/31-1; {
	case p.chance(5) && weeks > 0:
		return oracle.Text(fmt.Sprint(1+p.IntN(weeks), "w"))
	case p.chance(5) && months > 0:
		return oracle.Text(fmt.Sprint(1+p.IntN(months), "mo"))
	}
	return oracle.Text(fmt.Sprint(1+p.IntN(most), "d"))
}
