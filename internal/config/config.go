package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// EnvironmentPrefix begins the names of the environment variables.
const EnvironmentPrefix = "SELLERPULSE_"

// Variable is the environment variable that sets a flag.
func Variable(flag string) string {
	return EnvironmentPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Sources are what a flag that is not on the command line may be set by.
type Sources struct {
	Environment func(variable string) (value string, set bool)
	File        string   // path of the YAML file; empty for none
	Keys        []string // the names of all commands' flags that may be set
}

// Load sets the flags that are not on the command line. Its errors name the variable, or the file and the line.
func Load(flags *pflag.FlagSet, from Sources) error {
	entries, err := readEntries(from)
	if err != nil {
		return err
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if err == nil && !f.Changed && slices.Contains(from.Keys, f.Name) {
			err = set(flags, f, from, entries)
		}
	})
	return err
}

func set(flags *pflag.FlagSet, f *pflag.Flag, from Sources, entries map[string]entry) error {
	if value := from.variable(f.Name); value != "" {
		err := checkQuotes(value)
		if err == nil {
			err = flags.Set(f.Name, value)
		}
		if err != nil {
			return fmt.Errorf("environment variable %s: %w", Variable(f.Name), bare(err))
		}
		return nil
	}
	e, ok := entries[f.Name]
	if !ok {
		return nil
	}
	value, err := e.valueFor(f)
	if err == nil {
		err = flags.Set(f.Name, value)
	}
	if err != nil {
		return fmt.Errorf("%s:%d: %s: %w", from.File, e.line, f.Name, bare(err))
	}
	return nil
}

// variable is what the environment sets a flag to. Empty it sets nothing: what starts processes can often not leave a variable out.
func (from Sources) variable(flag string) string {
	value, _ := from.Environment(Variable(flag))
	return TrimLine(value)
}

// checkQuotes refuses a value in quotes, which no flag takes: `docker run --env-file`, among others, makes them part of it.
func checkQuotes(value string) error {
	if last := len(value) - 1; last > 0 && value[0] == value[last] && (value[0] == '"' || value[0] == '\'') {
		return fmt.Errorf("quotes are part of the value %s: leave them out where the variable is set", value)
	}
	return nil
}

// TrimLine is a value without the end of its line, which files and secrets tend to have and nobody means.
func TrimLine(value string) string { return strings.TrimRight(value, "\r\n") }

// bare is what is wrong with a value, without the flag that was not used.
func bare(err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return fmt.Errorf("invalid value %q: %w", invalid.GetValue(), invalid.Unwrap())
	}
	return err
}
