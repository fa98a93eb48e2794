package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/backfill"
	"sellerpulse/internal/stream"
)

// newBackfillDiscard is `processor backfill discard`.
func newBackfillDiscard(s *session) *cobra.Command {
	var directory directory
	yes := false
	cmd := &cobra.Command{
		Use: "discard NAME [flags]", Short: "Remove a backfill: its topics, its group and its state", Args: aName, ValidArgsFunction: s.completeNames,
		Long: `Removes the topics and the group of a candidate, and its state directory if it is on this machine; those of its other processes are to be
deleted by hand. It refuses while the candidate runs. A changelog that has become the live state stays. Interrupted, it goes on when it is
called again.`,
		Example: `  processor backfill discard mended
  processor backfill discard mended --yes --state-dir /var/lib/sellerpulse-mended`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("state-dir") {
				directory = ownDirectoryOf(args[0])
			}
			return s.withCandidate(cmd.Context(), args[0], func(client *stream.Client) error {
				return s.discard(cmd.Context(), client, args[0], string(directory), yes)
			})
		},
	}
	f := cmd.Flags()
	f.Var(&directory, "state-dir", "`directory` of the candidate's local state")
	f.Lookup("state-dir").DefValue = string(ownDirectoryOf("NAME"))
	addToggle(f, &yes, "yes", "do not ask")
	return cmd
}

func (s *session) discard(ctx context.Context, client *stream.Client, name, directory string, yes bool) (err error) {
	remains, err := s.application().Remains(ctx, client, name, directory)
	if err != nil {
		return err
	}
	defer func() { _ = remains.State.Close() }() // Of what is removed nothing is to be saved.
	if !yes {
		if err := s.confirm(remains); err != nil {
			return err
		}
	}
	if err := remains.Discard(ctx); err != nil {
		return err
	}
	s.log.Info("backfill removed", "name", name, "topics", len(remains.Topics), "kept", remains.Kept)
	return nil
}

// confirm asks whoever looks; nobody else can be asked.
func (s *session) confirm(r *backfill.Remains) error {
	if !terminal(s.stdin) {
		return usage("nobody can be asked whether to remove it: say so with --yes")
	}
	fmt.Fprintf(s.stderr, "Topics: %s\n", strings.Join(r.Topics, ", "))
	if r.Group != "" {
		fmt.Fprintf(s.stderr, "Group: %s\n", r.Group)
	}
	if len(r.Kept) > 0 {
		fmt.Fprintf(s.stderr, "Kept, for it is the live state: %s\n", strings.Join(r.Kept, ", "))
	}
	if r.State != nil {
		fmt.Fprintf(s.stderr, "State directory: %s\n", r.State.Directory)
	}
	fmt.Fprint(s.stderr, "Remove all this? [y/N] ")
	answer, err := bufio.NewReader(s.stdin).ReadString('\n')
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was removed")
}
