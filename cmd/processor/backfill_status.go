package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/backfill"
	"sellerpulse/internal/backfill/diff"
	"sellerpulse/internal/stream"
)

// newBackfillStatus is `processor backfill status`.
func newBackfillStatus(s *session) *cobra.Command {
	output, differences := choice{"table", []string{"table", "json"}}, false
	cmd := &cobra.Command{
		Use: "status NAME [flags]", Short: "Tell how far a backfill is", Args: aName, ValidArgsFunction: s.completeNames,
		Long: `Tells of each partition how many records a candidate has read and how many it has still to read, beside what the live state has still to
read, and all together how fast it is and how many alerts and dead letters it has published. While it is behind it looks twice, a second
apart. With --differences it also compares the candidate with the live state, which takes some seconds, as "processor backfill diff" does. It reads
Kafka alone, so that it can be called from anywhere.`,
		Example: `  processor backfill status mended
  processor backfill status mended --differences
  processor backfill status mended --output json | jq .seconds_left`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withCandidate(cmd.Context(), args[0], func(client *stream.Client) error {
				return s.backfillStatus(cmd.Context(), client, args[0], output.value, differences)
			})
		},
	}
	addChoice(cmd, cmd.Flags(), &output, "output", "`form` of the output")
	addToggle(cmd.Flags(), &differences, "differences", "count the sellers that differ from the live state")
	return cmd
}

func (s *session) backfillStatus(ctx context.Context, client *stream.Client, name, output string, differences bool) error {
	status, err := s.application().Status(ctx, client, name)
	if err != nil {
		return err
	}
	if differences {
		if status.Differences, err = s.countDifferences(ctx, client, name); err != nil {
			return err
		}
	}
	if output == "json" {
		return json.NewEncoder(s.stdout).Encode(status)
	}
	return writeStatus(s.stdout, status)
}

func writeStatus(w io.Writer, s *backfill.Status) error {
	begun := timeText(s.Description.CreatedAt.UnixMilli())
	if _, err := fmt.Fprintf(w, "Backfill %s: %s (processes: %d), begun %s UTC from %s\n\n", s.Name, stateText(s.State), s.Processes, begun, s.Description.From); err != nil {
		return err
	}
	t := newTable(w, "PARTITION", "READ", "BEHIND", "DONE", "LIVE BEHIND")
	t.right(1, 2, 3, 4, 5)
	for _, p := range s.Partitions {
		t.row(grouped(int64(p.Partition)), grouped(p.Read), grouped(p.Behind), doneText(p.Done()), grouped(p.LiveBehind))
	}
	t.row("all", grouped(s.Read), grouped(s.Behind), doneText(s.Done), grouped(s.LiveBehind))
	if err := t.write(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s%s, %s\n", paceText(s), publishedText(s.Alerts, "alert"), publishedText(s.DeadLetters, "dead letter"))
	if d := s.Differences; d != nil && err == nil {
		_, err = fmt.Fprintf(w, "%s from the live state; %s moving\n", differText(d.Different, d.Sellers), grouped(d.Moving))
	}
	return err
}

// countDifferences compares a candidate with the live state.
func (s *session) countDifferences(ctx context.Context, client *stream.Client, name string) (*backfill.Differences, error) {
	o, err := s.diffOf(ctx, client, name)
	if err != nil {
		return nil, err
	}
	stop := s.showDiff(o.Progress)
	defer stop()
	found, err := diff.Run(ctx, *o, func(*diff.Seller) error { return nil })
	if err != nil {
		return nil, err
	}
	return &backfill.Differences{Sellers: found.Sellers, Different: found.Different, Moving: found.Moving}, nil
}

// paceText is how fast a candidate is that is behind.
func paceText(s *backfill.Status) string {
	if s.Rate == nil {
		return ""
	}
	text := grouped(int64(*s.Rate)) + " records a second"
	if s.SecondsLeft != nil {
		text += fmt.Sprintf(", about %v left", time.Duration(*s.SecondsLeft*float64(time.Second)).Round(time.Second))
	}
	return text + "; "
}

func publishedText(n backfill.Count, what string) string {
	text := plural(n.Records, what)
	if n.AtLeast {
		return "at least " + text
	}
	return text
}
