package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/inquire"
	"sellerpulse/internal/display"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// newForecast is `processor forecast`.
func newForecast(s *session) *cobra.Command {
	var ask askFlags
	seller, ahead, output := "", count(14), choice{"table", []string{"table", "json"}}
	cmd := &cobra.Command{
		Use: "forecast [flags]", Short: "Print what days to come bring to a seller if nothing else happens", Args: noArguments,
		Long: `Prints day by day where a seller will stand with each rule if no event comes: windows slide over the orders that there are, so that a breach ends
on a day that is known. IF MISSED is the same if all that is yet to fall due is missed: promises, hand-overs to the carrier, return requests. A rule that
is evaluated on some days alone changes its state on these; a version of it that is to come takes over on its day.

It asks a running process, or reads the state directory of one that has stopped. Either is as of its last checkpoint, some seconds ago.`,
		Example: `  processor forecast --seller S1
  processor forecast --seller S1 --days 60 --output json | jq '.rules[] | {rule, recovers_on}'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if seller == "" {
				return errNoSeller
			}
			return s.ask(cmd, &ask, func(from inquire.Source) error {
				f, err := inquire.Forecast(cmd.Context(), from, seller, int(ahead))
				if err != nil {
					return err
				}
				if output.value == "json" {
					return s.writeJSON(f)
				}
				return writeForecast(s.stdout, f)
			})
		},
	}
	f := cmd.Flags()
	addSeller(f, &seller)
	f.Var(&ahead, "days", "`number` of days after today, up to 180")
	ask.add(cmd, defaultURL)
	addChoice(cmd, f, &output, "output", "`form` of the output")
	return cmd
}

// writeForecast prints a forecast for eyes: when breaches end, then a row for each rule that has data and each day.
func writeForecast(w io.Writer, f *inspect.Forecast) error {
	_, err := fmt.Fprintf(w, "Seller %s: if nothing else happens, as of %s UTC\n%s\n", display.Cell(f.SellerID, idWidth), timeText(events.Millis(f.AsOf)), recoveries(f))
	if err != nil {
		return err
	}
	t := newPagedTable(w, pagedColumn{heading: "RULE", id: true}, pagedColumn{heading: "DAY"}, pagedColumn{heading: "LEAVE", right: true}, pagedColumn{heading: "ENTER", right: true},
		pagedColumn{heading: "COUNT", right: true}, pagedColumn{heading: "OF", right: true}, pagedColumn{heading: "RATE", right: true}, pagedColumn{heading: "STATE"},
		pagedColumn{heading: "IF MISSED", right: true}, pagedColumn{heading: "STATE"})
	var empty []string
	for i := range f.Rules {
		r := &f.Rules[i]
		if !hasData(r) {
			empty = append(empty, display.Cell(ruleText(r.Rule, r.Part), idWidth))
			continue
		}
		for j := range r.Days {
			d := &r.Days[j]
			t.row(ruleText(r.Rule, r.Part), d.Day.String(), movedText(d.Leaves), movedText(d.Enters), grouped(d.Numerator), grouped(d.Denominator), rateText(d.Numerator, d.Denominator), levelText(d.State, d.Level),
				rateText(d.WithDue.Numerator, d.WithDue.Denominator), levelText(d.WithDue.State, d.WithDue.Level))
		}
	}
	if err := t.write(); err != nil {
		return err
	}
	_, err = io.WriteString(w, forecastNotes(f, empty))
	return err
}

// recoveries says of each breach when it ends.
func recoveries(f *inspect.Forecast) string {
	var b strings.Builder
	for i := range f.Rules {
		r := &f.Rules[i]
		if r.RecoversOn == nil && (len(r.Days) == 0 || r.Days[0].State != rules.Breached.String()) {
			continue
		}
		target := ""
		if r.Target != nil {
			target = " " + limitText(*r.Target)
		}
		fmt.Fprintf(&b, "%s: %s%s is breached", display.Cell(ruleText(r.Rule, r.Part), idWidth), r.Metric, target)
		if r.RecoversOn != nil {
			fmt.Fprintf(&b, ", and recovers on %v", *r.RecoversOn)
		}
		b.WriteString(".\n")
	}
	if b.Len() == 0 {
		return "No rule is breached.\n"
	}
	return b.String()
}

// levelText is a state, with the level of a rule that has levels.
func levelText(state string, level *string) string {
	if level == nil {
		return state
	}
	return state + ", " + display.Cell(*level, idWidth)
}

// hasData is whether there is anything to be told of a rule.
func hasData(r *inspect.RuleForecast) bool {
	for i := range r.Days {
		if d := &r.Days[i]; d.Denominator > 0 || d.WithDue.Denominator > 0 || d.State != rules.NoData.String() {
			return true
		}
	}
	return false
}

// movedText is what the orders of some dates add up to; "-" without any.
func movedText(dates []inspect.DateNumbers) string {
	var numerator, denominator int64
	for i := range dates {
		numerator, denominator = numerator+dates[i].Numerator, denominator+dates[i].Denominator
	}
	if denominator == 0 {
		return "-"
	}
	return grouped(numerator) + "/" + grouped(denominator)
}

func forecastNotes(f *inspect.Forecast, empty []string) string {
	var b strings.Builder
	if len(empty) > 0 {
		fmt.Fprintf(&b, "\nNo data on these days: %s.\n", strings.Join(empty, ", "))
	}
	if f.DueCut {
		b.WriteString("\nIF MISSED lacks what falls due of the oldest orders: there are too many to read.\n")
	}
	return b.String()
}
