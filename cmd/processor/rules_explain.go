package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/display"
	"sellerpulse/internal/meant"
	"sellerpulse/internal/rulefile"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// newRulesExplain is `processor rules explain`.
func newRulesExplain(s *session) *cobra.Command {
	var files []string
	var seller, on string
	cmd := &cobra.Command{
		Use: "explain RULE [flags]", Short: "Tell in words what a rule says", Args: aRule,
		Long: `Tells a rule in words, with all its versions: what is counted, over which orders, and what follows from the rate. A rule of a pack has the pack's name and
a slash before it; which dates its windows have is told of today, in UTC, or of the day of --on. Without --rules it is looked for in the pack of the program, or among the built-in rules. With --seller it tells below it what is otherwise for that
seller, by the file's overrides.`,
		Example: `  processor rules explain odr
  processor rules explain ebay-us/transaction-defects
  processor rules explain ebay-us/transaction-defects --on 2026-12-20
  processor rules explain late --rules rules.yaml
  processor rules explain late --rules rules.yaml --seller S1`,
		RunE: func(_ *cobra.Command, args []string) error {
			day := todayInUTC()
			if on != "" {
				var err error
				if day, err = windows.ParseDate(on); err != nil {
					return usage("--on: %w", err)
				}
			}
			in := files
			if len(in) == 0 {
				in = []string{packOf(args[0])}
			}
			set, err := parseRules(in, historyOfRules)
			if err != nil {
				return err
			}
			named := set.Find(args[0])
			if named == nil {
				return usage("no rule %q in %s%s", args[0], strings.Join(in, ", "), meant.Hint(args[0], rulesOf(set)))
			}
			return writeWords(s.stdout, set, named, day, seller)
		},
	}
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		if len(files) > 0 {
			set, err := parseRules(files, historyOfRules)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return rulesOf(set), cobra.ShellCompDirectiveNoFileComp
		}
		set, err := parseRules(rulefile.Names(), historyOfRules)
		if err != nil {
			return rulesOf(rules.BuiltIn()), cobra.ShellCompDirectiveNoFileComp
		}
		return rulesOf(set), cobra.ShellCompDirectiveNoFileComp
	}
	addRules(cmd, cmd.Flags(), &files, "rule `files`, folders of them or packs in which the rule is")
	cmd.Flags().StringVar(&on, "on", "", "`day` of which the dates of windows are told, as 2026-12-31 (default today, in UTC)")
	cmd.Flags().StringVar(&seller, "seller", "", "`id` of a seller for whom something may be otherwise")
	return cmd
}

// aRule wants the name of a rule and nothing else.
func aRule(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usage("name a rule, such as odr or walmart-us/cancellation")
	case 1:
		return nil
	default:
		return usage("unexpected argument %q: one rule at a time", args[1])
	}
}

func rulesOf(set *rules.Set) (names []string) {
	for _, n := range set.Rules() {
		names = append(names, n.Name)
	}
	return names
}

// writeWords tells of each version of a rule; and of a seller who is given what is otherwise.
func writeWords(w io.Writer, set *rules.Set, named *rules.Named, day windows.Date, seller string) error {
	for i, v := range named.Versions {
		if i > 0 {
			fmt.Fprintln(w)
		}
		lines := append([]string{named.Name}, v.Words()...)
		lines = slices.Insert(lines, 3, v.Dates(day)) // after which windows it has
		lines = append(lines, packOfRule(set, v).Words()...)
		if seller != "" {
			otherwise := set.OverridesOf(seller).Words(v)
			if otherwise == nil {
				otherwise = []string{"Nothing is otherwise."}
			}
			lines = append(append(lines, "", "Seller "+display.Cell(seller, cellWidth)), otherwise...)
		}
		for _, line := range lines {
			if _, err := fmt.Fprintln(w, line); err != nil {
				return err
			}
		}
	}
	return nil
}

// packOfRule is the pack that a rule is of.
func packOfRule(set *rules.Set, r *rules.Rule) *rules.Pack {
	packs := set.Packs()
	return packs[slices.IndexFunc(packs, func(p *rules.Pack) bool { return p.Name == r.Pack })]
}
