package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sellerpulse/internal/config"
)

const sourcesNote = `Every flag can also be set by an environment variable, %sX with the flag's name in capitals and underscores,
or in the YAML file of --config as "name: value"; the command line goes first, then the environment, then the file.
An empty variable sets nothing.
`

// writeUsage is the help below the description: how to call, examples, flags by section.
func writeUsage(cmd *cobra.Command) error {
	w := cmd.OutOrStderr()
	fmt.Fprintf(w, "Usage:\n  %s\n", useLine(cmd))
	if cmd.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprint(w, "\nCommands:\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(w, "  %-12s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	for _, section := range flagSections(cmd) {
		fmt.Fprintf(w, "\n%s:\n", section.title)
		writeFlags(w, section.flags)
	}
	if ownFlags(cmd) {
		fmt.Fprintf(w, "\n"+sourcesNote, config.EnvironmentPrefix)
	}
	return nil
}

func useLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND [flags]"
	}
	return cmd.UseLine()
}

// flagSection is flags under one heading of the help.
type flagSection struct {
	title string
	flags *pflag.FlagSet
}

// flagSections sorts a command's flags: its own, those of HTTP, those of all commands, security, the schema registry, and the names of topics.
func flagSections(cmd *cobra.Command) []flagSection {
	own := pflag.NewFlagSet("own", pflag.ContinueOnError)
	web := pflag.NewFlagSet("web", pflag.ContinueOnError)
	everywhere := pflag.NewFlagSet("everywhere", pflag.ContinueOnError)
	security := pflag.NewFlagSet("security", pflag.ContinueOnError)
	registry := pflag.NewFlagSet("registry", pflag.ContinueOnError)
	names := pflag.NewFlagSet("names", pflag.ContinueOnError)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		switch {
		case cmd.Root().PersistentFlags().Lookup(f.Name) != nil:
		case slices.Contains(f.Annotations[groupAnnotation], webGroup):
			web.AddFlag(f)
		default:
			own.AddFlag(f)
		}
	})
	cmd.Root().PersistentFlags().VisitAll(func(f *pflag.Flag) {
		switch group := f.Annotations[groupAnnotation]; {
		case slices.Contains(group, "topics"):
			names.AddFlag(f)
		case slices.Contains(group, securityGroup):
			security.AddFlag(f)
		case slices.Contains(group, registryGroup):
			registry.AddFlag(f)
		default:
			everywhere.AddFlag(f)
		}
	})
	all := []flagSection{{"Flags", own}, {"Who may ask over HTTP", web}, {"Flags of all commands", everywhere}, {"Security of the connection to Kafka", security}, {"Schema registry", registry}, {"Names of topics, before which --topic-prefix is put", names}}
	var sections []flagSection
	for _, s := range all {
		if s.flags.HasAvailableFlags() {
			sections = append(sections, s)
		}
	}
	return sections
}

// helpWidth is how many columns the help takes.
const helpWidth = 120

// writeFlags lists flags, each with what its value is, what it does and its default.
func writeFlags(w io.Writer, flags *pflag.FlagSet) {
	var heads, uses []string
	width := 0
	flags.VisitAll(func(f *pflag.Flag) {
		value, use := pflag.UnquoteUsage(f)
		head := "      --" + f.Name
		if f.Shorthand != "" {
			head = "  -" + f.Shorthand + ", --" + f.Name
		}
		if value != "" {
			head += " " + value
		}
		if d := defaultText(f); d != "" {
			use += " (default " + d + ")"
		}
		heads, uses = append(heads, head), append(uses, use)
		width = max(width, len(head))
	})
	for i, head := range heads {
		fmt.Fprintf(w, "%-*s  %s\n", width, head, wrap(uses[i], width+2))
	}
}

// wrap breaks a text into lines that begin at a column.
func wrap(text string, column int) string {
	var b strings.Builder
	at := column
	for i, word := range strings.Fields(text) {
		if at+1+len(word) > helpWidth {
			b.WriteString("\n" + strings.Repeat(" ", column))
			at = column
		} else if i > 0 {
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += len(word)
	}
	return b.String()
}

// defaultText is a flag's default as it would be given; empty for none.
func defaultText(f *pflag.Flag) string {
	switch text := strings.Trim(f.DefValue, "[]"); text {
	case "false", "0", "0s":
		return ""
	default:
		return text
	}
}
