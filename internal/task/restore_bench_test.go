package task

import (
	"log/slog"
	"testing"

	"sellerpulse/internal/simulate"
	"sellerpulse/internal/state"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// BenchmarkRestore reads a changelog that the service wrote from Apache Kafka into an empty state. MB/s is of keys and values.
func BenchmarkRestore(b *testing.B) {
	broker := brokertest.Kafka(b)
	s := newFixture(b, broker, 1)
	const sellers, perSeller = 2000, 100
	s.produce(simulate.RandomMarketplace(simulate.RandomOptions{Seed: 1, Events: sellers * perSeller, Sellers: sellers, Start: enginetest.Noon.UnixMilli(), Days: 100}))
	s.run(b.TempDir())
	bytes, records := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		db, err := state.Open(state.Options{Directory: b.TempDir(), Owner: "bench", Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		env := s.environment(s.options(db))
		p, err := db.Partition(0)
		if err != nil {
			b.Fatal(err)
		}
		log, err := env.changelogOf(b.Context(), 0)
		if err != nil {
			b.Fatal(err)
		}
		ruled, _ := env.Now()
		f := newFollower(env, ruled, log, p, slog.New(slog.DiscardHandler))
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
