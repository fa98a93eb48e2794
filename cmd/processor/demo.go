package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"sellerpulse/internal/app/demo"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// newDemo is `processor demo`.
func newDemo(s *session) *cobra.Command {
	sellers, rate, number := count(40), count(200), seed(1)
	var duration span
	listen, insecure := address("127.0.0.1:0"), false
	cmd := &cobra.Command{
		Use: "demo [flags]", Short: "Run everything with a simulated marketplace", Args: noArguments,
		Long: `Runs everything in one process, with nothing installed: an embedded Kafka broker on loopback, a simulated marketplace whose sellers have
recognisable fates, and the service. 120 days of history go through as fast as they can, then the marketplace goes on live. Alerts are
printed as they come, a summary when it is stopped with Ctrl-C. Nothing is left behind. The same seed gives the same history, and within
the same hour the same alerts for it.`,
		Example: `  processor demo
  processor demo --sellers 200 --rate 1000 --seed 7
  processor demo --duration 10s`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if sellers > maxDemoSellers || rate > maxDemoRate {
				return usage("the demo has at most %d --sellers and %d for --rate", maxDemoSellers, maxDemoRate)
			}
			guard, err := s.guard(&httpFlags{listen: listen, insecure: insecure})
			if err != nil {
				return err
			}
			return s.demo(cmd.Context(), demo.Options{
				Sellers: int(sellers), Rate: int(rate), Seed: uint64(number), HistoryDays: historyDays, Duration: time.Duration(duration), Listen: string(listen),
				Access: guard, Logger: s.log, Version: versionName(),
			}, cmd.Flags().Changed("log-level"))
		},
	}
	f := cmd.Flags()
	f.Var(&sellers, "sellers", "sellers of the marketplace")
	f.Var(&rate, "rate", "events a second of all sellers together, once live")
	f.Var(&number, "seed", "another seed is another marketplace")
	f.Var(&duration, "duration", "stop after this much live time instead of on Ctrl-C")
	f.Var(&listen, "listen", "where /metrics and the probes are; port 0 takes a free one")
	addToggle(f, &insecure, insecureFlag, insecureUse)
	return cmd
}

// What one machine bears: the whole history is in memory.
const (
	maxDemoSellers = 10_000
	maxDemoRate    = 100_000
)

// historyDays is as far back as orders count.
const historyDays = 120

func (s *session) demo(ctx context.Context, o demo.Options, logged bool) error {
	if !logged { // Who watches alerts wants to hear of troubles only.
		s.shared.logLevel.value = "warn"
		o.Logger = s.shared.logger(s.stderr)
	}
	o.Worker.Options = task.Options{
		AppID: s.shared.appID, Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: historyDays, AsOf: events.None,
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
