package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sellerpulse/internal/rulefile"
	"sellerpulse/pkg/rules"
)

// newRules is `processor rules`.
func newRules(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "rules COMMAND", Short: "Check, explain, test and compare rule files, and put them in force", Args: unknownCommand,
		Long: `Works with rule files without a cluster and without a state, but for "what-if", "apply", "status" and "history", which are about the rules in force. Where a FILE is asked for, a folder will do, which stands for the files
in it that end with .yaml, and so will the name of a pack: that of the rules of a marketplace which are part of the program, such as walmart-us. Several are one set. docs/rules.md teaches the language of the files.`,
		Example: `  processor rules list
  processor rules check rules.yaml
  processor rules print walmart-us > mine.yaml
  processor rules explain ebay-us/transaction-defects
  processor rules test own.txt
  processor rules what-if mine.yaml
  processor rules apply mine.yaml --comment "as agreed in March"`,
		RunE: func(*cobra.Command, []string) error {
			return usage("name a command: see --help for those that there are")
		},
	}
	cmd.AddCommand(newRulesCheck(s), newRulesPrint(s), newRulesExplain(s), newRulesTest(s), newRulesDiff(s), newRulesList(s), newRulesWhatIf(s), newRulesApply(s), newRulesStatus(s), newRulesHistory(s))
	return cmd
}

// historyOfRules is how long counts may be kept, in days: as long as any rule may look back.
const historyOfRules = maxHistoryDays

// addHistory adds the flag of how far rules may look back.
func addHistory(f *pflag.FlagSet, to *days) {
	*to = historyOfRules
	f.Var(to, "history", "`days` for which counts are kept: no rule may look back over more")
}

// parseRules reads rule files, or those of packs, into one set. A file that is not there is wrong usage; one that is no rule file is a failure.
func parseRules(names []string, history days) (*rules.Set, error) {
	files, err := rulefile.ReadAll(names)
	if err != nil {
		return nil, usage("%w", err)
	}
	return rules.ParseAll(int(history), files...)
}

// addRules adds the flag of rule files, which may be given several times.
func addRules(cmd *cobra.Command, f *pflag.FlagSet, to *[]string, use string) {
	f.StringSliceVar(to, "rules", nil, use+"; separated by commas or given several times")
	_ = cmd.RegisterFlagCompletionFunc("rules", completeFiles) // The flag exists.
}

// completeFiles completes rule files: the packs, and whatever files there are.
func completeFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return rulefile.Names(), cobra.ShellCompDirectiveDefault
}

// fileOrPack says how many files a command takes.
func fileOrPack(least, most int) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < least && most == least:
			return usage("name two rule files or packs: the one before, and the one after")
		case len(args) < least:
			return usage("name a rule file or a pack: `processor rules list` has the packs")
		case len(args) > most:
			return usage("unexpected argument %q", args[most])
		}
		return nil
	}
}

// packOf is the pack of a rule's full name; the built-in one of a bare name.
func packOf(rule string) string {
	if pack, _, ok := strings.Cut(rule, "/"); ok {
		return pack
	}
	return rules.BuiltInPack
}
