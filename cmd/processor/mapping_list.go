package main

import (
	"math"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/mappingfile"
	"sellerpulse/internal/rulefile"
)

// newMappingList is `processor mapping list`.
func newMappingList(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "list [flags]", Short: "List the mappings that are part of the program", Args: noArguments,
		Long:    `Lists the mappings that are part of the program. Their names stand for their files, as in "processor mapping print shopify".`,
		Example: "  processor mapping list",
		RunE: func(*cobra.Command, []string) error {
			t := newTable(s.stdout, "MAPPING", "WHAT IT READS")
			for _, name := range mappingfile.Names() {
				file, err := mappingfile.Read(name)
				if err != nil {
					return err
				}
				t.row(name, rulefile.Title(file.Text))
			}
			return t.write()
		},
	}
}

// newMappingPrint is `processor mapping print`.
func newMappingPrint(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "print FILE [flags]", Short: "Print a mapping file, to begin one's own with", Args: someMappings(1, 1),
		Long:              "Prints a mapping file as it is, comments too: one that is part of the program is a good beginning of one's own.",
		Example:           "  processor mapping print shopify > mine.yaml",
		ValidArgsFunction: completeMappings,
		RunE: func(_ *cobra.Command, args []string) error {
			file, err := mappingfile.Read(args[0])
			if err != nil {
				return usage("%w", err)
			}
			_, err = s.stdout.Write(file.Text)
			return err
		},
	}
}

// newMappingCheck is `processor mapping check`.
func newMappingCheck(s *session) *cobra.Command {
	var flags mappingFlags
	cmd := &cobra.Command{
		Use: "check FILE... [flags]", Short: "Check mapping files, their programs and their tables", Args: someMappings(1, math.MaxInt),
		Long: `Reads mapping files with all they refer to, and tells what is in them. The first thing that is wrong is told with its file and line and what to write instead; the
exit code is then 1.`,
		Example: `  processor mapping check mine.yaml
  processor mapping check shopify --set seller=S1`,
		ValidArgsFunction: completeMappings,
		RunE: func(_ *cobra.Command, args []string) error {
			t := newTable(s.stdout, "MAPPING", "SOURCE", "FORM", "READS")
			for _, name := range args {
				if _, err := mappingfile.Read(name); err != nil {
					return usage("%w", err)
				}
				m, err := flags.read(s, name)
				if err != nil {
					return err
				}
				for _, source := range m.Sources {
					t.row(m.Name, source.Name, string(source.Form()), strings.TrimSpace(sourceText(source)))
				}
			}
			return t.write()
		},
	}
	flags.add(cmd)
	return cmd
}
