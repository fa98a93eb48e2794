package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"sellerpulse/internal/config"
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
	stdin          io.Reader
	stdout, stderr io.Writer
	dialTimeout    time.Duration      // to find a broker; 0 for the client's default
	logsTo         func(*slog.Logger) // told of the log, for what writes to no log of ours; may be nil

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
	line := strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")
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
	file, set := s.environment(config.Variable("config"))
	if f := cmd.Flags().Lookup("config"); f != nil && (f.Changed || !set) {
		file = f.Value.String()
	}
	from := config.Sources{Environment: s.environment, File: file, Known: func(key string) bool { return knows(cmd.Root(), key) }}
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
	if err := s.shared.security.load(s.environment, s.log); err != nil {
		return err
	}
	s.started = true
	return nil
}

// knows is whether any subcommand has a flag of that name that a file may set.
func knows(root *cobra.Command, key string) bool {
	switch key {
	case "config", "help", "version":
		return false
	}
	if root.PersistentFlags().Lookup(key) != nil {
		return true
	}
	for _, sub := range root.Commands() {
		if !ownFlags(sub) {
			continue
		}
		if sub.LocalFlags().Lookup(key) != nil {
			return true
		}
	}
	return false
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
	_, refused := s.environment("NO_COLOR")
	kind, _ := s.environment("TERM")
	return terminal(stream) && !refused && kind != "dumb"
}
