package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/test/campaign/fleet"
	"sellerpulse/test/performance/lab"
	"sellerpulse/test/performance/market"
	"sellerpulse/test/performance/record"
)

// flags of measure.
type flags struct {
	only           []string
	scale, depth   float64
	runs           int
	memory         []string
	peer, peerHeap string
	binary         string
	out            string
	limit          time.Duration
}

func newMeasure() *cobra.Command {
	var f flags
	names := make([]string, len(scenarios))
	for i, s := range scenarios {
		names[i] = s.name
	}
	c := &cobra.Command{
		Use: "measure", Short: "Measure, and print tables as Markdown", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.measure(c.Context()) },
	}
	c.Flags().StringSliceVar(&f.only, "only", nil, "scenarios to measure, instead of all but the largest, 10m-orders: "+strings.Join(names, ", "))
	c.Flags().Float64Var(&f.scale, "scale", 1, "of sellers, rates and durations: 0.01 takes a minute or two")
	c.Flags().Float64Var(&f.depth, "depth", 1, "of orders of a seller")
	c.Flags().IntVar(&f.runs, "runs", 1, "how often each is measured; programs take turns")
	c.Flags().StringSliceVar(&f.memory, "memory", []string{"700MiB"}, "what the processor is to keep to; several take turns")
	c.Flags().StringVar(&f.peer, "peer", "", "folder of a program for Kafka Streams, built by Maven, to measure too")
	c.Flags().StringVar(&f.peerHeap, "peer-heap", "3g", "its heap")
	c.Flags().StringVar(&f.binary, "processor", "", "processor to run, instead of building it")
	c.Flags().StringVar(&f.out, "out", "", "file to append a line of JSON to for each measurement")
	c.Flags().DurationVar(&f.limit, "limit", 30*time.Minute, "of one wait")
	return c
}

// session is what all measurements of a command share.
type session struct {
	flags
	lab      *lab.Lab
	programs []lab.Program // the processor, once for each memory, comes first
	out      io.Writer
	records  []record.Record
	failed   bool // something did
}

func (f flags) measure(ctx context.Context) (err error) {
	chosen, err := f.chosen()
	if err != nil {
		return err
	}
	begun := time.Now()
	l, err := lab.New(ctx, lab.Options{Limit: f.limit, Log: func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "%6.0f s  "+format+"\n", append([]any{time.Since(begun).Seconds()}, args...)...)
	}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	s := &session{flags: f, lab: l, out: io.Discard}
	if err := s.findPrograms(ctx); err != nil {
		return err
	}
	if f.out != "" {
		file, err := os.OpenFile(f.out, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		defer file.Close() // Each line was written by itself.
		s.out = file
	}
	// What was measured is shown, whatever comes of the rest.
	defer func() { err = errors.Join(err, record.Tables(os.Stdout, s.records)) }()
	for _, one := range chosen {
		if err := s.run(ctx, one); err != nil {
			return fmt.Errorf("scenario %s: %w", one.name, err)
		}
	}
	if s.failed {
		return errors.New("not everything could be measured: see what failed below the tables")
	}
	return nil
}

// chosen is the scenarios to measure, scaled.
func (f flags) chosen() (chosen []scenario, err error) {
	for _, name := range f.only {
		if !slices.ContainsFunc(scenarios, func(s scenario) bool { return s.name == name }) {
			return nil, fmt.Errorf("--only: there is no scenario %q: see --help for those that there are", name)
		}
	}
	for _, s := range scenarios {
		if len(f.only) == 0 && !s.large || slices.Contains(f.only, s.name) {
			chosen = append(chosen, s.scaled(f.scale, f.depth))
		}
	}
	return chosen, nil
}

func (s *session) findPrograms(ctx context.Context) (err error) {
	if s.binary == "" {
		if s.binary, err = fleet.Build(ctx, s.lab.Folder); err != nil {
			return err
		}
	}
	for _, memory := range s.memory {
		s.programs = append(s.programs, lab.Sellerpulse(s.binary, memory))
	}
	if s.peer != "" {
		peer, err := lab.KafkaStreams(s.peer, s.lab.Schemas, s.peerHeap)
		if err != nil {
			return err
		}
		s.programs = append(s.programs, peer)
	}
	return nil
}

// run measures all programs in a scenario, in turn.
func (s *session) run(ctx context.Context, one scenario) (err error) {
	var topics *lab.Topics
	if one.orders > 0 {
		options := market.Options{Seed: 1, Sellers: one.sellers, Orders: one.orders, Skew: one.skew, Start: marketStart(), OneDay: one.oneDay}
		if topics, err = s.lab.Fill(ctx, one.partitions, options); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.lab.Drop(ctx, topics)) }()
	}
	for number := range s.runs {
		for _, program := range s.programs {
			if one.ours && program.Name != s.programs[0].Name {
				continue
			}
			s.lab.Log("scenario %s, run %d of %d: %s", one.name, number+1, s.runs, program.Name)
			if err := s.runProgram(ctx, one, topics, program); err != nil {
				return err
			}
		}
	}
	return nil
}

// runProgram measures what a scenario is about. A program that fails at it, as for want of memory, does not keep others from being measured.
func (s *session) runProgram(ctx context.Context, one scenario, topics *lab.Topics, program lab.Program) error {
	for _, measure := range one.measures {
		err := measure(ctx, s, one, topics, program)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.lab.Log("scenario %s: %s failed: %v", one.name, program.Name, err)
			s.failed = true
			failed := record.Record{Measure: record.Failed, Scenario: one.name, Program: program.Name, Memory: program.Memory, At: time.Now().UTC(), Failure: err.Error()}
			if err := s.add(failed); err != nil {
				return err
			}
		}
	}
	return nil
}

// keep keeps a measurement.
func (s *session) keep(kind string, one scenario, t *lab.Topics, p lab.Program, r *lab.Run, figures map[string]float64, series []record.Point) error {
	const points = 400
	made := record.Record{
		Measure: kind, Scenario: one.name, Program: p.Name, Memory: p.Memory, Command: r.Command, At: time.Now().UTC(),
		Partitions: t.Partitions, Sellers: cmp.Or(t.Sellers, one.sellers), Events: t.Events, Rate: one.rate, Figures: figures, Series: record.Thin(series, points),
	}
	return s.add(made)
}

func (s *session) add(r record.Record) error {
	s.records = append(s.records, r)
	return record.Append(s.out, r)
}

// marketStart has a marketplace end today, so that the present is no leap for who follows the clock once all is read.
func marketStart() int64 {
	return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -market.Days).UnixMilli()
}

func scaled(n int, by float64) int { return max(1, int(math.Round(float64(n)*by))) }
