package lab

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sellerpulse/pkg/events"
	"sellerpulse/test/campaign/fleet"
	"sellerpulse/test/performance/market"
)

// These are the figures of docs/performance.md in small, on an embedded broker, as guards: take some before a change and after it, and have
// benchstat compare them. They know the processor from outside alone, so that they outlast whatever is changed inside.

func TestMain(m *testing.M) {
	code := m.Run()
	if binaryFolder != "" {
		_ = os.RemoveAll(binaryFolder) // Of the temporary folder.
	}
	os.Exit(code)
}

var binaryFolder string

// binary is the processor, built when a benchmark first needs it.
var binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "sellerpulse-bench-")
	if err != nil {
		return "", err
	}
	binaryFolder = folder
	return fleet.Build(context.Background(), folder)
})

// size is one for a benchmark, and another for seeing that it works, with -short.
func size(full, short int) int {
	if testing.Short() {
		return short
	}
	return full
}

// newBench is a lab with an embedded broker, and the processor.
func newBench(b *testing.B) (*Lab, Program) {
	b.Helper()
	built, err := binary()
	if err != nil {
		b.Fatal(err)
	}
	l, err := New(b.Context(), Options{Embedded: true, Limit: 5 * time.Minute, Log: func(string, ...any) {}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	return l, Sellerpulse(built, "700MiB")
}

// each measures on topics with a marketplace, and reports the mean of each figure under a unit; the figures with no unit are left out.
func each(b *testing.B, partitions int, o market.Options, units map[string]string, measure func(*Run) (map[string]float64, error)) {
	b.Helper()
	l, program := newBench(b)
	o.Start = time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -market.Days).UnixMilli()
	sums := map[string]float64{}
	for b.Loop() {
		b.StopTimer()
		topics, err := l.Fill(b.Context(), partitions, o)
		if err != nil {
			b.Fatal(err)
		}
		r := l.Begin(b.Context(), program, topics)
		b.StartTimer()
		figures, err := measure(r)
		b.StopTimer()
		if err != nil {
			b.Fatal(err)
		}
		for name, figure := range figures {
			sums[name] += figure
		}
		if err := r.End(context.WithoutCancel(b.Context())); err != nil {
			b.Fatal(err)
		}
		if err := l.Drop(b.Context(), topics); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	for name, unit := range units {
		b.ReportMetric(sums[name]/float64(b.N), unit)
	}
}

// catchUp measures how the processor reads all there is.
func catchUp(b *testing.B, partitions int, o market.Options) {
	b.Helper()
	units := map[string]string{"cost": "cpu-ns/event", "clock": "events/s", "resident": "MiB-peak", "state": "state-B/order", "written": "disk-B/event"}
	each(b, partitions, o, units, func(r *Run) (map[string]float64, error) {
		figures, _, err := r.CatchUp(b.Context())
		if err == nil {
			figures["cost"] = 1e9 / figures["cpu"]
		}
		return figures, err
	})
}

func BenchmarkTask(b *testing.B) { catchUp(b, 4, market.Options{Sellers: size(2000, 50), Orders: 50}) }

func BenchmarkManySellers(b *testing.B) {
	catchUp(b, 4, market.Options{Sellers: size(100_000, 1000), Orders: 1})
}

func BenchmarkZipf(b *testing.B) {
	catchUp(b, 4, market.Options{Sellers: size(2000, 50), Orders: 50, Skew: 1})
}

// BenchmarkOnePartition differs from BenchmarkTask in what a commit under way keeps waiting.
func BenchmarkOnePartition(b *testing.B) {
	catchUp(b, 1, market.Options{Sellers: size(2000, 50), Orders: 50})
}

func BenchmarkRestore(b *testing.B) {
	units := map[string]string{"clock": "records/s", "cost": "cpu-ns/record", "resident": "MiB-peak"}
	each(b, 4, market.Options{Sellers: size(2000, 50), Orders: 50}, units, func(r *Run) (map[string]float64, error) {
		b.StopTimer()
		_, _, err := r.CatchUp(b.Context())
		b.StartTimer()
		if err != nil {
			return nil, err
		}
		figures, err := r.Restore(b.Context())
		if err == nil {
			figures["cost"] = 1e9 / figures["cpu"]
		}
		return figures, err
	})
}

// BenchmarkIntake carries records over by a mapping, and events that are under no key.
func BenchmarkIntake(b *testing.B) {
	for name, o := range map[string]IntakeOptions{
		"shopify": {Mapping: "shopify", Source: "orders", Records: size(50_000, 500)}, "repartition": {Records: size(1_000_000, 5_000)},
	} {
		b.Run(name, func(b *testing.B) {
			units := map[string]string{"cost": "cpu-ns/event", "clock": "events/s", "resident": "MiB-peak"}
			each(b, 2, market.Options{Sellers: 1, Orders: 1}, units, func(r *Run) (map[string]float64, error) {
				figures, err := r.Intake(b.Context(), o)
				if err == nil {
					figures["cost"] = 1e9 / figures["cpu"]
				}
				return figures, err
			})
		})
	}
}

func BenchmarkMidnight(b *testing.B) {
	units := map[string]string{"cpu_us": "cpu-µs/seller", "resident": "MiB-peak"}
	each(b, 1, market.Options{Sellers: size(100_000, 1000), Orders: 1, OneDay: true}, units, func(r *Run) (map[string]float64, error) {
		return r.Midnights(b.Context())
	})
}

func BenchmarkDelay(b *testing.B) {
	l, program := newBench(b)
	sums := map[string]float64{}
	for b.Loop() {
		topics, err := l.Create(b.Context(), 4)
		if err != nil {
			b.Fatal(err)
		}
		r := l.Begin(b.Context(), program, topics)
		figures, err := r.Delay(b.Context(), now())
		if err != nil {
			b.Fatal(err)
		}
		if figures["alerts"] == 0 {
			b.Fatal("no alert came")
		}
		for name, figure := range figures {
			sums[name] += figure
		}
		if err := r.End(context.WithoutCancel(b.Context())); err != nil {
			b.Fatal(err)
		}
	}
	for name, unit := range map[string]string{"p50": "p50-ms", "p99": "p99-ms", "cores": "cores"} {
		b.ReportMetric(sums[name]/float64(b.N), unit)
	}
}

// now is events that happen while something is measured.
func now() LiveOptions {
	return LiveOptions{Sellers: 500, Rate: size(5000, 1000), WarmUp: time.Duration(size(2000, 100)) * time.Millisecond, Measure: time.Duration(size(8000, 900)) * time.Millisecond}
}

func BenchmarkBackfill(b *testing.B) {
	units := map[string]string{"clock": "events/s", "p99": "p99-ms", "p99_alone": "p99-ms-alone"}
	each(b, 4, market.Options{Sellers: size(2000, 50), Orders: 50}, units, func(r *Run) (map[string]float64, error) {
		figures, _, err := r.Backfill(b.Context(), now())
		return figures, err
	})
}

func BenchmarkCutOver(b *testing.B) {
	units := map[string]string{"rest": "rest-ms", "longest": "longest-ms"}
	each(b, 4, market.Options{Sellers: size(2000, 500), Orders: 4}, units, func(r *Run) (map[string]float64, error) {
		figures, err := r.CutOver(b.Context(), now())
		if err == nil && (figures["rest"] == 0 || figures["rules"] == 0) {
			err = fmt.Errorf("nothing was cut over: %v", figures)
		}
		return figures, err
	})
}

func BenchmarkDiff(b *testing.B) {
	units := map[string]string{"seconds": "s", "resident": "MiB-peak"}
	each(b, 4, market.Options{Sellers: size(20_000, 500), Orders: 2}, units, func(r *Run) (map[string]float64, error) {
		return r.Diff(b.Context())
	})
}

// BenchmarkProduce sends a file's lines.
func BenchmarkProduce(b *testing.B) {
	l, program := newBench(b)
	file, lines := writeLines(b, size(2000, 50))
	for b.Loop() {
		b.StopTimer()
		topics, err := l.Create(b.Context(), 4)
		if err != nil {
			b.Fatal(err)
		}
		r := l.Begin(b.Context(), program, topics)
		b.StartTimer()
		command := processor(r.program.binary, r.place, "produce", file)
		if output, err := exec.CommandContext(b.Context(), command.Path, command.Args[1:]...).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, output)
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// writeLines writes a marketplace's events as lines of JSON.
func writeLines(b *testing.B, sellers int) (name string, lines int) {
	b.Helper()
	name = filepath.Join(b.TempDir(), "events.jsonl")
	file, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	to := bufio.NewWriter(file)
	for _, e := range (market.Options{Sellers: sellers, Orders: 50, Start: 1_767_225_600_000}).Events() {
		fmt.Fprintf(to, "%s\n", events.AppendJSON(nil, e, true))
		lines++
	}
	if err := to.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
	return name, lines
}
