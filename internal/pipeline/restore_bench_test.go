package pipeline

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"sellerpulse/internal/simulate"
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
)

// BenchmarkRestore reads a changelog that the service wrote from Apache Kafka into an empty state. MB/s is of keys and values.
func BenchmarkRestore(b *testing.B) {
	broker := brokertest.Kafka(b)
	s := newTestService(b, broker, 1)
	const sellers, perSeller = 2000, 100
	s.produce(simulate.RandomMarketplace(simulate.RandomOptions{Seed: 1, Events: sellers * perSeller, Sellers: sellers, Start: marketStart, Days: 100}))
	if err := s.run(b.Context(), b.TempDir(), nil); err != nil {
		b.Fatal(err)
	}
	bytes, records := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		db, err := state.Open(state.Options{Directory: b.TempDir(), Owner: "bench", Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		svc, err := NewService(b.Context(), s.options(db))
		if err != nil {
			b.Fatal(err)
		}
		p, err := db.Partition(0)
		if err != nil {
			b.Fatal(err)
		}
		f := newFollower(svc, 0, p, slog.New(slog.DiscardHandler))
		b.StartTimer()
		if err := f.catchUp(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		bytes, records = f.progress.bytes, f.progress.records
		if err := p.Close(); err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	perSecond := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(float64(bytes)*perSecond/1e6, "MB/s")
	b.ReportMetric(float64(records)*perSecond, "records/s")
}

// BenchmarkManySellers applies one order of each of so many sellers, without Kafka, to a state on disk:
//
//	SELLERPULSE_BENCH_SELLERS=10000000 go test -run '^$' -bench ManySellers -benchtime 1x -timeout 60m ./internal/pipeline
func BenchmarkManySellers(b *testing.B) {
	sellers, err := strconv.Atoi(cmp.Or(os.Getenv("SELLERPULSE_BENCH_SELLERS"), "100000"))
	if err != nil {
		b.Fatal(err)
	}
	var directory string
	for b.Loop() {
		directory = b.TempDir()
		m := benchMachineIn(b, directory, 144<<20)
		for i := range sellers {
			at := marketStart + int64(i)
			id := "seller-" + strconv.Itoa(i)
			r := Record{Topic: events.Orders, Offset: int64(i), Timestamp: at, Key: []byte(id), Value: []byte("{}"), Event: events.Event{
				Topic: events.Orders, Kind: events.OrderPlaced, EventID: id, OccurredAt: at, SellerID: id, OrderID: "1", OrderDate: at, Channel: events.MFN,
				Items: []events.Item{{ItemID: "1", ProductLine: "toys", Quantity: 1}}, ShipBy: at + day, DeliverBy: at + 3*day,
			}}
			if err := m.engine.Apply(&r); err != nil {
				b.Fatal(err)
			}
			if i%10_000 == 0 || i == sellers-1 {
				m.benchCommit(true)
			}
		}
		if err := m.db.Flush(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(sellers)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(peakMiB(b), "peak-MiB")
	b.ReportMetric(diskMiB(b, directory), "disk-MiB")
}

// diskMiB is the size of all files of a directory.
func diskMiB(b *testing.B, directory string) float64 {
	b.Helper()
	total := int64(0)
	err := filepath.WalkDir(directory, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // Compacted away meanwhile.
		}
		if err != nil {
			return err
		}
		total += info.Size()
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return float64(total) / (1 << 20)
}
