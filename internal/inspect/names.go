package inspect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sellerpulse/pkg/plan"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// mostNamed is how many names an error lists.
const mostNamed = 40

// oneOf lists names in an error.
func oneOf(names []string) string {
	kept, left := cut(names, mostNamed)
	text := strings.Join(kept, ", ")
	switch {
	case len(names) == 0:
		return "none, for there is none"
	case left > 0:
		return fmt.Sprintf("%s or one of %d more", text, left)
	}
	return text
}

// ruleNames are the full names of the rules that hold of a seller today.
func (p *Partition) ruleNames(head *Head) (names []string) {
	for i := range p.plan.Versions {
		if v := p.heldBy(head.SellerID, &p.plan.Versions[i], head.Today); v != nil {
			names = append(names, v.Name)
		}
	}
	return names
}

// metricNames are the full names of the metrics.
func (p *Partition) metricNames() (names []string) {
	for i := range p.plan.Metrics {
		names = append(names, p.plan.Metrics[i].FullName())
	}
	return names
}

// reported is a metric as reports give it.
func (p *Partition) reported(m *rules.Metric) *plan.Reported {
	i := slices.IndexFunc(p.plan.Metrics, func(r plan.Reported) bool { return r.Metric == m })
	return &p.plan.Metrics[i]
}

// findPart finds the part of a rule that is asked for: one that has a place, or a value of the seller's orders that has none.
func (p *Partition) findPart(head *Head, n *number, part *string) error {
	values, err := p.partValues(head, n.rule)
	if err != nil {
		return err
	}
	if part != nil && slices.Contains(values, *part) {
		n.of.Value = *part
		return nil
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	if part == nil {
		return &QueryError{"part", fmt.Sprintf("rule %q has a state for each %v: give one of %s", n.rule.Name, n.rule.Field, oneOf(quoted))}
	}
	return &QueryError{"part", fmt.Sprintf("rule %q has no part %q of this seller: give one of %s", n.rule.Name, *part, oneOf(quoted))}
}

// partValues are the values of a rule's field that a seller has, those that have places first.
func (p *Partition) partValues(head *Head, v *plan.Version) (values []string, err error) {
	names, parts, err := p.reader.Parts(head.SellerID)
	if err != nil {
		return nil, err
	}
	placed := p.standsOf(head, v, names, parts)
	left := p.omissions(head.Today)
	err = p.eachCell(head.everything(), func(_ windows.Date, c *windows.Cell) {
		if value, of := valueOf(c, v.Field); of {
			left.add(c, v.Field, value, nil)
		}
	})
	for i := range placed {
		values = append(values, placed[i].part.Value)
	}
	others := left.valuesOf(v)
	slices.Sort(others)
	for _, value := range others {
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values, err
}
