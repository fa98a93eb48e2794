package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/inquire"
	"sellerpulse/internal/app/reconcile"
	"sellerpulse/internal/statement"
)

// reconcileFlags is what `processor reconcile` is told.
type reconcileFlags struct {
	ask         askFlags
	seller      string
	with        string
	marketplace string
	rule        string
	dates       orderDates
	output      choice
}

// newReconcile is `processor reconcile`.
func newReconcile(s *session) *cobra.Command {
	flags := reconcileFlags{output: choice{"table", []string{"table", "json"}}}
	cmd := &cobra.Command{
		Use: "reconcile [flags]", Short: "Put a marketplace's own figures about a seller beside ours", Args: noArguments,
		Long: `Compares a marketplace's own figures about a seller with ours for the same order dates, and lists the orders that could explain a difference: those at the
edges of the window, those that came to count after the marketplace counted, and those that were excused. It reads JSON of Amazon's report
GET_V2_SELLER_PERFORMANCE_REPORT, of eBay's seller_standards_profile or of a Walmart performance summary, and CSV with the columns rule, from, to, numerator and
denominator. Exit code 0: all that could be compared is equal; 1: something differs.

It asks a running process, or reads the state directory of one that has stopped. Either is as of its last checkpoint, some seconds ago.`,
		Example: `  processor reconcile --seller A1B2C3 --with performance.json
  processor reconcile --seller A1B2C3 --with performance.json --marketplace ATVPDKIKX0DER --output json | jq -r 'select(.equal == false) | .name'
  processor reconcile --seller S1 --with summary.json --rule cancellation
  processor reconcile --seller S1 --with figures.csv --state-dir /var/lib/sellerpulse`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			figures, err := s.figures(&flags)
			if err != nil {
				return err
			}
			return s.ask(cmd, &flags.ask, func(from inquire.Source) error { return s.reconcile(cmd.Context(), from, &flags, figures) })
		},
	}
	f := cmd.Flags()
	addSeller(f, &flags.seller)
	f.StringVar(&flags.with, "with", "", "`file` with the marketplace's figures, - for standard input")
	f.StringVar(&flags.marketplace, "marketplace", "", "`id` of the marketplace, where an Amazon report has several")
	f.StringVar(&flags.rule, "rule", "", "`name` of the rule or metric that a Walmart summary is about, which it does not say itself")
	flags.dates.add(f, "of a Walmart summary, instead of the days before it was updated")
	flags.ask.add(cmd, defaultURL)
	addChoice(cmd, f, &flags.output, "output", "`form` of the output")
	return cmd
}

// figures reads the marketplace's.
func (s *session) figures(flags *reconcileFlags) ([]statement.Figure, error) {
	switch from, to := flags.dates.from.date, flags.dates.to.date; {
	case flags.seller == "":
		return nil, errNoSeller
	case flags.with == "":
		return nil, usage("name a file with the marketplace's figures with --with, or - for standard input")
	case (from == nil) != (to == nil):
		return nil, usage("--from and --to go together")
	}
	text, err := s.readInput(flags.with, statement.MaxBytes+1)
	if err != nil {
		return nil, fmt.Errorf("--with: %w", err)
	}
	figures, err := statement.Parse(text, statement.Options{Marketplace: flags.marketplace, Rule: flags.rule, From: flags.dates.from.date, To: flags.dates.to.date})
	if err != nil {
		return nil, fmt.Errorf("--with %s: %w", flags.with, err)
	}
	if len(figures) == 0 {
		return nil, fmt.Errorf("--with %s: there are no figures in it", flags.with)
	}
	return figures, nil
}

// reconcile compares, prints, and fails if anything differs.
func (s *session) reconcile(ctx context.Context, from inquire.Source, flags *reconcileFlags, figures []statement.Figure) error {
	set, err := readRules(flags.ask.rules, maxRetentionDays)
	if err != nil {
		return err
	}
	lines, err := reconcile.Compare(ctx, from, flags.seller, set, figures)
	if err != nil {
		return err
	}
	if flags.output.value == "json" {
		err = writeLines(s, lines)
	} else {
		err = writeReconciled(s.stdout, lines)
	}
	if err != nil {
		return err
	}
	compared, differ := int64(0), int64(0)
	for i := range lines {
		if lines[i].Equal != nil {
			compared++
			if !*lines[i].Equal {
				differ++
			}
		}
	}
	switch {
	case compared == 0:
		return fmt.Errorf("none of %s could be compared: each says why", plural(int64(len(lines)), "figure"))
	case differ > 0:
		verb := "are"
		if differ == 1 {
			verb = "is"
		}
		return fmt.Errorf("%s of %s of seller %q %s not ours", grouped(differ), plural(compared, "figure"), flags.seller, verb)
	}
	return nil
}
