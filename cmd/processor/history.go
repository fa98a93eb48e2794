package main

import (
	"github.com/spf13/cobra"

	"sellerpulse/internal/app/inquire"
	"sellerpulse/internal/inspect"
)

// historyFlags is what `processor history` is told.
type historyFlags struct {
	ask    askFlags
	seller string
	of     ofFlags
	numberFlags
	output choice
}

// newHistory is `processor history`.
func newHistory(s *session) *cobra.Command {
	flags := historyFlags{output: choice{"table", []string{"table", "json"}}}
	cmd := &cobra.Command{
		Use: "history [flags]", Short: "Print a number by order date", Args: noArguments,
		Long: `Prints a number of a seller by order date: that of a rule, of a part of one, or of a metric. Beside it stands the rate of the rule's window as the
rule has it on that day, or some days later if it has a lag; of a metric that of each rule that counts all its orders. All is by what is known now: a
defect that came late is on the date of its order. On a wide terminal a chart shows the rate of the first rule's window, or else that of the date.

It asks a running process, or reads the state directory of one that has stopped. Either is as of its last checkpoint, some seconds ago.`,
		Example: `  processor history --seller S1 --metric order_defect_rate
  processor history --seller S1 --rule ebay-us/late-shipment --part US
  processor history --seller S1 --metric late_shipment_rate --product-line toys --from 2026-03-01 --to 2026-03-31
  processor history --seller S1 --metric claim_rate --output json | jq -r '.dates[] | [.date, .numerator, .denominator] | @csv'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case flags.seller == "":
				return errNoSeller
			case flags.of.metric == "" && flags.of.rule == "":
				return usage("name a metric with --metric, or a rule with --rule")
			}
			if err := flags.of.check(cmd); err != nil {
				return err
			}
			return s.ask(cmd, &flags.ask, func(from inquire.Source) error { return s.history(cmd, from, &flags) })
		},
	}
	f := cmd.Flags()
	addSeller(f, &flags.seller)
	flags.of.add(cmd, &flags.ask, "whose number is printed")
	flags.add(cmd, "default as far back as orders are kept")
	flags.ask.add(cmd, defaultURL)
	addChoice(cmd, f, &flags.output, "output", "`form` of the output")
	return cmd
}

func (s *session) history(cmd *cobra.Command, from inquire.Source, flags *historyFlags) error {
	q := inspect.HistoryQuery{Rule: flags.of.rule, Part: flags.of.partOf(cmd), Metric: flags.of.metric, From: flags.from.date, To: flags.to.date}
	q.Channel, q.ProductLine = flags.wanted(cmd)
	h, err := inquire.History(cmd.Context(), from, flags.seller, q)
	if err != nil {
		return err
	}
	if flags.output.value == "json" {
		return s.writeJSON(h)
	}
	return writeHistory(s.stdout, h, columns(s.stdout))
}
