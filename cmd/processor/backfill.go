package main

import (
	"github.com/spf13/cobra"

	"sellerpulse/internal/backfill"
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
	cmd.AddCommand(newBackfillDiff(s))
	return cmd
}

// candidate is the candidate that a command names.
func (s *session) candidate(name string) (*backfill.Candidate, error) {
	c, err := backfill.Named(s.shared.topics(), s.shared.topicPrefix, s.shared.appID, name)
	if err != nil {
		return nil, usage("%w", err)
	}
	return c, nil
}
