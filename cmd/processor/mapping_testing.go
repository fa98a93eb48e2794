package main

import (
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/config"
	"sellerpulse/internal/mapping"
	"sellerpulse/internal/mapping/cases"
	"sellerpulse/mappings"
)

// mappingTestFlags are those of `processor mapping test`.
type mappingTestFlags struct {
	mapping mappingFlags
	of      string
	update  bool
}

// newMappingTest is `processor mapping test`.
func newMappingTest(s *session) *cobra.Command {
	var flags mappingTestFlags
	cmd := &cobra.Command{
		Use: "test FILE... [flags]", Short: "Run cases, which are tests of mappings: records, and the events they are to become", Args: someMappings(1, 10_000),
		Long: `Runs files of cases. Each is about the mapping file of the same name that ends with .yaml, beside it, or about that of --mapping; the name of a mapping of the program
stands for its cases. A case that does not become what is expected is told with its line and the difference: - is expected, + is there. The exit code is 0 if all is as
expected, 1 if anything is not, and 2 if a file cannot be read. With --update what records become now is written to the files as what is expected.`,
		Example: `  processor mapping test mine.txt
  processor mapping test shopify
  processor mapping test mine.txt --update && git diff mine.txt`,
		ValidArgsFunction: completeMappings,
		RunE: func(_ *cobra.Command, args []string) error {
			failed, ran := 0, 0
			for _, name := range args {
				results, err := flags.run(s, name)
				if err != nil {
					return err
				}
				for i := range results {
					if ran++; !results[i].Passed {
						failed++
						s.tellCase(name, &results[i])
					}
				}
			}
			fmt.Fprintf(s.stdout, "%s, %s\n", plural(int64(ran), "case"), map[bool]string{true: "all as expected", false: plural(int64(failed), "failure")}[failed == 0])
			if failed > 0 {
				return fmt.Errorf("%s of %s not as expected", grouped(int64(failed)), plural(int64(ran), "case"))
			}
			return nil
		},
	}
	flags.mapping.add(cmd)
	f := cmd.Flags()
	f.StringVar(&flags.of, "mapping", "", "mapping `file` or name that the cases are about, instead of the one of the same name")
	_ = cmd.RegisterFlagCompletionFunc("mapping", completeMappings) // The flag exists.
	addToggle(f, &flags.update, "update", "write what records become now into the files as what is expected")
	return cmd
}

// run runs a file of cases. Its errors are of usage.
func (f *mappingTestFlags) run(s *session, name string) ([]cases.Result, error) {
	text, of, err := f.read(name)
	if err != nil {
		return nil, usage("%w", err)
	}
	flags := f.mapping
	flags.set = constants(cases.Settings(text))
	maps.Copy(flags.set, f.mapping.set)
	m, err := flags.parse(s, of)
	if err != nil {
		return nil, err
	}
	results, err := f.cases(m, text)
	if err != nil {
		return nil, usage("%s: %w", name, err)
	}
	if !f.update {
		return results, nil
	}
	updated := cases.Update(results)
	if err := os.WriteFile(name, []byte(updated), 0o644); err != nil {
		return nil, fmt.Errorf("write what is expected: %w", err)
	}
	return f.cases(m, updated)
}

func (f *mappingTestFlags) cases(m *mapping.Mapping, text string) ([]cases.Result, error) {
	all, err := cases.Parse(text)
	if err != nil {
		return nil, err
	}
	return cases.Run(m, all)
}

// read reads a file of cases, and finds the mapping it is about.
func (f *mappingTestFlags) read(name string) (text, of string, err error) {
	if of = f.of; of == "" {
		of = strings.TrimSuffix(name, ".txt") + ".yaml"
	}
	if b, err := mappings.Cases(name); err == nil {
		if f.update {
			return "", "", fmt.Errorf("%s is part of the program: --update writes files", name)
		}
		if f.of == "" {
			of = name
		}
		return string(b), of, nil
	}
	b, err := config.ReadFile(name)
	return string(b), of, err
}

// tellCase tells of a case that is not as expected.
func (s *session) tellCase(file string, r *cases.Result) {
	fmt.Fprintf(s.stdout, "%s:%d: %s\n", file, r.Case.Line, r.Case.Title)
	for _, line := range r.Difference() {
		fmt.Fprintln(s.stdout, "  "+line)
	}
}
