package main

import (
	"math"

	"github.com/spf13/cobra"

	"sellerpulse/pkg/rules"
)

// newRulesPrint is `processor rules print`.
func newRulesPrint(s *session) *cobra.Command {
	output := choice{"yaml", []string{"yaml", "json"}}
	cmd := &cobra.Command{
		Use: "print [FILE...] [flags]", Short: "Print rules with all defaults spelled out", Args: fileOrPack(0, math.MaxInt),
		Long: `Prints rules as a rule file that says the same, with every default written out: of several files a YAML document each, or a list in JSON. Without a
file it prints the built-in rules.`,
		Example: `  processor rules print > rules.yaml
  processor rules print walmart-us --output json | jq '.[].rules[].name'`,
		ValidArgsFunction: completeFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{rules.BuiltInPack}
			}
			set, err := parseRules(args, historyOfRules)
			if err != nil {
				return err
			}
			text := set.YAML()
			if output.value == "json" {
				text = set.JSON()
			}
			_, err = s.stdout.Write(text)
			return err
		},
	}
	addChoice(cmd, cmd.Flags(), &output, "output", "`form` of the output")
	return cmd
}
