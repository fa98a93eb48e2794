package main

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/spf13/cobra"

	"sellerpulse/internal/intake"
)

// newIntakeStatus is `processor intake status`.
func newIntakeStatus(s *session) *cobra.Command {
	var flags mappingFlags
	var file string
	output := choice{"table", []string{"table", "json"}}
	cmd := &cobra.Command{
		Use: "status [flags]", Short: "Tell how far an intake is", Args: noArguments,
		Long: `Tells of each partition of the topics that a mapping reads how far the intakes of --app-id have carried it over, as of their last commit, from the group's offsets. None of
them need run: what a process is doing right now, and why it cannot go on, /api/v1/intake of that process tells (--listen).`,
		Example: `  processor intake status --mapping mine.yaml
  processor intake status --mapping shopify --from-topics orders=shop.orders --output json | jq '[.sources[].lag] | add'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.intakeStatus(cmd.Context(), &flags, file, output.value)
		},
	}
	flags.add(cmd)
	flags.addTopics(cmd)
	addMapping(cmd, &file, "")
	addChoice(cmd, cmd.Flags(), &output, "output", "`form` of the output")
	return cmd
}

// sourceProgress is how far an intake is with a partition of a source topic.
type sourceProgress struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Committed *int64 `json:"committed"` // null before the first commit
	End       int64  `json:"end"`
	Lag       int64  `json:"lag"`
	Anew      bool   `json:"made_anew"`
}

// intakeProgress is what `intake status` tells.
type intakeProgress struct {
	Mapping string           `json:"mapping"`
	Group   string           `json:"group"`
	Sources []sourceProgress `json:"sources"`
}

func (s *session) intakeStatus(ctx context.Context, flags *mappingFlags, file, output string) error {
	if file == "" {
		return usage("name the mapping with --mapping: its name is part of the group's")
	}
	m, err := flags.parse(s, file)
	if err != nil {
		return err
	}
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	all, err := intake.Look(ctx, client, s.shared.appID, m, s.shared.topics())
	if err != nil {
		return err
	}
	status := intakeProgress{Mapping: m.Name, Group: intake.Group(s.shared.appID, m.Name)}
	for i := range all {
		status.Sources = append(status.Sources, progressOf(&all[i]))
	}
	if output == "json" {
		return json.NewEncoder(s.stdout).Encode(status)
	}
	t := newTable(s.stdout, "TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "")
	t.right(2, 3, 4, 5)
	for i := range status.Sources {
		t.row(status.Sources[i].row()...)
	}
	return t.write()
}

func progressOf(p *intake.Progress) sourceProgress {
	told := sourceProgress{Topic: p.Topic, Partition: p.Partition, End: p.End, Lag: p.Lag(), Anew: p.Anew}
	if p.Committed >= 0 {
		told.Committed = &p.Committed
	}
	return told
}

func (p *sourceProgress) row() []string {
	committed, remark := "-", ""
	switch {
	case p.Committed == nil:
		remark = "nothing was carried over yet"
	case p.Anew:
		committed, remark = grouped(*p.Committed), "the topic was made anew since"
	default:
		committed = grouped(*p.Committed)
	}
	return []string{p.Topic, strconv.Itoa(int(p.Partition)), committed, grouped(p.End), grouped(p.Lag), remark}
}
