package config

import (
	"errors"
	"fmt"
	"os"
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
	File        string                // path of the YAML file; empty for none
	Known       func(key string) bool // whether any command has a flag of this name
}

// Load sets the flags that are not on the command line. Its errors name the variable, or the file and the line.
func Load(flags *pflag.FlagSet, from Sources) error {
	entries, err := readFile(from)
	if err != nil {
		return err
	}
	flags.VisitAll(func(f *pflag.Flag) {
		if err == nil && !f.Changed {
			err = set(flags, f, from, entries)
		}
	})
	return err
}

func set(flags *pflag.FlagSet, f *pflag.Flag, from Sources, entries map[string]entry) error {
	if value, ok := from.Environment(Variable(f.Name)); ok {
		if err := flags.Set(f.Name, value); err != nil {
			return fmt.Errorf("environment variable %s: %w", Variable(f.Name), bare(err))
		}
		return nil
	}
	if e, ok := entries[f.Name]; ok {
		if err := flags.Set(f.Name, e.value); err != nil {
			return fmt.Errorf("%s:%d: %s: %w", from.File, e.line, f.Name, bare(err))
		}
	}
	return nil
}

// bare is what is wrong with a value, without the flag that was not used.
func bare(err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return fmt.Errorf("invalid value %q: %w", invalid.GetValue(), invalid.Unwrap())
	}
	return err
}

func readFile(from Sources) (map[string]entry, error) {
	if from.File == "" {
		return nil, nil
	}
	text, err := os.ReadFile(from.File)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return parse(from.File, text, from.Known)
}
