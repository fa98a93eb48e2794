package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sellerpulse/internal/config"
)

const rootLong = `Sellerpulse keeps the performance rates of marketplace sellers exact, event by event, and raises an alert the moment one breaches a target.

Begin with ` + "`processor demo`" + `: it needs nothing installed. With a Kafka cluster: ` + "`topics`, `run`, `produce`, `alerts`, `report`" + `.`

const rootExample = `  processor demo
  processor topics --brokers kafka:9092 --partitions 12
  processor run --brokers kafka:9092 --time-zone Europe/Stockholm`

// newRoot makes the whole command.
func newRoot(s *session) *cobra.Command {
	root := &cobra.Command{
		Use: "processor", Short: "Watch the performance of marketplace sellers", Long: rootLong, Example: rootExample,
		Version: versionText(), SilenceErrors: true, SilenceUsage: true, Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprintln(cmd.ErrOrStderr(), cmd.UsageString())
			return usage("no command given")
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if !ownFlags(cmd) || cmd.HasParent() && !ownFlags(cmd.Parent()) {
				return nil
			}
			return s.prepare(cmd)
		},
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetUsageFunc(writeUsage)
	s.shared.flags(root)
	root.AddCommand(newDemo(s), newTopics(s), newProduce(s), newRun(s), newAlerts(s), newReport(s), newVersion(s))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	return root
}

// unknownCommand refuses what is no subcommand, and proposes what may have been meant.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	meant := ""
	if proposals := cmd.SuggestionsFor(args[0]); len(proposals) > 0 {
		meant = fmt.Sprintf("; did you mean %s?", strings.Join(proposals, " or "))
	}
	return usage("unknown command %q%s", args[0], meant)
}

// groupAnnotation sorts shared flags into sections of the help.
const groupAnnotation = "group"

const sourcesNote = `Every flag can also be set by an environment variable, %sX with the flag's name in capitals and underscores,
or in the YAML file of --config as "name: value"; the command line goes first, then the environment, then the file.
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
		fmt.Fprintf(w, "\n%s:\n%s", section.title, section.flags.FlagUsagesWrapped(120))
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
