package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/pkg/rules"
)

// differenceJSON is a version of a rule that differs, as JSON.
type differenceJSON struct {
	Rule    string           `json:"rule"`
	Version *string          `json:"version"` // the days on which it is in force; null for always
	What    string           `json:"what"`    // comes, goes or changes
	Changes []ruleChangeJSON `json:"changes"`
}

type ruleChangeJSON struct {
	Key  string `json:"key"`
	From string `json:"from"`
	To   string `json:"to"`
}

// newRulesDiff is `processor rules diff`.
func newRulesDiff(s *session) *cobra.Command {
	output := choice{"text", []string{"text", "json"}}
	cmd := &cobra.Command{
		Use: "diff BEFORE AFTER [flags]", Short: "Tell how two rule files differ", Args: fileOrPack(2, 2),
		Long: `Tells which rules come, which go and what changes in the others, from one rule file, pack or folder to another; several that are one set are
separated by commas. Defaults that are spelled out are no difference. A
rule whose name stays keeps its state and the numbers of its alerts; one that differs is evaluated at once.`,
		Example: `  processor rules diff amazon-2022 rules.yaml
  processor rules diff amazon-2022,walmart-us rules.d
  processor rules diff before.yaml after.yaml --output json | jq -r '.rule'`,
		ValidArgsFunction: completeFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			before, err := parseRules(strings.Split(args[0], ","), historyOfRules)
			if err != nil {
				return err
			}
			after, err := parseRules(strings.Split(args[1], ","), historyOfRules)
			if err != nil {
				return err
			}
			return s.writeRuleDifferences(rules.Diff(before, after), output.value == "json")
		},
	}
	addChoice(cmd, cmd.Flags(), &output, "output", "`form` of the output, in JSON a line for each difference")
	return cmd
}

func (s *session) writeRuleDifferences(all []rules.Difference, asJSON bool) error {
	if len(all) == 0 && !asJSON {
		_, err := fmt.Fprintln(s.stdout, "They say the same.")
		return err
	}
	for i := range all {
		d := &all[i]
		if asJSON {
			if err := s.writeJSON(jsonOf(d)); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Fprintln(s.stdout, d); err != nil {
			return err
		}
	}
	return nil
}

func jsonOf(d *rules.Difference) differenceJSON {
	as := differenceJSON{Rule: d.Rule, What: "changes", Changes: []ruleChangeJSON{}}
	if d.Version != "" {
		as.Version = &d.Version
	}
	switch {
	case d.Came:
		as.What = "comes"
	case d.Went:
		as.What = "goes"
	}
	for _, c := range d.Changes {
		as.Changes = append(as.Changes, ruleChangeJSON(c))
	}
	return as
}
