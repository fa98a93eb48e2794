package main

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/display"
	"sellerpulse/internal/rulebook"
)

// newRulesHistory is `processor rules history`.
func newRulesHistory(s *session) *cobra.Command {
	output := choice{"table", []string{"table", "json"}}
	cmd := &cobra.Command{
		Use: "history [flags]", Short: "List the rules that were applied", Args: noArguments,
		Long: `Lists the revisions of the rules that were put in force by "processor rules apply", the newest first, which is in force; as JSON, a line each, with the
files. The last ` + strconv.Itoa(rulebook.Kept) + ` are kept.`,
		Example: `  processor rules history
  processor rules history --output json | jq -r 'select(.revision == 3) | .files[].text'`,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.rulesHistory(cmd.Context(), output.value) },
	}
	addChoice(cmd, cmd.Flags(), &output, "output", "`form` of the output")
	return cmd
}

func (s *session) rulesHistory(ctx context.Context, output string) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	book, err := rulebook.Open(ctx, client, s.shared.topics().Rules)
	if err != nil {
		return err
	}
	if err := book.Read(ctx); err != nil {
		return err
	}
	all := book.Revisions()
	encoder := json.NewEncoder(s.stdout)
	t := newTable(s.stdout, "REVISION", "APPLIED (UTC)", "FILES", "COMMENT")
	t.right(1)
	for i := len(all) - 1; i >= 0; i-- {
		r := &all[i]
		if output == "json" {
			if err := encoder.Encode(r); err != nil {
				return err
			}
			continue
		}
		var names []string
		for _, f := range r.Files {
			names = append(names, f.Name)
		}
		t.row(strconv.FormatInt(r.Number, 10), timeText(r.AppliedAt.UnixMilli()), display.Cell(strings.Join(names, " "), 40), display.Cell(r.Comment, 60))
	}
	if output == "json" {
		return nil
	}
	return t.write()
}
