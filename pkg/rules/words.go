package rules

import (
	"fmt"
	"strconv"
	"strings"

	"sellerpulse/pkg/windows"
)

// Words tells the rule in sentences, a line each: what is counted, over which orders, what follows from the rate, and when.
func (r *Rule) Words() []string {
	lines := []string{r.Metric.Words(), r.windowWords()}
	lines = append(lines, r.stateWords()...)
	if line := r.Where.words(); line != "" {
		lines = append(lines, line)
	}
	if r.By != NoField {
		lines = append(lines, fmt.Sprintf("There is a state for each %s that the seller's orders have.", fieldWords[r.By]))
	}
	if !r.Evaluate.Always() {
		lines = append(lines, fmt.Sprintf("The state moves at the start of some days alone (%v); in between the report tells what it would be.", r.Evaluate))
	}
	if days := r.days(); days != "" {
		lines = append(lines, fmt.Sprintf("It is in force %s.", days))
	}
	if r.Provisional {
		lines = append(lines, "It is provisional: misses are still coming in for orders of its window.")
	}
	if r.Class == Contractual {
		return append(lines, "It decides the account status.")
	}
	return append(lines, "It is advisory: it does not decide the account status.")
}

var unitWords = [windows.NumUnits]string{windows.OrderUnit: "orders", windows.ShipmentUnit: "shipments", windows.ReturnUnit: "returns"}

var fieldWords = [numFields]string{ByChannel: "channel", ByProductLine: "product line", ByMarketplace: "marketplace", ByShipCountry: "country of delivery"}

// Words tells the metric in a sentence.
func (m *Metric) Words() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is the part of the %s ", m.FullName(), unitWords[m.Unit])
	if total := namesOf(m.Total &^ impliedFacts[m.Unit]); total != nil {
		fmt.Fprintf(&b, "that are %s ", strings.Join(total, " and "))
	}
	fmt.Fprintf(&b, "which are %s", strings.Join(namesOf(m.Facts), " or "))
	if m.Unless != 0 {
		fmt.Fprintf(&b, " and not %s", strings.Join(namesOf(m.Unless), " or "))
	}
	switch m.Channel {
	case MFN:
		b.WriteString(", of orders that the seller fulfils")
	case AFN:
		b.WriteString(", of orders that the marketplace fulfils")
	}
	return b.String() + "."
}

func (r *Rule) windowWords() string {
	var parts []string
	for i, c := range r.Windows {
		text := windowWords(c.Window)
		if c.MinTotal > 0 {
			text += fmt.Sprintf(" if there are at least %d %s in it", c.MinTotal, unitWords[r.Metric.Unit])
		} else if i > 0 {
			text = "else " + text
		}
		parts = append(parts, text)
	}
	return "It counts by order date, over " + strings.Join(parts, ", ") + "."
}

// Dates tells in a sentence which order dates the windows have on a day, in the order in which Words tells of them.
func (r *Rule) Dates(day windows.Date) string {
	var parts []string
	for _, c := range r.Windows {
		from, to := c.Window.Range(day)
		parts = append(parts, fmt.Sprintf("%v to %v", from, to))
	}
	return fmt.Sprintf("On %v these are the order dates %s.", day, strings.Join(parts, ", else "))
}

// Words tells where the pack's figures are from, a line for each source; nil where it does not say.
func (p *Pack) Words() (lines []string) {
	for i, source := range p.Sources {
		switch {
		case i == 0 && p.Figures != nil:
			lines = append(lines, fmt.Sprintf("Figures, read on %v, from", *p.Figures))
		case i == 0:
			lines = append(lines, "Figures from")
		}
		lines = append(lines, "  "+source)
	}
	return lines
}

// windowWords tells which dates a window has.
func windowWords(w windows.Window) string {
	seen := "today"
	if w.Lag > 0 {
		seen = plural(int64(w.Lag), "day") + " ago"
	}
	switch {
	case w.Every == windows.Week:
		return fmt.Sprintf("the last %s that had ended before %s", plural(int64(w.Count), "whole week"), seen)
	case w.Every == windows.Month:
		return fmt.Sprintf("the last %s that had ended before %s", plural(int64(w.Count), "whole month"), seen)
	default:
		return fmt.Sprintf("the %s up to %s", plural(int64(w.Count), "day"), seen)
	}
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.FormatInt(n, 10) + " " + what + "s"
}

func (r *Rule) stateWords() (lines []string) {
	if r.MinDenominator > 1 {
		lines = append(lines, fmt.Sprintf("NO_DATA with fewer than %d %s.", r.MinDenominator, unitWords[r.Metric.Unit]))
	}
	if len(r.Levels) > 0 {
		for _, l := range r.Levels {
			lines = append(lines, l.words())
		}
	} else {
		lines = append(lines, r.targetWords()...)
	}
	if r.MinMisses > 1 {
		lines = append(lines, fmt.Sprintf("Fewer than %d misses are no breach.", r.MinMisses))
	}
	return lines
}

func (l *Level) words() string {
	if l.Target.IsZero() {
		return fmt.Sprintf("Level %s, %v, else.", l.Name, l.State)
	}
	return fmt.Sprintf("Level %s, %v, where the rate is %s.", l.Name, l.State, l.Target.words())
}

func (r *Rule) targetWords() []string {
	lines := []string{fmt.Sprintf("BREACHED where the rate is not %s.", r.Target.words())}
	if r.Resolve != nil && *r.Resolve != r.Target.Limit {
		lines[0] += fmt.Sprintf(" A breach ends when it is %s.", r.ResolveAt().words())
	}
	if warn, ok := r.WarnAt(); ok {
		side := "or more"
		if r.Good() {
			side = "or less"
		}
		lines = append(lines, fmt.Sprintf("AT_RISK from %s %s.", warn.percent(), side))
	}
	return append(lines, "OK else.")
}

var comparatorWords = [...]string{Less: "less than", AtMost: "at most", Greater: "more than", AtLeast: "at least"}

func (t Target) words() string { return comparatorWords[t.Comparator] + " " + t.Limit.percent() }

// percent is the decimal as a percentage, exactly.
func (d Decimal) percent() string {
	for range 2 {
		if d.Scale%10 == 0 {
			d.Scale /= 10
		} else {
			d.Number *= 10
		}
	}
	return d.String() + "%"
}

// words tells what counts; empty where everything does.
func (w *Where) words() string {
	if w.IsZero() {
		return ""
	}
	var parts []string
	for i, key := range listKeys {
		if list := *w.list(key); list != nil {
			parts = append(parts, fieldWords[i+1]+" "+choices(list))
		}
	}
	text := "Only orders of " + strings.Join(parts, ", ") + " count."
	if parts == nil {
		text = ""
	}
	if w.Reasons != 0 {
		text = strings.TrimSpace(text + " Only claims and returns of reason " + choices(reasonsOf(w.Reasons)) + " make facts true.")
	}
	return text
}

// choices are texts of which one is meant; the empty one is none.
func choices(texts []string) string {
	named := make([]string, len(texts))
	for i, text := range texts {
		if named[i] = text; text == "" {
			named[i] = "none"
		}
	}
	return strings.Join(named, " or ")
}
