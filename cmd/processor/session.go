package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"sellerpulse/internal/config"
	"sellerpulse/internal/display"
	"sellerpulse/pkg/rules"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// session is one call of the command: what it talks to, and what all subcommands are told.
type session struct {
	environment    func(variable string) (string, bool)
	variables      []string // all of the environment, as os.Environ has it
	stdin          io.Reader
	stdout, stderr io.Writer
	dialTimeout    time.Duration      // to find a broker; 0 for the client's default
	logsTo         func(*slog.Logger) // told of the log, for what writes to no log of ours; may be nil

	hangUps *hangUps                   // what a SIGHUP does, where it does not stop the process; may be nil
	rereads func() (*rules.Set, error) // reads the rules again that the process was given; nil where it was given none

	typed   []string // flags on the command line
	shared  shared
	log     *slog.Logger
	started bool // all arguments and settings were right, and the subcommand runs
}

// run executes the command line and returns the exit code.
func run(ctx context.Context, args []string, s *session) int {
	root := newRoot(s)
	root.SetArgs(args)
	called, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	line := display.Escape(strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; "))
	var usage usageError
	if s.started && !errors.As(err, &usage) {
		s.fail(line)
		return exitFailed
	}
	s.fail(fmt.Sprintf("%s (see `%s --help`)", line, called.CommandPath()))
	return exitUsage
}

// fail writes the one line that a call which failed ends with: a line of the log, where that is for programs.
func (s *session) fail(line string) {
	if s.log != nil && s.shared.logFormat.value == "json" {
		s.log.Error("processor ended", "error", line)
		return
	}
	fmt.Fprintf(s.stderr, "processor: %s\n", line)
}

// usageError is a command that cannot be carried out as it was given.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// prepare gives every flag its value, from wherever it was set, and sets up what all subcommands use.
func (s *session) prepare(cmd *cobra.Command) error {
	file, _ := s.environment(config.Variable("config"))
	if f := cmd.Flags().Lookup("config"); f != nil && f.Changed {
		file = f.Value.String()
	}
	cmd.Flags().Visit(func(f *pflag.Flag) { s.typed = append(s.typed, f.Name) })
	keys := settable(cmd.Root())
	from := config.Sources{Environment: s.environment, File: config.TrimLine(file), Keys: keys}
	if err := config.Load(cmd.Flags(), from); err != nil {
		return err
	}
	s.log = s.shared.logger(s.stderr)
	if s.logsTo != nil {
		s.logsTo(s.log)
	}
	if err := s.shared.check(); err != nil {
		return err
	}
	s.warnOfStrays(keys)
	if err := s.shared.security.load(s.environment, s.log); err != nil {
		return err
	}
	if err := s.shared.registry.load(s.log); err != nil {
		return err
	}
	s.started = true
	return nil
}

// warnOfStrays tells of environment variables that were to set something, but do not.
func (s *session) warnOfStrays(keys []string) {
	for _, stray := range config.Strays(s.variables, append(keys, "config", passwordKey)) {
		if stray.Meant == "" {
			s.log.Warn("environment variable sets nothing: there is no such flag", "variable", stray.Variable)
			continue
		}
		s.log.Warn("environment variable sets nothing: there is no such flag", "variable", stray.Variable, "did_you_mean", stray.Meant)
	}
}

// settable is the names of all subcommands' flags that a file may set.
func settable(root *cobra.Command) (names []string) {
	add := func(f *pflag.Flag) {
		switch f.Name {
		case "config", "help", "version":
			return
		}
		if !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	root.PersistentFlags().VisitAll(add)
	for _, cmd := range ownCommands(root) {
		cmd.LocalFlags().VisitAll(add)
	}
	return names
}

// ownCommands is all commands below one, theirs too, but for those that cobra adds.
func ownCommands(cmd *cobra.Command) (all []*cobra.Command) {
	for _, sub := range cmd.Commands() {
		if ownFlags(sub) {
			all = append(append(all, sub), ownCommands(sub)...)
		}
	}
	return all
}

// nameOf is a command's name as it is called, such as "backfill start".
func nameOf(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// ownFlags is whether a subcommand is one of ours and not one that cobra adds.
func ownFlags(cmd *cobra.Command) bool {
	switch cmd.Name() {
	case "completion", "help", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd:
		return false
	}
	return true
}

// terminal is whether a stream goes to a person's eyes.
func terminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// colours is whether text on a stream may be coloured.
func (s *session) colours(stream any) bool {
	refused, _ := s.environment("NO_COLOR")
	kind, _ := s.environment("TERM")
	return terminal(stream) && refused == "" && kind != "dumb"
}

// columns is how many cells a line of a terminal has; 0 for what is none.
func columns(stream any) int {
	file, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}
