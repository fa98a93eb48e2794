package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/backfill/diff"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
)

// diffFlags is what `processor backfill diff` is told.
type diffFlags struct {
	seller string
	output choice
	limit  count
}

// tableSellers is how many sellers a table has unless it is told.
const tableSellers = 100

// newBackfillDiff is `processor backfill diff`.
func newBackfillDiff(s *session) *cobra.Command {
	flags := diffFlags{output: choice{"table", []string{"table", "json"}}, limit: tableSellers}
	cmd := &cobra.Command{
		Use: "diff NAME [flags]", Short: "Print how a candidate differs from the live state", Args: aName, ValidArgsFunction: s.completeNames,
		Long: `Compares a candidate with the live state, seller by seller: where it stands under each rule, with the numbers of its latest reports, and which alerts
one side has published and the other has not. With --seller also which of its orders count otherwise, and why. The exit code is 0 if nothing
differs, 1 otherwise.

It reads Kafka alone, and writes nothing: no processor needs to run. Where one does, sellers move while it reads; those are looked at again for
15 seconds, and what moves still is told apart. A candidate that lags behind is compared as it is, with a warning that says how far it lags.`,
		Example: `  processor backfill diff mended
  processor backfill diff mended --seller S1
  processor backfill diff mended --output json | jq 'select(.type == "rule" and .candidate.state == "BREACHED")'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("seller") && flags.seller == "" {
				return usage("--seller: it is empty: give the id of a seller")
			}
			if !cmd.Flags().Changed("limit") && flags.output.value == "json" {
				flags.limit = 0
			}
			return s.withCandidate(cmd.Context(), args[0], func(client *stream.Client) error {
				return s.backfillDiff(cmd.Context(), client, args[0], &flags)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.seller, "seller", "", "`id` of the one seller to compare, with its orders")
	addChoice(cmd, f, &flags.output, "output", "`form` of the output")
	f.Var(&flags.limit, "limit", "`number` of sellers, or of the orders of one, to print at most: all are counted, and JSON has all unless this is given")
	return cmd
}

func (s *session) backfillDiff(ctx context.Context, client *stream.Client, name string, flags *diffFlags) error {
	o, err := s.diffOf(ctx, client, name)
	if err != nil {
		return err
	}
	o.Seller, o.Most = flags.seller, int(flags.limit)
	found, err := s.printDiff(ctx, o, flags)
	if err != nil {
		return err
	}
	s.warnOfLag(name, &found.Lag)
	if found.Different > 0 {
		return fmt.Errorf("%s of backfill %q from the live state", differText(found.Different, found.Sellers), name)
	}
	return nil
}

// differText is "1 of 2 sellers differs" or "2 of 3 sellers differ".
func differText(different, of int64) string {
	verb := "differ"
	if different == 1 {
		verb = "differs"
	}
	return grouped(different) + " of " + plural(of, "seller") + " " + verb
}

// diffOf is what there is to compare of a candidate.
func (s *session) diffOf(ctx context.Context, client *stream.Client, name string) (*diff.Options, error) {
	of, description, err := s.application().Find(ctx, client, name)
	if err != nil {
		return nil, err
	}
	gone, err := of.WasCutOver(ctx, client)
	if err != nil {
		return nil, err
	}
	if gone {
		return nil, fmt.Errorf("backfill %q was cut over to: it is the live state; `processor backfill list` has the former one", name)
	}
	o := &diff.Options{Client: client, Name: name, Live: diffTopics(of.LiveTopics), Candidate: diffTopics(of.Topics), Progress: new(diff.Progress)}
	if description.Former {
		o.AlertsSince = description.CreatedAt.UnixMilli()
	}
	o.Live.Changelog, err = of.LiveChangelog(ctx, client)
	return o, err
}

func diffTopics(t task.Topics) diff.Topics {
	return diff.Topics{Inputs: t.Inputs, Changelog: t.Changelog, SellerHealth: t.SellerHealth, Alerts: t.Alerts}
}

// diffPrinter prints what differs.
type diffPrinter interface {
	seller(*diff.Seller) error
	summary(*diff.Summary) error
}

func (s *session) printDiff(ctx context.Context, o *diff.Options, flags *diffFlags) (*diff.Summary, error) {
	var to diffPrinter = newDiffTables(s.stdout, flags)
	if flags.output.value == "json" {
		to = newDiffLines(s.stdout, flags)
	}
	stop := s.showDiff(o.Progress)
	found, err := diff.Run(ctx, *o, to.seller)
	stop()
	if err != nil {
		return nil, err
	}
	return found, to.summary(found)
}

// showDiff shows on a terminal how far a comparison is, until stop is called, which waits for the last of it.
func (s *session) showDiff(p *diff.Progress) (stop func()) {
	if !terminal(s.stderr) {
		return func() {}
	}
	return showLine(s.stderr, func() string {
		if moving := p.Waiting.Load(); moving > 0 {
			return fmt.Sprintf("%s read; looking again at %s that moved", plural(p.Records.Load(), "record"), plural(moving, "seller"))
		}
		return plural(p.Records.Load(), "record") + " read"
	})
}

// little is by how much a candidate's stream time may be behind while its processes run.
const little = 5 * time.Minute

// warnOfLag says how far the candidate is behind, if it is.
func (s *session) warnOfLag(name string, lag *diff.Lag) {
	behind := time.Duration(lag.Time) * time.Millisecond
	switch {
	case lag.BehindLive > 0 || lag.BehindEnds > 0:
		s.log.Warn("candidate lags: what differs may be what it has yet to read; compare again when it has caught up", "backfill", name,
			"records_behind_live", lag.BehindLive, "records_behind_inputs", lag.BehindEnds, "stream_time_behind", max(0, behind))
	case behind > little:
		s.log.Warn("candidate's stream time is behind: windows of the live state have slid on; see that its processes run", "backfill", name, "stream_time_behind", behind)
	}
}
