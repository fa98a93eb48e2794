// The plateau command shows that neither the state nor its changelog grows for ever: it sends a marketplace's events of many days to Apache
// Kafka, some days at a time, runs the processor to their end each time, and prints what is on disk:
//
//	go run ./test/plateau --days 400
//
// Orders expire 120 days after their date and are forgotten 90 days later, so that both should stay where they are from about day 210 on. The
// changelog's segments and the time for which tombstones are kept are small here, for the cleaner to come by within the minutes that this
// takes. Kafka's jars must be there: `make kafka` fetches them.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/simulate"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest/apachekafka"
	"sellerpulse/test/campaign/fleet"
)

// options of a run.
type options struct {
	Days, Step, Sellers, Orders int
	Processor                   string
}

func main() { os.Exit(command()) }

// command is main, with the exit code as its result.
func command() int {
	var o options
	pflag.IntVar(&o.Days, "days", 400, "days of events")
	pflag.IntVar(&o.Step, "step", 20, "days between two lines")
	pflag.IntVar(&o.Sellers, "sellers", 200, "sellers")
	pflag.IntVar(&o.Orders, "events", 2000, "events a day")
	pflag.StringVar(&o.Processor, "processor", "", "processor to run, instead of building it")
	pflag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintf(os.Stderr, "plateau: %v\n", err)
		return 1
	}
	return 0
}

// lab is Kafka, a client of it and the processor's place.
type lab struct {
	options
	brokers string
	folder  string
	client  *kgo.Client
	admin   *kadm.Client
}

func run(ctx context.Context, o options) (err error) {
	// The cleaner looks often.
	cluster, err := apachekafka.Start(ctx, apachekafka.Options{Settings: map[string]string{"log.cleaner.backoff.ms": "500", "log.retention.check.interval.ms": "5000"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	folder, err := os.MkdirTemp("", "sellerpulse-plateau-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.Addresses()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return err
	}
	defer client.Close()
	l := &lab{options: o, brokers: strings.Join(cluster.Addresses(), ","), folder: folder, client: client, admin: kadm.NewClient(client)}
	return l.run(ctx)
}

func (l *lab) run(ctx context.Context) error {
	if l.Processor == "" {
		var err error
		if l.Processor, err = fleet.Build(ctx, l.folder); err != nil {
			return err
		}
	}
	if err := l.prepare(ctx); err != nil {
		return err
	}
	// The last days of the events are today's.
	start := time.Now().AddDate(0, 0, -l.Days).UnixMilli()
	all := simulate.RandomMarketplace(simulate.RandomOptions{Seed: 1, Events: l.Orders * l.Days, Sellers: l.Sellers, Start: start, Days: l.Days})
	slices.SortStableFunc(all, func(a, b events.Event) int { return cmp.Compare(a.OccurredAt, b.OccurredAt) })
	fmt.Printf("%5s %10s %12s %17s\n", "day", "events", "state", "changelog")
	sent := 0
	for day := l.Step; day <= l.Days; day += l.Step {
		until := start + int64(day)*24*time.Hour.Milliseconds()
		n := sent
		for n < len(all) && all[n].OccurredAt < until {
			n++
		}
		if err := errors.Join(l.send(ctx, all[sent:n]), l.process(ctx, "run", "--until-end", "--state-dir", filepath.Join(l.folder, "state"))); err != nil {
			return err
		}
		sent = n
		if err := l.print(ctx, day, sent); err != nil {
			return err
		}
	}
	return nil
}

const appID = "plateau"

// process runs a subcommand.
func (l *lab) process(ctx context.Context, arguments ...string) error {
	command := exec.CommandContext(ctx, l.Processor, append(arguments, "--brokers", l.brokers, "--app-id", appID)...)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("processor %s: %w: %s", arguments[0], err, output)
	}
	return nil
}

// prepare makes the topics, the changelog with small segments.
func (l *lab) prepare(ctx context.Context) error {
	if err := l.process(ctx, "topics", "--partitions", "1"); err != nil {
		return err
	}
	small := func(name, value string) kadm.AlterConfig { return kadm.AlterConfig{Name: name, Value: &value} }
	altered, err := l.admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{small("segment.bytes", "1048576"), small("delete.retention.ms", "1000")}, appID+"-changelog")
	if err != nil {
		return err
	}
	for _, a := range altered {
		err = errors.Join(err, a.Err)
	}
	return err
}

func (l *lab) send(ctx context.Context, all []events.Event) error {
	var failure error
	var encoder events.Encoder
	for i := range all {
		e := &all[i]
		l.client.Produce(ctx, &kgo.Record{Topic: e.Topic.String(), Partition: stream.PartitionFor([]byte(e.SellerID), 1), Key: []byte(e.SellerID), Value: encoder.AppendAvro(nil, e)},
			func(_ *kgo.Record, err error) { failure = errors.Join(failure, err) })
	}
	return errors.Join(l.client.Flush(ctx), failure)
}

// print prints what is on disk, once the cleaner has come by: until the changelog has not shrunk for a while.
func (l *lab) print(ctx context.Context, day, sent int) error {
	least, calm := int64(-1), 0
	const enough = 6
	beat := time.NewTicker(500 * time.Millisecond)
	defer beat.Stop()
	for calm < enough {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		size, err := l.changelog(ctx)
		if err != nil {
			return err
		}
		if calm++; least < 0 || size < least {
			least, calm = size, 0
		}
	}
	fmt.Printf("%5d %10d %8.1f MB %13.1f MB\n", day, sent, float64(l.state())/1e6, float64(least)/1e6)
	return nil
}

// changelog is the bytes of the changelog on the broker's disk.
func (l *lab) changelog(ctx context.Context) (size int64, err error) {
	dirs, err := l.admin.DescribeAllLogDirs(ctx, kadm.TopicsSet{appID + "-changelog": {0: {}}})
	if err != nil {
		return 0, err
	}
	dirs.Each(func(d kadm.DescribedLogDir) {
		err = errors.Join(err, d.Err)
		size += d.Size()
	})
	return size, err
}

// state is the bytes of the state directory.
func (l *lab) state() (size int64) {
	_ = filepath.WalkDir(filepath.Join(l.folder, "state"), func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // It was compacted away.
		}
		if info, err := entry.Info(); err == nil && !entry.IsDir() {
			size += info.Size()
		}
		return nil
	})
	return size
}
