package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/demo"
	"sellerpulse/internal/mapping"
	"sellerpulse/internal/meant"
	"sellerpulse/internal/rulefile"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// newDemo is `processor demo`.
func newDemo(s *session) *cobra.Command {
	sellers, rate, number := count(40), count(200), seed(1)
	var duration span
	var packs, files []string
	listen, insecure, file := address("127.0.0.1:0"), false, ""
	cmd := &cobra.Command{
		Use: "demo [flags]", Short: "Run everything with a simulated marketplace", Args: noArguments,
		Long: `Runs everything in one process, with nothing installed: an embedded Kafka broker on loopback, a simulated marketplace whose sellers have
recognisable fates, and the service. 120 days of history go through as fast as they can, then the marketplace goes on live. Alerts are
printed as they come, a summary when it is stopped with Ctrl-C. Nothing is left behind. The same seed gives the same history, and within
the same hour the same alerts for it. With --pack the sellers sell on the marketplace of a pack, and are judged by its rules.
With --mapping the broker has the topics that a mapping names, too, and what is sent there is carried in beside the marketplace. Of a
--schema-registry only schemas of these records are read: nothing is registered there.`,
		Example: `  processor demo
  processor demo --sellers 200 --rate 1000 --seed 7
  processor demo --duration 10s
  processor demo --pack walmart-us
  processor demo --rules own.yaml
  processor demo --mapping mine.yaml`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if sellers > maxDemoSellers || rate > maxDemoRate {
				return usage("the demo has at most %d --sellers and %d for --rate", maxDemoSellers, maxDemoRate)
			}
			set, err := demoRules(packs, files)
			if err != nil {
				return err
			}
			guard, err := s.guard(&httpFlags{listen: listen, insecure: insecure})
			if err != nil {
				return err
			}
			m, err := s.demoMapping(file)
			if err != nil {
				return err
			}
			return s.demo(cmd.Context(), demo.Options{
				Mapping: m,
				Sellers: int(sellers), Rate: int(rate), Seed: uint64(number), HistoryDays: historyDays, Duration: time.Duration(duration), Listen: string(listen),
				Access: guard, Logger: s.log, Version: versionName(),
			}, set, cmd.Flags().Changed("log-level"))
		},
	}
	f := cmd.Flags()
	f.Var(&sellers, "sellers", "sellers of the marketplace")
	f.Var(&rate, "rate", "events a second of all sellers together, once live")
	f.Var(&number, "seed", "another seed is another marketplace")
	f.Var(&duration, "duration", "stop after this much live time instead of on Ctrl-C")
	f.Var(&listen, "listen", "where /metrics and the probes are; port 0 takes a free one")
	addMapping(cmd, &file, ", by which records of its topics are carried in")
	addToggle(f, &insecure, insecureFlag, insecureUse)
	f.StringSliceVar(&packs, "pack", nil, "`names` of packs that are the rules instead of the built-in one: \"processor rules list\" has them")
	_ = cmd.RegisterFlagCompletionFunc("pack", cobra.FixedCompletions(rulefile.Names(), cobra.ShellCompDirectiveNoFileComp)) // The flag exists.
	addRules(cmd, f, &files, "rule `files` or folders of them that are the rules instead of the built-in ones, beside those of --pack")
	return cmd
}

// demoMapping reads the mapping of --mapping; nil without.
func (s *session) demoMapping(file string) (*mapping.Mapping, error) {
	if file == "" {
		return nil, nil
	}
	return (&mappingFlags{schema: s.schemaNow()}).parse(s, file)
}

// What one machine bears: the whole history is in memory.
const (
	maxDemoSellers = 10_000
	maxDemoRate    = 100_000
)

// historyDays is as far back as orders count.
const historyDays = 120

// demoRules are the rules of packs and files; the built-in ones where neither are named.
func demoRules(packs, files []string) (*rules.Set, error) {
	for _, name := range packs {
		if !slices.Contains(rulefile.Names(), name) {
			return nil, usage("--pack: there is no pack %q: `processor rules list` has them%s", name, meant.Hint(name, rulefile.Names()))
		}
	}
	return readRules(slices.Concat(packs, files), historyOfRules)
}

func (s *session) demo(ctx context.Context, o demo.Options, set *rules.Set, logged bool) error {
	if !logged { // Who watches alerts wants to hear of troubles only.
		s.shared.logLevel.value = "warn"
		o.Logger = s.shared.logger(s.stderr)
	}
	o.Worker.Options = task.Options{
		AppID: s.shared.appID, Rules: set, Zone: time.UTC, RetentionDays: int32(demo.Days(set, historyDays)), AsOf: events.None,
		HealthInterval: 2 * time.Second,
	}
	screen := newDemoScreen(s)
	summary, err := demo.Run(ctx, o, screen)
	screen.clear()
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return writeSummary(s.stdout, summary)
}
