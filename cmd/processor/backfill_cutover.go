package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/backfill"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/windows"
)

// newBackfillCutOver is `processor backfill cut-over`.
func newBackfillCutOver(s *session) *cobra.Command {
	output := choice{"table", []string{"table", "json"}}
	most, dry := int64(-1), false
	cmd := &cobra.Command{
		Use: "cut-over NAME [flags]", Short: "Put a backfill in the live state's place", Args: aName, ValidArgsFunction: s.completeNames,
		Long: `Makes a candidate's state the live one. The candidate's processes, which must run and have caught up, take the partitions over from the live ones,
at just their offsets and stream time. For each rule of a seller that stands otherwise subscribers get one alert, of the cause BACKFILL; numbers of
alerts go on. If more differs than --max-differences allows, or anything goes wrong before the end, nothing is changed and the live processes go on.

The live state from before stays, as a backfill named after the time: start that to follow, and cut over to it to go back.`,
		Example: `  processor backfill cut-over mended --dry-run
  processor backfill cut-over mended --max-differences 120
  processor backfill cut-over mended --output json | jq .former`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if dry && cmd.Flags().Changed("max-differences") {
				return usage("--dry-run changes nothing, so that --max-differences does not go with it")
			}
			if cmd.Flags().Changed("max-differences") && most < 0 {
				return usage("--max-differences: use a whole number from 0 up")
			}
			return s.withCandidate(cmd.Context(), args[0], func(client *stream.Client) error {
				return s.cutOver(cmd.Context(), client, args[0], most, dry, output.value)
			})
		},
	}
	f := cmd.Flags()
	f.Int64Var(&most, "max-differences", -1, "`rules` of sellers that may stand otherwise at most, and with --history rules whose counts reach back less far; any number if it is not given")
	f.Lookup("max-differences").DefValue = ""
	addToggle(f, &dry, "dry-run", "compare exactly, and change nothing")
	addChoice(cmd, f, &output, "output", "`form` of the output")
	return cmd
}

func (s *session) cutOver(ctx context.Context, client *stream.Client, name string, most int64, dry bool, output string) error {
	coordinator := backfill.Coordinator{Client: client, Application: s.application(), Name: name, MaxDifferences: most, DryRun: dry, Now: time.Now}
	if terminal(s.stderr) {
		coordinator.Progress = func(p backfill.StepProgress) {
			fmt.Fprintf(s.stderr, eraseLine+"%s: %d of %s, %s left", p.Step, p.Done, plural(int64(p.Of), "partition"), plural(p.Behind, "record"))
		}
		defer fmt.Fprint(s.stderr, eraseLine)
	}
	outcome, err := coordinator.Run(ctx)
	if err != nil {
		return err
	}
	if output == "json" {
		return json.NewEncoder(s.stdout).Encode(outcome)
	}
	return writeOutcome(s.stdout, name, outcome)
}

func writeOutcome(w io.Writer, name string, o *backfill.Outcome) error {
	d := &o.Differences
	switch {
	case o.DryRun:
		fmt.Fprintf(w, "Backfill %s is not cut over to, but would be: nothing was changed.\n", name)
	case o.Lost != "":
		fmt.Fprintf(w, "Backfill %s is the live state now.\n", name)
	default:
		fmt.Fprintf(w, "Backfill %s is the live state now. Partitions rested for up to %v. The state from before is the backfill %s.\n", name, o.Pause.Round(time.Millisecond), o.Former)
	}
	if o.Lost != "" {
		fmt.Fprintf(w, "The live changelog %s is lost: where sellers stood was read from the alerts and reports, and there is no way back.\n", o.Lost)
	}
	if _, err := fmt.Fprintf(w, "Stand otherwise: %s of %s; subscribers get %s.\n", plural(d.Rules, "rule"), plural(d.Sellers, "seller"), plural(d.Alerts, "alert")); err != nil {
		return err
	}
	if err := writeShorter(w, o.Shorter); err != nil || len(o.Changes) == 0 {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	t := newTable(w, "SELLER", "RULE", "FROM", "TO", "NUMBERS")
	for _, c := range o.Changes {
		t.row(c.SellerID, c.Rule, c.From, c.To, fmt.Sprintf("%d/%d", c.Numerator, c.Denominator))
	}
	if err := t.write(); err != nil || int64(len(o.Changes)) == d.Rules {
		return err
	}
	_, err := fmt.Fprintf(w, "and %s more\n", grouped(d.Rules-int64(len(o.Changes))))
	return err
}

// writeShorter says of each rule that counts of what was before are not carried over.
func writeShorter(w io.Writer, all []backfill.Shorter) error {
	for _, s := range all {
		if _, err := io.WriteString(w, shorterText(s.Rule, s.Candidate, s.Live)); err != nil {
			return err
		}
	}
	return nil
}

// shorterText says that counts of a rule reach back less far in a candidate than in the live state; to all of its window for nil.
func shorterText(rule string, candidate windows.Date, live *windows.Date) string {
	was := "all of its window"
	if live != nil {
		was = live.String()
	}
	return fmt.Sprintf("Counts of %s reach back to %v in the candidate, and to %s in the live state; a cut-over does not carry them over.\n", rule, candidate, was)
}
