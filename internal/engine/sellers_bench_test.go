package engine

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
	"sellerpulse/test/enginetest"
)

// BenchmarkManySellers applies one order of each of so many sellers, without Kafka, to a state on disk:
//
//	SELLERPULSE_BENCH_SELLERS=10000000 go test -run '^$' -bench ManySellers -benchtime 1x -timeout 60m ./internal/engine
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
			at := enginetest.Noon.UnixMilli() + int64(i)
			id := "seller-" + strconv.Itoa(i)
			r := Record{Message: state.Message{Topic: events.Orders, Offset: int64(i), Timestamp: at, Key: []byte(id), Value: []byte("{}")}, Event: events.Event{
				Topic: events.Orders, Kind: events.OrderPlaced, EventID: id, OccurredAt: at, SellerID: id, OrderID: "1", OrderDate: at, Channel: events.MFN,
				Items: []events.Item{{ItemID: "1", ProductLine: "toys", Quantity: 1}}, ShipBy: at + day, DeliverBy: at + 3*day,
			}}
			m.step(Apply(&r))
			if i%10_000 == 0 || i == sellers-1 {
				m.benchCommit(true)
			}
		}
		if err := m.db.Flush(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(sellers)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(enginetest.PeakMiB(b), "peak-MiB")
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
