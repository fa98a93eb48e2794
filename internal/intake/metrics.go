package intake

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"sellerpulse/internal/stream"
)

type counter = prometheus.Counter

// Metrics are what an intake counts. None has a seller as a label.
type Metrics struct {
	records *prometheus.CounterVec
	events  prometheus.Counter
	letters *prometheus.CounterVec
	commit  prometheus.Histogram
	lag     *prometheus.GaugeVec
	units   prometheus.Gauge
}

// NewMetrics makes the metrics and registers them, if there is a registerer.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		records: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sellerpulse_intake_records_total", Help: "Records read of source topics, those too that became no event."}, []string{"topic"}),
		events:  prometheus.NewCounter(prometheus.CounterOpts{Name: "sellerpulse_intake_events_total", Help: "Events that records of sources became, committed to the input topics."}),
		letters: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sellerpulse_intake_dead_letters_total", Help: "Records of sources that could not be mapped and were put among the dead letters."}, []string{"reason"}),
		commit:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "sellerpulse_intake_commit_duration_seconds", Help: "Time of a transaction of events and source offsets.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 14)}),
		lag:     prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sellerpulse_intake_lag_messages", Help: "Records of a source partition that are not read yet."}, []string{"topic", "partition"}),
		units:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "sellerpulse_intake_partitions", Help: "Partitions of source topics that this process carries over, each of all topics that have it."}),
	}
	if r != nil {
		r.MustRegister(m.records, m.events, m.letters, m.commit, m.lag, m.units)
	}
	return m
}

// behind notes how many records of a source are not read yet.
func (m *Metrics) behind(tp stream.TopicPartition, records int64) {
	m.lag.WithLabelValues(tp.Topic, strconv.Itoa(int(tp.Partition))).Set(float64(records))
}
