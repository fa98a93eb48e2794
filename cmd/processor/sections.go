package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagSection is flags under one heading of the help.
type flagSection struct {
	title string
	flags *pflag.FlagSet
}

// flagSections sorts a command's flags: its own, those of all commands, and the names of topics.
func flagSections(cmd *cobra.Command) []flagSection {
	own := pflag.NewFlagSet("own", pflag.ContinueOnError)
	everywhere := pflag.NewFlagSet("everywhere", pflag.ContinueOnError)
	names := pflag.NewFlagSet("names", pflag.ContinueOnError)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if cmd.Root().PersistentFlags().Lookup(f.Name) == nil {
			own.AddFlag(f)
		}
	})
	cmd.Root().PersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Annotations[groupAnnotation] != nil {
			names.AddFlag(f)
		} else {
			everywhere.AddFlag(f)
		}
	})
	var sections []flagSection
	for _, s := range []flagSection{{"Flags", own}, {"Flags of all commands", everywhere}, {"Names of topics, before which --topic-prefix is put", names}} {
		if s.flags.HasAvailableFlags() {
			sections = append(sections, s)
		}
	}
	return sections
}
