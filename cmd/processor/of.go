package main

import (
	"github.com/spf13/cobra"

	"sellerpulse/pkg/rules"
)

// ofFlags say of what a number is: of a rule, of a part of it, or of a metric.
type ofFlags struct{ rule, part, metric string }

// add adds them to a command; what says what is done with the number. Shells complete names from the file of rules that is given, or else from the built-in ones.
func (o *ofFlags) add(cmd *cobra.Command, a *askFlags, what string) {
	f := cmd.Flags()
	f.StringVar(&o.rule, "rule", "", "`name` of the rule "+what+", of a rule of a pack PACK/RULE")
	f.StringVar(&o.part, "part", "", "`value` of the field by which the rule has parts, of the one that is meant")
	f.StringVar(&o.metric, "metric", "", "`name` of the metric "+what+", of a metric of a pack PACK/METRIC")
	complete := func(names func(*rules.Set) []string) cobra.CompletionFunc {
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			set, err := readRules(a.rules, maxRetentionDays)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return names(set), cobra.ShellCompDirectiveNoFileComp
		}
	}
	_ = cmd.RegisterFlagCompletionFunc("rule", complete(ruleNames))     // The flag exists.
	_ = cmd.RegisterFlagCompletionFunc("metric", complete(metricNames)) // Likewise.
}

func ruleNames(set *rules.Set) (names []string) {
	for _, r := range set.Rules() {
		names = append(names, r.Name)
	}
	return names
}

func metricNames(set *rules.Set) (names []string) {
	for _, m := range set.Metrics() {
		names = append(names, m.FullName())
	}
	return names
}

// check checks what flags cannot check alone.
func (o *ofFlags) check(cmd *cobra.Command) error {
	given := func(flag string) bool { return cmd.Flags().Changed(flag) }
	switch {
	case given("rule") && given("metric"):
		return usage("--rule and --metric exclude each other")
	case given("part") && !given("rule"):
		return usage("--part is that of a rule: name it with --rule")
	}
	return nil
}

// partOf is the part, which may be one without a name; nil where none is given.
func (o *ofFlags) partOf(cmd *cobra.Command) *string {
	if !cmd.Flags().Changed("part") {
		return nil
	}
	return &o.part
}
