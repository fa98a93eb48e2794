package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sellerpulse/internal/config"
	"sellerpulse/internal/rulefile"
	"sellerpulse/internal/scenario"
	"sellerpulse/pkg/rules"
)

// testingFlags are those of `processor rules test`.
type testingFlags struct {
	rules  []string
	only   pattern
	output choice
	junit  string
}

// newRulesTest is `processor rules test`.
func newRulesTest(s *session) *cobra.Command {
	flags := testingFlags{output: choice{"table", []string{"table", "json"}}}
	cmd := &cobra.Command{
		Use: "test FILE|FOLDER... [flags]", Short: "Run scenarios, which are tests of rule files", Args: someScenarios,
		Long: `Runs files of scenarios: a few lines of events, a date, and the numbers, states and alerts that are expected then. docs/scenarios.md has their language. Of a
FOLDER all files that end with .txt are run, those of its folders too; names that begin with "." or "_" are left out. A scenario is about the rule file that it
names, else about those of --rules, else about the built-in rules. Each failure is told with its file and line, with what was expected and what was found. What this
version cannot evaluate yet is a failure, too. The exit code is 0 if all is as expected, 1 if anything is not, and 2 if a file cannot be read.`,
		Example: `  processor rules test own.txt
  processor rules test tests/ --rules own.yaml --junit report.xml
  processor rules test own.txt --rules walmart-us --run 'cancel|late'
  processor rules test tests/ --output json | jq -r 'select(.passed | not) | .title'`,
		ValidArgsFunction: cobra.FixedCompletions([]string{"txt"}, cobra.ShellCompDirectiveFilterFileExt),
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := runScenarios(cmd.Context(), args, &flags)
			if err != nil {
				return err
			}
			return s.tellScenarios(files, &flags)
		},
	}
	f := cmd.Flags()
	addRules(cmd, f, &flags.rules, "rule `files`, folders of them or packs for scenarios that name none, instead of the built-in rules")
	f.Var(&flags.only, "run", "`regexp` that the title of a scenario must match somewhere; the others are not run")
	addChoice(cmd, f, &flags.output, "output", "`form` of the output, in JSON a line for each scenario")
	f.StringVar(&flags.junit, "junit", "", "`file` that the results are written to as JUnit XML, for systems of continuous integration")
	return cmd
}

func someScenarios(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage("name a file of scenarios, or a folder of them: docs/scenarios.md has their language")
	}
	return nil
}

// ranFile is what came of the scenarios of a file that were run.
type ranFile struct {
	name    string
	results []scenario.Result // one or more
}

// failed is how many of the scenarios have failures.
func (f *ranFile) failed() (n int) {
	for i := range f.results {
		if len(f.results[i].Failures) > 0 {
			n++
		}
	}
	return n
}

// runScenarios reads all files before it runs those of their scenarios that are asked for. What cannot be read is wrong usage.
func runScenarios(ctx context.Context, paths []string, flags *testingFlags) (ran []ranFile, err error) {
	files, err := loadScenarios(paths)
	if err != nil {
		return nil, usage("%w", err)
	}
	o := scenario.Options{ReadFile: config.ReadFile, Only: flags.only.matches}
	if o.Rules, err = rulesForScenarios(flags.rules); err != nil {
		return nil, err
	}
	for _, file := range files {
		results, err := file.Run(o)
		if unread, ok := errors.AsType[*scenario.Error](err); ok {
			return nil, usage("%w", unread)
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return nil, err
		}
		if len(results) > 0 {
			ran = append(ran, ranFile{file.Name, results})
		}
	}
	if ran == nil {
		return nil, usage("--run %s: no scenario has such a title", &flags.only)
	}
	return ran, nil
}

func loadScenarios(paths []string) (files []*scenario.File, err error) {
	found, err := scenario.Find(paths)
	if err != nil {
		return nil, err
	}
	for _, path := range found {
		file, err := scenario.Load(path)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// rulesForScenarios reads the rule files for scenarios that name none; nil for the built-in rules. Files that no scenario could run on are refused.
func rulesForScenarios(names []string) ([]rules.File, error) {
	if len(names) == 0 {
		return nil, nil
	}
	files, err := rulefile.ReadAll(names)
	if err != nil {
		return nil, usage("--rules: %w", err)
	}
	if _, err := rules.ParseAll(historyOfRules, files...); err != nil {
		return nil, fmt.Errorf("read %w", err)
	}
	return files, nil
}
