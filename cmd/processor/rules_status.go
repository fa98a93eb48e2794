package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/rulebook"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
)

// newRulesStatus is `processor rules status`.
func newRulesStatus(s *session) *cobra.Command {
	output := choice{"table", []string{"table", "json"}}
	cmd := &cobra.Command{
		Use: "status [flags]", Short: "Tell which partitions go by which rules", Args: noArguments,
		Long: `Tells of each partition which revision of the rules its state goes by, as of its last commit, from the group's offsets. A partition of which nothing was
read yet has none; one that goes by rules which its process was given, or by the built-in ones, says so. Where newer rules count something new, of how many
orders it is counted already: the partition goes on by the rules that it has until that is done.`,
		Example: `  processor rules status
  processor rules status --output json | jq -r '.partitions[] | select(.revision < 3) | .partition'`,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.rulesStatus(cmd.Context(), output.value) },
	}
	addChoice(cmd, cmd.Flags(), &output, "output", "`form` of the output")
	return cmd
}

// partitionRules is which rules a partition goes by.
type partitionRules struct {
	Partition int32 `json:"partition"`
	Read      bool  `json:"read"`     // it has a state
	Revision  int64 `json:"revision"` // 0 for rules that were not applied

	Filling task.Filling `json:"filling,omitempty"` // what is done for rules that are to be in force; none where there is nothing to count
	Filled  int64        `json:"filled"`            // orders that are done
	ToFill  int64        `json:"to_fill"`           // orders in all; 0 while that is not known
}

// rulesStatus is what `rules status` tells.
type rulesStatus struct {
	Newest     int64            `json:"newest"` // revision that was applied; 0 for none
	Partitions []partitionRules `json:"partitions"`
}

func (s *session) rulesStatus(ctx context.Context, output string) error {
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
	status := rulesStatus{}
	if newest := book.Newest(); newest != nil {
		status.Newest = newest.Number
	}
	if status.Partitions, err = s.rulesOfPartitions(ctx, client); err != nil {
		return err
	}
	if output == "json" {
		return json.NewEncoder(s.stdout).Encode(status)
	}
	t := newTable(s.stdout, "PARTITION", "REVISION", "")
	t.right(1, 2)
	for _, p := range status.Partitions {
		t.row(strconv.Itoa(int(p.Partition)), revisionText(&p), remark(&p, status.Newest))
	}
	return t.write()
}

func revisionText(p *partitionRules) string {
	if p.Revision == 0 {
		return "-"
	}
	return strconv.FormatInt(p.Revision, 10)
}

func remark(p *partitionRules, newest int64) string {
	switch {
	case !p.Read:
		return "nothing was read yet"
	case p.Filling != "":
		return fillingText(p)
	case p.Revision == 0:
		return "by rules that its process was given, or the built-in ones"
	case p.Revision < newest:
		return "not yet by the newest, " + strconv.FormatInt(newest, 10)
	}
	return ""
}

// fillingText says how far the counts are that rules ask for which are to be in force.
func fillingText(p *partitionRules) string {
	return fmt.Sprintf("filling what other rules count beside live work: %s, %s", p.Filling, filledText(p.Filled, p.ToFill))
}

// filledText is how many orders are filled, of how many; 0 where that is not known.
func filledText(done, all int64) string {
	if all == 0 {
		return fmt.Sprintf("%d orders", done)
	}
	return fmt.Sprintf("%d of %d orders", done, all)
}

// rulesOfPartitions asks the group's offsets by which rules each partition goes.
func (s *session) rulesOfPartitions(ctx context.Context, client *stream.Client) (all []partitionRules, err error) {
	topics := s.shared.topics()
	marks, err := task.MarksOfAll(ctx, client, s.shared.appID, &topics, "")
	if err != nil {
		return nil, err
	}
	for p, m := range marks {
		all = append(all, partitionRules{Partition: int32(p), Read: m.Changelog != "", Revision: m.Revision, Filling: m.Filling, Filled: m.Filled, ToFill: m.ToFill})
	}
	return all, nil
}

// trimDays is the number of a text as 120d.
func trimDays(text string) string { return strings.TrimSuffix(text, "d") }
