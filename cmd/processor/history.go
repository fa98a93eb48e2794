package main

import (
	"github.com/spf13/cobra"

	"sellerpulse/internal/app/inquire"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/rules"
)

// historyFlags is what `processor history` is told.
type historyFlags struct {
	ask    askFlags
	seller string
	metric choice
	numberFlags
	output choice
}

// newHistory is `processor history`.
func newHistory(s *session) *cobra.Command {
	flags := historyFlags{metric: metricChoice(), output: choice{"table", []string{"table", "json"}}}
	cmd := &cobra.Command{
		Use: "history [flags]", Short: "Print a metric by order date", Args: noArguments,
		Long: `Prints a seller's metric by order date, and with each rule of the metric the rate of its window that ends on that date. All is by what is known
now: a defect that came late is on the date of its order. On a wide terminal a chart shows the rate of the first rule's window, or else that of
the date.

It asks a running process, or reads the state directory of one that has stopped. Either is as of its last checkpoint, some seconds ago.`,
		Example: `  processor history --seller S1 --metric order_defect_rate
  processor history --seller S1 --metric late_shipment_rate --product-line toys --from 2026-03-01 --to 2026-03-31
  processor history --seller S1 --metric claim_rate --output json | jq -r '.dates[] | [.date, .numerator, .denominator] | @csv'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case flags.seller == "":
				return errNoSeller
			case flags.metric.value == "":
				return usage("name a metric with --metric")
			}
			return s.ask(cmd, &flags.ask, func(from inquire.Source) error { return s.history(cmd, from, &flags) })
		},
	}
	f := cmd.Flags()
	addSeller(f, &flags.seller)
	addChoice(cmd, f, &flags.metric, "metric", "`name` of the metric")
	flags.add(cmd, "default as far back as orders are kept")
	flags.ask.add(cmd, defaultURL)
	addChoice(cmd, f, &flags.output, "output", "`form` of the output")
	return cmd
}

func (s *session) history(cmd *cobra.Command, from inquire.Source, flags *historyFlags) error {
	metric, err := rules.ParseMetric(flags.metric.value)
	if err != nil {
		return err
	}
	q := inspect.HistoryQuery{Metric: metric, From: flags.from.date, To: flags.to.date}
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
