package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sellerpulse/internal/meant"
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
				s.started = true
				return nil
			}
			return s.prepare(cmd)
		},
	}
	root.SetIn(s.stdin)
	root.SetOut(s.stdout)
	root.SetErr(s.stderr)
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetUsageFunc(writeUsage)
	root.SetFlagErrorFunc(flagError)
	s.shared.flags(root)
	root.AddCommand(newDemo(s), newTopics(s), newProduce(s), newExport(s), newRun(s), newIntake(s), newMapping(s), newAlerts(s), newReport(s), newOrders(s), newHistory(s), newWhy(s), newForecast(s), newDashboard(s), newVerify(s), newBackfill(s), newDeadLetters(s), newReconcile(s), newRules(s), newToken(s), newVersion(s))
	root.SetHelpCommand(newHelp())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Args = unknownCommand
		completion.RunE = func(*cobra.Command, []string) error { return usage("name a shell: bash, zsh, fish or powershell") }
		completion.Example = "  source <(processor completion bash)"
	}
	return root
}

// newHelp is `processor help COMMAND`.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Help about a command", Example: "  processor help run",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usage("unknown command %q", strings.Join(args, " "))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// noArguments refuses arguments of a command that has flags only.
func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("unexpected argument %q: this command takes flags only", args[0])
	}
	return nil
}

// unknownCommand refuses what is no subcommand, and proposes what may have been meant.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	meant := ""
	cmd.SuggestionsMinimumDistance = 2
	if proposals := cmd.SuggestionsFor(args[0]); len(proposals) > 0 {
		meant = fmt.Sprintf("; did you mean %s?", strings.Join(proposals, " or "))
	}
	return usage("unknown command %q%s", args[0], meant)
}

// flagError says of an unknown flag what may have been meant, or which commands have it.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	name := unknown.GetSpecifiedName()
	if letters := unknown.GetSpecifiedShortnames(); letters != "" {
		name = letters // "-brokers" is taken for letters.
	}
	var known, others []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
	for _, other := range ownCommands(cmd.Root()) {
		if other.LocalFlags().Lookup(name) != nil {
			others = append(others, nameOf(other))
		}
	}
	if len(others) > 0 && !slices.Contains(known, "--"+name) {
		return fmt.Errorf("%w; it is a flag of %s", err, strings.Join(others, " and "))
	}
	return fmt.Errorf("%w%s", err, meant.Hint(name, known))
}

// groupAnnotation sorts shared flags into sections of the help.
const groupAnnotation = "group"
