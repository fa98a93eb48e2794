package main

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/backfill"
	"sellerpulse/internal/stream"
)

// newBackfill is `processor backfill`.
func newBackfill(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "backfill COMMAND", Short: "Replay the topics into a second state, see what differs, and put it in the live one's place", Args: unknownCommand,
		Long: `Builds a candidate: a second state of the same inputs, with topics of its own, beside the live one, which it does not touch. Once it has caught up it
goes on following, can be compared with the live one, and cut over to.`,
		Example: `  processor backfill start mended --rules rules.yaml
  processor backfill status mended
  processor backfill diff mended
  processor backfill cut-over mended --dry-run`,
		RunE: func(*cobra.Command, []string) error {
			return usage("name a command: see --help for those that there are")
		},
	}
	cmd.AddCommand(newBackfillStart(s), newBackfillList(s), newBackfillStatus(s), newBackfillDiff(s), newBackfillCutOver(s), newBackfillDiscard(s))
	return cmd
}

// application is whose candidates are meant.
func (s *session) application() *backfill.Application {
	return &backfill.Application{Topics: s.shared.topics(), Prefix: s.shared.topicPrefix, ID: s.shared.appID}
}

// candidate is the candidate that a command names.
func (s *session) candidate(name string) (*backfill.Candidate, error) {
	c, err := s.application().Candidate(name)
	if err != nil {
		return nil, usage("%w", err)
	}
	return c, nil
}

// aName wants the name of a candidate and nothing else.
func aName(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usage("name the backfill: `processor backfill list` lists those that there are")
	case 1:
		return nil
	default:
		return usage("unexpected argument %q: one backfill at a time", args[1])
	}
}

// withCandidate connects, and works with the name of a candidate that Kafka lets have.
func (s *session) withCandidate(ctx context.Context, name string, work func(*stream.Client) error) error {
	if _, err := s.candidate(name); err != nil {
		return err
	}
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	return work(client)
}

// completionTimeout is for how long a shell may wait for names.
const completionTimeout = 2 * time.Second

// completeNames has shells propose the names of candidates, if the brokers tell them soon.
func (s *session) completeNames(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	said := s.stderr
	s.stderr, s.dialTimeout = io.Discard, completionTimeout
	defer func() { s.stderr = said }()
	if s.prepare(cmd) != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
	defer cancel()
	client, err := s.dial(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer client.Close()
	names, _ := s.application().Names(ctx, client) // None, then.
	return names, cobra.ShellCompDirectiveNoFileComp
}
