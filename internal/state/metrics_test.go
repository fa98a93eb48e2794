package state

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/prometheus/client_golang/prometheus"
)

// counted is the database's metrics by name.
func counted(t *testing.T, db *DB) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(db)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		all[f.GetName()] = f.GetMetric()[0].GetCounter().GetValue()
	}
	return all
}

// What is put in is counted when a checkpoint writes it, what is written when it is on disk; a closed database still tells it.
func TestMetrics(t *testing.T) {
	const applied, flushed, compacted = "sellerpulse_state_applied_bytes_total", "sellerpulse_state_flushed_bytes_total", "sellerpulse_state_compacted_bytes_total"
	db := open(t, Options{FileSystem: vfs.NewMem(), MemTablesBytes: 4 * (1 << 20)})
	p := partition(t, db, 0)
	const size = 100_000
	for round := range byte(3) { // The last is larger than a memtable takes.
		values := 1
		if round == 2 {
			values = 30
		}
		before := counted(t, db)
		for i := range byte(values) {
			p.Put([]byte{i}, make([]byte, size))
		}
		if got := counted(t, db)[applied]; got != before[applied] {
			t.Errorf("round %d: %v applied before the checkpoint, %v before", round, got, before[applied])
		}
		if err := p.Checkpoint(Saved{Position: int64(round)}); err != nil {
			t.Fatal(err)
		}
		if got, least := counted(t, db)[applied]-before[applied], float64(values*size); got < least || got > 1.01*least+100 {
			t.Errorf("round %d: %v applied, want a little more than %v", round, got, least)
		}
		if err := db.Flush(); err != nil {
			t.Fatal(err)
		}
		if got := counted(t, db)[flushed]; got <= before[flushed] {
			t.Errorf("round %d: %v flushed after %v", round, got, before[flushed])
		}
	}
	if err := db.pebble.Compact(t.Context(), []byte{0}, []byte{0xFF}, false); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := counted(t, db)[compacted]; got == 0 {
		t.Error("nothing compacted")
	}
}
