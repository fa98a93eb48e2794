package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/google/pprof/profile"
	"github.com/spf13/cobra"

	"sellerpulse/test/performance/parts"
)

func newProfile() *cobra.Command {
	var pkg, benchmark string
	var short bool
	c := &cobra.Command{
		Use: "profile", Short: "Print where the CPU time of an event goes, as Markdown", Args: cobra.NoArgs,
		Long: "Runs a benchmark that reports events/cpu-s, and prints where its CPU time went.",
		RunE: func(c *cobra.Command, _ []string) error { return profileOf(c.Context(), pkg, benchmark, short) },
	}
	c.Flags().StringVar(&pkg, "package", "sellerpulse/internal/worker", "package of the benchmark")
	c.Flags().StringVar(&benchmark, "bench", "^BenchmarkTask$", "the benchmark")
	c.Flags().BoolVar(&short, "short", false, "run it in short")
	return c
}

var eventsPerCPUSecond = regexp.MustCompile(`([0-9.e+]+) events/cpu-s`)

// profileOf runs a benchmark and prints its parts.
func profileOf(ctx context.Context, pkg, benchmark string, short bool) (err error) {
	folder, err := os.MkdirTemp("", "sellerpulse-profile-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	file := filepath.Join(folder, "cpu")
	arguments := []string{"test", "-run", "^$", "-bench", benchmark, "-benchtime", "1x", "-timeout", "1h", "-cpuprofile", file, "-outputdir", folder, fmt.Sprintf("-short=%t", short), pkg}
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Dir, command.Stderr = "", os.Stderr
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) } // Go ends the test with itself.
	output, err := command.Output()
	if err != nil {
		return fmt.Errorf("run benchmark: %w: %s", err, output)
	}
	found := eventsPerCPUSecond.FindSubmatch(output)
	if found == nil {
		return fmt.Errorf("run benchmark: none that reports events/cpu-s matches: name one with --package and --bench: %s", output)
	}
	perSecond, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		return fmt.Errorf("read events/cpu-s: %w", err)
	}
	profiled, err := readProfile(file)
	if err != nil {
		return err
	}
	fmt.Printf("`go test -run '^$' -bench '%s' -benchtime 1x %s`, %.0f events per CPU second:\n\n", benchmark, pkg, perSecond)
	return parts.Table(os.Stdout, parts.Shares(profiled), 1e6/perSecond)
}

func readProfile(name string) (*profile.Profile, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p, err := profile.Parse(file)
	if err != nil {
		return nil, fmt.Errorf("parse profile: %w", err)
	}
	return p, nil
}
