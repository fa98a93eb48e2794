package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"sellerpulse/internal/app"
	"sellerpulse/internal/backfill"
	"sellerpulse/internal/rulebook"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// ownDirectoryOf is the state directory of a candidate where none is named.
func ownDirectoryOf(name string) directory { return directory("sellerpulse-backfill-" + name) }

// newBackfillStart is `processor backfill start`.
func newBackfillStart(s *session) *cobra.Command {
	var flags runFlags
	var from origin
	cmd := &cobra.Command{
		Use: "start NAME [flags]", Short: "Build a second state beside the live one, and follow", Args: aName, ValidArgsFunction: s.completeNames,
		Long: `Builds a candidate from the inputs, as fast as it goes, and then follows them: what ` + "`processor run`" + ` does, with a group, a changelog, alerts,
reports and dead letters of its own, named APP-ID-backfill-NAME, which it creates. It publishes nothing to the live topics. Several processes
with the same NAME share the partitions, each with a state directory of its own. It may be stopped or killed at any time, and goes on where
it was when it is started again; what it was begun with does not change.

The terminal or the log tells how far it is, how fast, and how long it will take; ` + "`processor backfill status NAME`" + ` does so from anywhere.`,
		Example: `  processor backfill start mended --rules rules.yaml
  processor backfill start mended --rules rules.yaml --state-dir /var/lib/sellerpulse-mended --listen 127.0.0.1:8081
  processor backfill start since-march --from 2026-03-01T00:00:00Z
  processor backfill start bounded --until-end --as-of 2026-03-01T00:00:00Z`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("state-dir") {
				flags.stateDirectory = ownDirectoryOf(args[0])
			}
			return s.start(cmd.Context(), args[0], &flags, from.From)
		},
	}
	flags.add(cmd)
	f := cmd.Flags()
	f.Var(&from, "from", "where to begin: earliest, a `time` for the first records that arrived then or later, or records as topic/partition@offset, separated by commas, and others with their first")
	flags.http.listen = ""
	listen, state := f.Lookup("listen"), f.Lookup("state-dir")
	listen.DefValue, listen.Usage = "", "where /metrics, /livez and /readyz are; nowhere unless it is given"
	state.DefValue = string(ownDirectoryOf("NAME"))
	return cmd
}

// start begins the candidate, or goes on with it, and runs it.
func (s *session) start(ctx context.Context, name string, flags *runFlags, from backfill.From) error {
	c, err := s.candidate(name)
	if err != nil {
		return err
	}
	options, err := s.service(flags)
	if err != nil {
		return err
	}
	client, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	w := &options.Worker
	applied, err := s.goesByApplied(ctx, client, c.Live)
	if err != nil {
		return err
	}
	if gone, err := s.wasCutOver(ctx, client, c); gone || err != nil {
		if err != nil {
			return err
		}
		options.Formerly = state.OwnerOf(c.Topics.Changelog, client.ClusterID())
		if applied {
			options.ParseRules = flags.parsesRules()
		}
		return s.run(ctx, options, func(context.Context, *worker.Status) func() { return func() {} })
	}
	if err := backfill.CheckDirectory(client, c, options.StateDirectory); err != nil {
		return err
	}
	if options.ParseRules != nil {
		if err := app.TakeRules(ctx, client, &options); err != nil {
			return err
		}
	}
	live := *w
	if options.ParseRules == nil && applied { // The candidate goes by its --rules, and the live application by what is applied to it.
		options.ParseRules, options.RulesOfSuccessors, live.AppliedRules = flags.parsesRules(), true, true
	}
	d, err := backfill.Start(ctx, client, c, &backfill.Plan{From: from, Zone: w.Zone, RetentionDays: w.RetentionDays, HistoryDays: w.HistoryDays, Rules: w.Rules, Applied: w.AppliedRules})
	if err != nil {
		return err
	}
	w.AppID, w.Topics, w.From = c.AppID, c.Topics, d.Begins()
	w.Topics.Rules = live.Topics.Rules
	w.ClockBehind = candidateClockBehind
	options.Kafka.ClientID = c.AppID // Brokers may give it another quota than the live one.
	options.Labels = prometheus.Labels{"backfill": c.Name}
	if !flags.untilEnd {
		options.Work = s.candidateWork(c, live, options.StateDirectory)
	}
	if err := s.tellBegin(c, d, w.Rules, w.AsOf); err != nil {
		return err
	}
	return s.run(ctx, options, s.showCandidate(flags.untilEnd, client, c, d))
}

