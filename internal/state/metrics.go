package state

import (
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/prometheus/client_golang/prometheus"
)

// written counts the bytes that went into a database, and those that it wrote for them.
type written struct{ applied, flushed, compacted atomic.Uint64 }

func (w *written) flushEnd(info pebble.FlushInfo) {
	for _, table := range info.Output {
		w.flushed.Add(table.Size)
	}
}

func (w *written) compactionEnd(info pebble.CompactionInfo) {
	const move = "move" // to another level, without being written
	if info.Reason == move {
		return
	}
	for _, table := range info.Output.Tables {
		w.compacted.Add(table.Size)
	}
}

var (
	appliedBytes   = prometheus.NewDesc("sellerpulse_state_applied_bytes_total", "Bytes of keys and values that checkpoints put into the local state.", nil, nil)
	flushedBytes   = prometheus.NewDesc("sellerpulse_state_flushed_bytes_total", "Bytes that the local state wrote to disk of what was put into it.", nil, nil)
	compactedBytes = prometheus.NewDesc("sellerpulse_state_compacted_bytes_total", "Bytes that the local state wrote to disk again, by compactions.", nil, nil)
)

// Describe describes the database's metrics.
func (db *DB) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{appliedBytes, flushedBytes, compactedBytes} {
		to <- d
	}
}

// Collect tells the database's metrics, also of one that is closed.
func (db *DB) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(appliedBytes, prometheus.CounterValue, float64(db.written.applied.Load()))
	to <- prometheus.MustNewConstMetric(flushedBytes, prometheus.CounterValue, float64(db.written.flushed.Load()))
	to <- prometheus.MustNewConstMetric(compactedBytes, prometheus.CounterValue, float64(db.written.compacted.Load()))
}
