// Package lab measures programs that read a marketplace's events from Kafka, keep a state and publish alerts: the processor, and others that
// do the same on the same topics. It measures them from outside, by what their group has committed and by what the operating system counts,
// so that all are measured alike.
//
// It leaves what to measure, and showing it, to its callers.
//
// Invariant: no process that it starts outlives it, and every wait is bounded.
package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/simulate"
	"sellerpulse/schemas"
	"sellerpulse/test/brokertest/apachekafka"
)

// Options of a lab.
type Options struct {
	Embedded bool                             // an embedded broker in place of Apache Kafka
	Limit    time.Duration                    // of one wait
	Log      func(format string, args ...any) // is told what is under way
}

// Lab is a broker and a place for what programs write. Its methods are for one goroutine at a time.
type Lab struct {
	Options
	Brokers string
	Folder  string
	Schemas string // folder of the newest version of each schema

	client  *kgo.Client
	admin   *kadm.Client
	closers []func() error
	runs    int
	failed  atomic.Pointer[error] // the first that sending met
}

// New starts the broker.
func New(ctx context.Context, o Options) (l *Lab, err error) {
	l = &Lab{Options: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
		}
	}()
	if l.Folder, err = os.MkdirTemp("", "sellerpulse-performance-"); err != nil {
		return l, fmt.Errorf("make folder: %w", err)
	}
	l.closers = append(l.closers, func() error { return os.RemoveAll(l.Folder) })
	if err := l.startBroker(ctx); err != nil {
		return l, err
	}
	l.client, err = kgo.NewClient(kgo.SeedBrokers(strings.Split(l.Brokers, ",")...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(time.Millisecond), kgo.MaxBufferedRecords(100_000), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.MetadataMinAge(10*time.Millisecond), kgo.UnknownTopicRetries(1000)) // Programs make topics too.
	if err != nil {
		return l, fmt.Errorf("make client: %w", err)
	}
	l.closers = append(l.closers, func() error { l.client.Close(); return nil })
	l.admin = kadm.NewClient(l.client)
	return l, l.writeSchemas()
}

func (l *Lab) startBroker(ctx context.Context) error {
	if l.Embedded {
		broker, err := simulate.StartBroker()
		if err != nil {
			return err
		}
		l.closers = append(l.closers, func() error { broker.Close(); return nil })
		l.Brokers = strings.Join(broker.Addresses(), ",")
		return nil
	}
	// Logs are not compacted meanwhile: their sizes are then what was written, and compaction takes no CPU from what is measured.
	cluster, err := apachekafka.Start(ctx, apachekafka.Options{Settings: map[string]string{"log.cleaner.backoff.ms": "86400000"}})
	if err != nil {
		return err
	}
	l.closers = append(l.closers, cluster.Close)
	l.Brokers = strings.Join(cluster.Addresses(), ",")
	return nil
}

func (l *Lab) writeSchemas() error {
	l.Schemas = filepath.Join(l.Folder, "schemas")
	if err := os.Mkdir(l.Schemas, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	for _, name := range schemas.Names() {
		if err := os.WriteFile(filepath.Join(l.Schemas, name+".avsc"), []byte(schemas.Text(name)), 0o600); err != nil {
			return fmt.Errorf("write schema: %w", err)
		}
	}
	return nil
}

// Close stops the broker and removes all files.
func (l *Lab) Close() error {
	var err error
	for i := len(l.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, l.closers[i]())
	}
	l.closers = nil
	return err
}

// logInterval is the time between two words on a wait.
const logInterval = 5 * time.Second

func waiting(until string) func() string { return func() string { return "waiting until " + until } }

// poll tries until it is done, until the limit, and logs now and then how far that is.
func (l *Lab) poll(ctx context.Context, far func() string, interval time.Duration, done func() (bool, error)) error {
	limit := time.NewTimer(l.Limit)
	defer limit.Stop()
	beat, log := time.NewTicker(interval), time.NewTicker(logInterval)
	defer beat.Stop()
	defer log.Stop()
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-beat.C:
		case <-log.C:
			l.Log("%s", far())
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			return fmt.Errorf("%s, after %v: give it more by --limit, or see why it hangs", far(), l.Limit)
		}
	}
}
