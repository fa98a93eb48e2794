package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"sellerpulse/test/brokertest/apachekafka"
	"sellerpulse/test/campaign/fleet"
)

// row is what was measured of one event in the group's life.
type row struct {
	what  string
	rests rests
}

// rests are the longest rest of each partition, sorted.
type rests []time.Duration

// String is the least, the median and the longest.
func (r rests) String() string {
	if len(r) == 0 {
		return "no partition"
	}
	slices.Sort(r)
	ms := func(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }
	return fmt.Sprintf("%s least, %s median, %s longest, of %d partitions", ms(r[0]), ms(r[len(r)/2]), ms(r[len(r)-1]), len(r))
}

// group is the processors under measurement.
type group struct {
	options
	brokers   string
	folder    string
	standby   int
	processes []*process
}

// measure goes through the events with standbys and without.
func measure(ctx context.Context, o options) (rows []row, err error) {
	cluster, err := apachekafka.Start(ctx, apachekafka.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	folder, err := os.MkdirTemp("", "sellerpulse-handover-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if o.Processor == "" {
		if o.Processor, err = fleet.Build(ctx, folder); err != nil {
			return nil, err
		}
	}
	for standby := range 2 {
		g := &group{options: o, brokers: strings.Join(cluster.Addresses(), ","), folder: filepath.Join(folder, fmt.Sprint(standby)), standby: standby}
		more, err := g.measure(ctx)
		rows = append(rows, more...)
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func (g *group) measure(ctx context.Context) (rows []row, err error) {
	defer g.close()
	load, err := g.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer load.close()
	name := map[int]string{0: "without standbys: ", 1: "with standbys: "}[g.standby]
	add := func(what string, r rests) { rows = append(rows, row{name + what, r}) }

	before, err := g.owners(ctx)
	if err != nil {
		return rows, err
	}
	mark := time.Now()
	if err := errors.Join(g.start(ctx, 2), load.awaitSteady(ctx)); err != nil {
		return rows, err
	}
	after, err := g.owners(ctx)
	if err != nil {
		return rows, err
	}
	stay := func(p int) bool { return before[p] == after[p] }
	add("a third processor joins, partitions that stay", load.since(mark, stay))
	add("a third processor joins, partitions that move", load.since(mark, func(p int) bool { return !stay(p) }))
	if err := g.awaitCopies(ctx); err != nil {
		return rows, err
	}

	mark = time.Now()
	g.processes[2].signal(syscall.SIGKILL)
	killed := func(p int) bool { return after[p] == 2 }
	if err := errors.Join(load.awaitRest(ctx, killed), load.awaitSteady(ctx)); err != nil {
		return rows, err
	}
	add("kill -9 of one of three, its partitions", load.since(mark, killed))
	add("kill -9 of one of three, the others", load.since(mark, func(p int) bool { return !killed(p) }))

	if err := errors.Join(g.start(ctx, 2), load.awaitSteady(ctx), g.awaitCopies(ctx)); err != nil {
		return rows, err
	}
	mark = time.Now()
	for i := range g.processes {
		g.processes[i].signal(syscall.SIGTERM)
		if err := errors.Join(g.start(ctx, i), load.awaitSteady(ctx)); err != nil {
			return rows, err
		}
	}
	add("rolling restart of three", load.since(mark, func(int) bool { return true }))
	return rows, nil
}
