// The performance command measures the processor, and beside it another program that does the same, on one Apache Kafka:
//
//	go run ./test/performance measure --peer DIR --runs 3 --out performance.jsonl
//	go run ./test/performance measure --scale 0.01
//	go run ./test/performance tables performance.jsonl
//	go run ./test/performance plot performance.jsonl docs/performance.svg
//	go run ./test/performance profile
//
// Programs run in turn, each from an empty state, on the same topics; measured is what the operating system counts of the one process, until its
// group has committed all events. Whatever is started ends with the command. Kafka's jars must be there: `make kafka` fetches them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"sellerpulse/test/performance/record"
)

func main() { os.Exit(command()) }

// command is main, with the exit code as its result.
func command() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{Use: "performance", Short: "Measure the processor", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(newMeasure(), newTables(), newPlot(), newProfile())
	err := root.ExecuteContext(ctx)
	if ctx.Err() != nil {
		fmt.Fprintln(os.Stderr, "performance: interrupted")
		return 1
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "performance: %v\n", err)
		return 1
	}
	return 0
}

func newTables() *cobra.Command {
	return &cobra.Command{
		Use: "tables FILE…", Short: "Print the tables of what --out wrote, as Markdown", Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			all, err := read(files)
			if err != nil {
				return err
			}
			return record.Tables(os.Stdout, all)
		},
	}
}

func newPlot() *cobra.Command {
	var scenarios []string
	c := &cobra.Command{
		Use: "plot FILE… SVG", Short: "Draw how cost grows, of what --out wrote", Args: cobra.MinimumNArgs(2),
		RunE: func(_ *cobra.Command, files []string) (err error) {
			last := len(files) - 1
			all, err := read(files[:last])
			if err != nil {
				return err
			}
			file, err := os.Create(files[last])
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, file.Close()) }()
			return record.Plot(file, all, scenarios)
		},
	}
	c.Flags().StringSliceVar(&scenarios, "only", []string{"10k", "200k", "1m", "10m-orders", "zipf"}, "scenarios to draw")
	return c
}

// read reads the records of files.
func read(files []string) (all []record.Record, err error) {
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		more, err := record.Read(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, more...)
	}
	return all, nil
}
