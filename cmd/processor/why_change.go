package main

import (
	"io"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows"
)

// numbersOfState are the numbers of a rule's window at a time.
type numbersOfState struct {
	state, from, to        string
	numerator, denominator int64
	components             *outputs.Components
}

func atAlert(a *outputs.Alert) *numbersOfState {
	if a == nil {
		return nil
	}
	return &numbersOfState{a.State.String(), a.From.String(), a.To.String(), a.Numerator, a.Denominator, a.Components}
}

func atNow(r *inspect.Standing) *numbersOfState {
	if r == nil {
		return nil
	}
	n := &numbersOfState{r.State, r.Window.From.String(), r.Window.To.String(), r.Numerator, r.Denominator, nil}
	if r.Components != nil {
		c := outputs.Components(*r.Components)
		n.components = &c
	}
	return n
}

// writeChange compares the numbers before, at the alert and now, as far as they are known.
func writeChange(w io.Writer, e *explanation) error {
	before, then, now := atAlert(e.previous), atAlert(e.alert), atNow(e.now)
	heading, all, right := []string{""}, []*numbersOfState{}, []int{}
	add := func(name string, n *numbersOfState) {
		if n != nil {
			heading, all, right = append(heading, name), append(all, n), append(right, len(heading)+1)
		}
	}
	add("BEFORE", before)
	add("ALERT", then)
	add("NOW", now)
	if before != nil {
		heading, right = append(heading, "CHANGE"), append(right, len(heading)+1)
	}
	t := newTable(w, heading...)
	t.right(right...)
	row := func(name string, cell func(*numbersOfState) string, change string) {
		cells := []string{name}
		for _, n := range all {
			cells = append(cells, cell(n))
		}
		if before != nil {
			cells = append(cells, change)
		}
		t.row(cells...)
	}
	row("state", func(n *numbersOfState) string { return n.state }, "")
	row("from", func(n *numbersOfState) string { return n.from }, "")
	row("to", func(n *numbersOfState) string { return n.to }, "")
	for _, c := range countsOfAlert(e.alert) {
		change := ""
		if before != nil {
			change = signed(c.of(then) - c.of(before))
		}
		row(c.name, func(n *numbersOfState) string { return grouped(c.of(n)) }, change)
	}
	row("rate", func(n *numbersOfState) string { return rateText(n.numerator, n.denominator) }, "")
	return t.write()
}

// countOfAlert is a count by which alerts are compared.
type countOfAlert struct {
	name string
	of   func(*numbersOfState) int64
}

// countsOfAlert are those that an alert has.
func countsOfAlert(a *outputs.Alert) []countOfAlert {
	numerator, denominator := metricWords(a.Metric)
	counts := []countOfAlert{
		{denominator, func(n *numbersOfState) int64 { return n.denominator }},
		{numerator, func(n *numbersOfState) int64 { return n.numerator }},
	}
	if a.Components == nil {
		return counts
	}
	component := func(name string, of func(*outputs.Components) int64) {
		counts = append(counts, countOfAlert{"  " + name, func(n *numbersOfState) int64 {
			if n.components == nil {
				return 0
			}
			return of(n.components)
		}})
	}
	component(measureWords[windows.NegativeFeedback], func(c *outputs.Components) int64 { return c.NegativeFeedback })
	component(measureWords[windows.ClaimCounts], func(c *outputs.Components) int64 { return c.Claims })
	component(measureWords[windows.ChargebackCounts], func(c *outputs.Components) int64 { return c.Chargebacks })
	return counts
}

// signed is a difference with its sign.
func signed(n int64) string {
	if n > 0 {
		return "+" + grouped(n)
	}
	return grouped(n)
}