// candidateClockBehind is by how much a candidate's time follows the clock: so much more than a live one's, which says how far it is every minute, that
// the candidate is never ahead of it when it is cut over to.
const candidateClockBehind = 3 * time.Minute

// wasCutOver is whether a candidate was cut over to, so that its processes are the live application's.
func (s *session) wasCutOver(ctx context.Context, client *stream.Client, c *backfill.Candidate) (bool, error) {
	d, err := backfill.OpenControl(client, c).Find(ctx)
	if err != nil || d == nil {
		return false, nil // Beginning it says what is wrong.
	}
	c.Describe(d)
	gone, err := c.WasCutOver(ctx, client)
	if gone {
		s.log.Info("this backfill was cut over to: working for the live application", "name", c.Name, "application", c.Live)
	}
	return gone, err
}

// candidateWork runs a candidate until it is cut over to, and then works for the live application.
func (s *session) candidateWork(c *backfill.Candidate, live worker.Options, directory string) func(context.Context, *app.Process) error {
	return func(ctx context.Context, p *app.Process) error {
		live.Client, live.State, live.Logger, live.Memory, live.Registerer = p.Options.Client, p.Options.State, p.Options.Logger, p.Options.Memory, p.Metrics
		live.Address = p.Options.Address
		return backfill.Run(ctx, backfill.SuccessorOptions{
			Client: live.Client, Candidate: c, Control: backfill.OpenControl(live.Client, c), Worker: p.Worker, Live: live, Directory: directory, Logger: s.log,
			Ruled: ruledBy(p, &live),
		}, p.Now)
	}
}

// ruledBy is the rules by which the live application goes, if they are those that were applied to it.
func ruledBy(p *app.Process, live *worker.Options) func() *task.Ruled {
	if !live.AppliedRules {
		return nil
	}
	return p.Ruled
}

// goesByApplied is whether a live application goes by rules that were applied to it: if there are any, and its processes do not say otherwise.
func (s *session) goesByApplied(ctx context.Context, client *stream.Client, live string) (bool, error) {
	members, err := worker.Members(ctx, client, live)
	if err != nil {
		return false, err
	}
	for i := range members {
		if by := members[i].Fact(state.FactRules); by != "" && by != worker.AppliedRules {
			return false, nil
		}
	}
	book, err := rulebook.Open(ctx, client, s.shared.topics().Rules)
	if _, missing := errors.AsType[*rulebook.MissingError](err); missing {
		return false, nil
	}
	if err == nil {
		err = book.Read(ctx)
	}
	return err == nil && book.Newest() != nil, err
}

// tellBegin says with what the candidate begins, and what is not whole for it.
func (s *session) tellBegin(c *backfill.Candidate, d *backfill.Description, set *rules.Set, asOf events.Millis) error {
	s.log.Info("backfill", "name", c.Name, "changelog", c.Topics.Changelog, "begun", d.CreatedAt, "from", d.From)
	if d.WholeSince == nil {
		return nil
	}
	now := time.Now()
	if asOf != events.None {
		now = time.UnixMilli(asOf)
	}
	partial, err := d.Partial(set, now)
	if err != nil {
		return err
	}
	if len(partial) == 0 {
		s.log.Info("inputs do not reach back to their first records: the windows of all rules are whole all the same", "whole_since", d.WholeSince)
		return nil
	}
	texts := make([]string, len(partial))
	for i, p := range partial {
		texts[i] = fmt.Sprintf("%s until %v", p.Rule, p.Until)
	}
	s.log.Warn("inputs do not reach back to their first records: numbers of orders placed before that are not whole, nor are windows that have any of them",
		"whole_since", d.WholeSince, "not_whole", texts)
	return nil
}

// showCandidate tells how far a candidate is, until it has caught up.
func (s *session) showCandidate(bounded bool, client *stream.Client, c *backfill.Candidate, d *backfill.Description) watch {
	if bounded {
		return s.showBounded(true)
	}
	return s.catchUp(client, c, d).watch
}
