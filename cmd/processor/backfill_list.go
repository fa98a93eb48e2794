package main

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/backfill"
)

// newBackfillList is `processor backfill list`.
func newBackfillList(s *session) *cobra.Command {
	output := choice{"table", []string{"table", "json"}}
	cmd := &cobra.Command{
		Use: "list [flags]", Short: "List the backfills that there are", Args: noArguments,
		Long: `Lists the candidates of the application of --app-id: since when they are there, how far they are, and whether they run. It reads Kafka alone.`,
		Example: `  processor backfill list
  processor backfill list --output json | jq -r '.[] | select(.state == "stopped") | .name'`,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.list(cmd.Context(), output.value) },
	}
	addChoice(cmd, cmd.Flags(), &output, "output", "`form` of the output")
	return cmd
}

func (s *session) list(ctx context.Context, output string) error {
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	all, err := s.application().List(ctx, client)
	if err != nil {
		return err
	}
	if output == "json" {
		return json.NewEncoder(s.stdout).Encode(all)
	}
	t := newTable(s.stdout, "NAME", "BEGUN (UTC)", "DONE", "BEHIND", "STATE")
	t.right(3, 4)
	for i := range all {
		t.row(summaryCells(&all[i])...)
	}
	return t.write()
}

func summaryCells(c *backfill.Summary) []string {
	if c.CreatedAt == nil {
		return []string{c.Name, "-", "-", "-", stateText(c.State)}
	}
	return []string{c.Name, timeText(c.CreatedAt.UnixMilli()), doneText(c.Done), grouped(c.Behind), stateText(c.State)}
}

func stateText(s backfill.State) string { return strings.ReplaceAll(string(s), "_", " ") }

// doneText is a part of all in per cent, 100 only for all of it.
func doneText(part float64) string {
	return strconv.FormatFloat(float64(int64(part*1000))/10, 'f', 1, 64) + "%"
}
