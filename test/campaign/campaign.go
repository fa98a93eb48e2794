package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sellerpulse/test/campaign/check"
	"sellerpulse/test/campaign/cluster"
	"sellerpulse/test/campaign/fleet"
	"sellerpulse/test/campaign/market"
	"sellerpulse/test/campaign/patch"
)

// appID is the id of the first application.
const appID = "campaign"

// campaign is one as it goes.
type campaign struct {
	options options
	started time.Time
	random  *rand.Rand // of the faults

	cluster *cluster.Cluster
	fleet   *fleet.Fleet
	intake  *fleet.Fleet // nil without strangers
	market  *market.Market
	checker *check.Checker
	account account
	failing failing

	app     cluster.App
	applied applied         // rules, to it
	eras    int             // applications before it
	sent    []market.Record // to it, in order
	surely  []fault         // that are still to be done, whatever the weights

	faults     sync.WaitGroup // those that are not over
	background sync.WaitGroup // of what goes on beside the rounds
	healing    atomic.Bool    // a partition that has failed may go on
	elsewhere  bool           // the state is in a changelog which is not the application's own
	verifies   bool           // the processor has a verify command
	temporary  bool           // the folder is removed in the end
}

// run runs a campaign and returns what it did and found. The error says that it could not go on.
func run(ctx context.Context, o options) (result figures, err error) {
	c := &campaign{options: o.withDefaults(), started: time.Now(), random: rand.New(rand.NewPCG(o.Seed, 2))}
	o = c.options
	c.surely = o.Surely
	c.account.figures = figures{Seed: o.Seed, Brokers: o.Brokers, Processors: o.Processors, HistoryDays: max(o.History, 0)}
	ctx, cancel := context.WithCancel(ctx)
	unfailed, fail := context.WithCancel(ctx)
	c.account.failed = fail
	defer c.background.Wait()
	defer cancel()
	if err := c.open(ctx); err != nil {
		return c.result(), errors.Join(err, c.close())
	}
	c.background.Go(func() { c.watch(ctx) })
	err = c.rounds(unfailed)
	if failed := len(c.result().Problems) > 0; failed || err != nil {
		if failed && unfailed.Err() != nil && ctx.Err() == nil {
			err = nil // It was only called off.
		}
		err = errors.Join(err, c.keep(ctx))
	}
	cancel()
	c.faults.Wait()
	return c.result(), errors.Join(err, c.close())
}

// keep keeps what explains a failure: the topics beside the states and logs.
func (c *campaign) keep(ctx context.Context) error {
	c.temporary = false
	c.faults.Wait()
	fmt.Fprintf(c.options.Progress, "topics, logs and states are kept in %s\n", c.options.Folder)
	return c.cluster.Dump(ctx, filepath.Join(c.options.Folder, "topics"))
}

// open builds and starts everything but processors.
func (c *campaign) open(ctx context.Context) (err error) {
	o := &c.options
	if o.Folder == "" {
		c.temporary = true
		if o.Folder, err = os.MkdirTemp("", "sellerpulse-campaign-"); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
	}
	if len(o.Binaries) == 0 {
		if o.Binaries, err = build(ctx, o.Folder, o.patches()); err != nil {
			return err
		}
	}
	if c.cluster, err = cluster.Start(ctx, o.Brokers); err != nil {
		return err
	}
	c.market = market.New(market.Options{Seed: o.Seed, Sellers: o.Sellers, Partitions: o.Partitions, Strangers: o.Strangers, StrangePartitions: strangePartitions})
	c.verifies = exec.CommandContext(ctx, o.Binaries[0], "help", "verify").Run() == nil
	c.fleet = fleet.New(fleet.Options{Binaries: o.Binaries, Folder: o.Folder, Slots: o.Processors + mostBackfillers + 1, OnExit: c.account.exit, OnError: c.failed})
	if err := c.openIntake(); err != nil {
		return err
	}
	return c.serve(ctx, c.application(appID, "", o.Partitions))
}

// application is one with a stranger's topic, if there are strangers.
func (c *campaign) application(id, prefix string, partitions int) cluster.App {
	app := cluster.App{ID: id, Prefix: prefix, Partitions: partitions}
	if c.options.Strangers > 0 {
		app.Strange = strangePartitions
	}
	return app
}

// build builds processors into a folder, each with its patches.
func build(ctx context.Context, folder string, patches [][]string) (binaries []string, err error) {
	for i, names := range patches {
		to := filepath.Join(folder, "build-"+strconv.Itoa(i))
		if err := os.MkdirAll(to, 0o700); err != nil {
			return nil, fmt.Errorf("make folder: %w", err)
		}
		overlay, err := patch.Overlay(to, names...)
		if err != nil {
			return nil, err
		}
		binary, err := fleet.Build(ctx, to, "-overlay", overlay)
		if err != nil {
			return nil, err
		}
		binaries = append(binaries, binary)
	}
	return binaries, nil
}

// shared are arguments of all commands.
func (c *campaign) shared() []string {
	return []string{"--brokers", strings.Join(c.cluster.Cuts.Addresses(), ","), "--app-id", c.app.ID, "--topic-prefix", c.app.Prefix}
}

// arguments of `processor run` and `processor backfill start`.
func (c *campaign) arguments() []string {
	return append(append(c.shared(), c.options.lifetime()...),
		"--listen", "127.0.0.1:0", "--session-timeout", c.options.SessionTimeout.String(), "--health-interval", "200ms", "--standby", "1")
}

// close ends everything. What the campaign left on disk is kept when it failed.
func (c *campaign) close() error {
	var errs []error
	for _, f := range []*fleet.Fleet{c.fleet, c.intake} {
		if f != nil {
			f.Close()
		}
	}
	if c.checker != nil {
		c.checker.Close()
	}
	if c.cluster != nil {
		errs = append(errs, c.cluster.Close())
	}
	if c.temporary {
		errs = append(errs, os.RemoveAll(c.options.Folder))
	}
	return errors.Join(errs...)
}

// result is the figures up to now.
func (c *campaign) result() figures {
	f := c.account.now()
	f.Seconds = time.Since(c.started).Seconds()
	if c.cluster != nil {
		f.Cuts = c.cluster.Cuts.Done()
	}
	return f
}

// rounds goes round until the campaign is as long as it is to be, or something is wrong.
func (c *campaign) rounds(ctx context.Context) error {
	for {
		if err := c.round(ctx); err != nil {
			return fmt.Errorf("seed %d, round %d: %w", c.options.Seed, c.account.now().Rounds, err)
		}
		f := c.result()
		fmt.Fprintf(c.options.Progress, "round %d: %.0f s, %d kills, %d broker kills, %d events, %d alerts, longest stop %.1f s, %d exits unasked, %d problems\n",
			f.Rounds, f.Seconds, f.Kills, f.BrokerKills, f.Events, f.Alerts, f.LongestStopSeconds, f.Exits, len(f.Problems))
		if len(f.Problems) > 0 {
			return nil
		}
		if f.Rounds >= c.options.Rounds && f.Kills >= c.options.Kills && time.Since(c.started) >= c.options.Duration {
			return nil
		}
	}
}

// wait waits, unless ctx ends before.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// someTime is how long nobody minds waiting longer than needed.
const someTime = 50 * time.Millisecond

// until waits until something is done, which it finds out every so often, but not longer than most.
func until(ctx context.Context, most, every time.Duration, done func() bool) {
	limited, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !done() && limited.Err() == nil {
		wait(limited, every)
	}
}

func errorsOf(errs ...error) error { return errors.Join(errs...) }
