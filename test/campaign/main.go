// The campaign command runs processors on Apache Kafka, does to them and to the brokers what goes wrong in operation, in an order that a
// seed decides, and checks that nothing was lost or doubled and that every number is right:
//
//	go run ./test/campaign --seed 1 --kills 1000 --brokers 3
//
// Package check says what is checked, fault.go what is done. Kafka's jars must be there: `make kafka` fetches them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"sellerpulse/test/campaign/patch"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(command(os.Args[1:])) }

func command(arguments []string) int {
	o, output, err := parse(arguments)
	if err != nil {
		fmt.Fprintf(os.Stderr, "campaign: %v\n", err)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	result, err := run(ctx, o)
	if err := errors.Join(err, show(&result, output)); err != nil {
		fmt.Fprintf(os.Stderr, "campaign: %v\n", err)
		return exitFailed
	}
	if len(result.Problems) > 0 {
		return exitFailed
	}
	return exitDone
}

func parse(arguments []string) (o options, output string, err error) {
	o = options{Progress: os.Stderr}
	f := pflag.NewFlagSet("campaign", pflag.ContinueOnError)
	addFlags(f, &o)
	bug := f.String("bug", "", "bug to build processors with")
	named := f.StringToInt("weight", nil, "how often each fault is, such as kill-one=3,cut=1, instead of the usual mix")
	f.StringVar(&output, "output", "table", "table or json")
	if err := f.Parse(arguments); err != nil {
		return o, "", err
	}
	if o.Brokers != 1 && o.Brokers != 3 || output != "table" && output != "json" {
		return o, "", errors.New("--brokers is 1 or 3, --output table or json")
	}
	if o.History != 0 && o.History != noHistory && (o.History < leastHistory || o.History > mostHistory) {
		return o, "", fmt.Errorf("--history is -1, or from %d to %d days", leastHistory, mostHistory)
	}
	if *bug != "" {
		o.Patches = [][]string{{*bug}, {*bug, patch.Small}}
	}
	if len(*named) > 0 {
		o.Weights, err = parseWeights(*named)
	}
	if err == nil && o.History > 0 && o.backfills() {
		err = errors.New("--history goes without backfills, whose states have counted from the beginning what others have from when it was asked for")
	}
	return o, output, err
}

func addFlags(f *pflag.FlagSet, o *options) {
	f.Uint64Var(&o.Seed, "seed", 1, "number that decides events and faults")
	f.IntVar(&o.Kills, "kills", 0, "go on until so many processors were killed")
	f.DurationVar(&o.Duration, "duration", 0, "go on for so long")
	f.IntVar(&o.Rounds, "rounds", 0, "go on for so many rounds; 1 without another length")
	f.IntVar(&o.Brokers, "brokers", 1, "brokers: 1, or 3 with topics replicated")
	f.IntVar(&o.Processors, "processors", 4, "processors at most")
	f.IntVar(&o.Partitions, "partitions", 8, "partitions of each topic")
	f.IntVar(&o.Sellers, "sellers", 200, "sellers")
	f.IntVar(&o.Strangers, "strangers", 20, "sellers in a hundred whose events arrive in a stranger's topic, and are carried over by intakes; not with --processor")
	f.IntVar(&o.Bursts, "bursts", 6, "bursts of events in a round")
	f.IntVar(&o.Events, "events", 800, "events in a burst")
	f.IntVar(&o.Faults, "faults", 10, "faults in a burst")
	f.IntVar(&o.History, "history", 0, "days for which counts are kept, of orders that are kept for some weeks; -1: for as long as orders; by default the seed decides")
	f.DurationVar(&o.SessionTimeout, "session-timeout", 0, "of the processors (default 6s)")
	f.DurationVar(&o.Gap, "gap", 0, "longest time between two faults (default 1.2s)")
	f.StringSliceVar(&o.Binaries, "processor", nil, "processors to run by turns, instead of building one as it is and one with small sizes")
	f.StringVar(&o.Folder, "folder", "", "where states and logs go; a temporary folder by default, removed when all is well")
}

// show prints the figures to standard output, and problems to standard error.
func show(result *figures, output string) error {
	for _, problem := range result.Problems {
		fmt.Fprintf(os.Stderr, "problem: %s\n", problem)
	}
	for _, message := range result.Messages {
		fmt.Fprintf(os.Stderr, "message: %s\n", message)
	}
	if output == "json" {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(result)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, row := range result.table() {
		fmt.Fprintf(table, "%s\t%s\n", row[0], row[1])
	}
	return table.Flush()
}
