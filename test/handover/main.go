// The handover command measures how long alerts rest when processors come, go and crash. It starts Apache Kafka and processors in one group,
// gives them a state to carry, has one seller of each partition cause an alert every few milliseconds, and reads the alerts:
//
//	go run ./test/handover --orders 200000
//
// A rest is the longest time between two alerts of a partition. Kafka's jars must be there: `make kafka` fetches them.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/pflag"
)

// options of a measurement.
type options struct {
	Partitions int
	Orders     int           // in the state before anything is measured
	Interval   time.Duration // between two alerts of a partition
	Session    time.Duration // time-out of a silent processor
	Processor  string        // built when empty
}

func main() { os.Exit(command()) }

// command is main, with the exit code as its result.
func command() int {
	var o options
	pflag.IntVar(&o.Partitions, "partitions", 6, "partitions of each topic")
	pflag.IntVar(&o.Orders, "orders", 100_000, "orders in the state before anything is measured")
	pflag.DurationVar(&o.Interval, "interval", 20*time.Millisecond, "time between two alerts of a partition")
	pflag.DurationVar(&o.Session, "session-timeout", 6*time.Second, "of the processors")
	pflag.StringVar(&o.Processor, "processor", "", "processor to run, instead of building it")
	pflag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	rows, err := measure(ctx, o)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\n", r.what, r.rests)
	}
	_ = table.Flush() // To standard output.
	if err != nil {
		fmt.Fprintf(os.Stderr, "handover: %v\n", err)
		return 1
	}
	return 0
}
