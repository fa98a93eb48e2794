package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/follow"
	"sellerpulse/internal/app/inquire"
	"sellerpulse/pkg/outputs"
)

// newReport is `processor report`.
func newReport(s *session) *cobra.Command {
	seller, all := "", false
	var dates orderDates
	var ask askFlags
	output := choice{"table", []string{"table", "json"}}
	cmd := &cobra.Command{
		Use: "report [flags]", Short: "Print the report of a seller", Args: noArguments,
		Long: `Prints where a seller stands: the recommended account status, each rule with its window and state, and all rates by channel and
product line. It reads the latest published report from Kafka alone: no processor needs to run.

With --from and --to it prints all rates over these order dates instead, any that are kept. For that it asks a running process, or reads the state
directory of one that has stopped.`,
		Example: `  processor report --seller S1
  processor report --seller S1 --output json | jq .status
  processor report --seller S1 --from 2026-03-01 --to 2026-03-31
  processor report --all > reports.jsonl`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			period := dates.from.date != nil || dates.to.date != nil
			switch {
			case period && all:
				return usage("--all prints the latest reports: leave out --from and --to")
			case period && (dates.from.date == nil || dates.to.date == nil):
				return usage("--from and --to go together")
			case all && seller != "":
				return usage("--seller and --all exclude each other")
			case all && cmd.Flags().Changed("output") && output.value == "table":
				return usage("--all prints JSON only: leave out --output table")
			case all:
				return s.reports(cmd.Context())
			case seller == "":
				return usage("name a seller with --seller, or ask for all with --all")
			case period:
				return s.ask(cmd, &ask, func(from inquire.Source) error {
					return s.period(cmd.Context(), from, seller, *dates.from.date, *dates.to.date, output.value)
				})
			}
			return s.report(cmd.Context(), seller, output.value)
		},
	}
	f := cmd.Flags()
	f.StringVar(&seller, "seller", "", "`id` of the seller")
	dates.add(f, "of a period to report instead")
	ask.add(cmd, defaultURL)
	addToggle(f, &all, "all", "every seller, sorted by id, a line of JSON each")
	addChoice(cmd, f, &output, "output", "`form` of the output")
	return cmd
}

func (s *session) report(ctx context.Context, seller, output string) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	topic := s.shared.topics().SellerHealth
	report, err := follow.Report(ctx, client, topic, seller)
	if err != nil {
		return err
	}
	if report == nil {
		return fmt.Errorf("no report of seller %q in topic %q: check the id; a report is published some seconds after a seller's first order", seller, topic)
	}
	if output == "json" {
		return s.writeReport(report)
	}
	return writeReportTables(s.stdout, report)
}

func (s *session) reports(ctx context.Context) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	return follow.Reports(ctx, client, s.shared.topics().SellerHealth, s.writeReport)
}

func (s *session) writeReport(r *outputs.Report) error {
	_, err := s.stdout.Write(append(r.AppendJSON(nil), '\n'))
	return err
}
