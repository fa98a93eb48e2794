package intake

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"sellerpulse/pkg/events"
)

// reasons for which a record cannot be mapped.
var reasons = []events.DeadLetterReason{events.Undecodable, events.Invalid}

// Metrics are what an intake counts, and how far it is whenever they are collected. None has a seller as a label.
type Metrics struct {
	records *prometheus.CounterVec
	events  prometheus.Counter
	letters *prometheus.CounterVec
	commit  prometheus.Histogram

	lag, committed, units, failed *prometheus.Desc
	status                        func() []UnitStatus
}

// NewMetrics makes the metrics and registers them, if there is a registerer. How far the intake is they take from status.
func NewMetrics(r prometheus.Registerer, status func() []UnitStatus) *Metrics {
	m := &Metrics{
		records: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sellerpulse_intake_records_total", Help: "Records of source topics that were carried over and committed, those too that became no event."}, []string{"topic"}),
		events:  prometheus.NewCounter(prometheus.CounterOpts{Name: "sellerpulse_intake_events_total", Help: "Events that records of sources became, committed to the input topics."}),
		letters: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sellerpulse_intake_dead_letters_total", Help: "Records of sources that could not be mapped and were put among the dead letters."}, []string{"reason"}),
		commit:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "sellerpulse_intake_commit_duration_seconds", Help: "Time of a transaction of events and source offsets.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 14)}),

		lag:       prometheus.NewDesc("sellerpulse_intake_lag_messages", "Records of a source partition that are not read yet.", []string{"topic", "partition"}, nil),
		committed: prometheus.NewDesc("sellerpulse_intake_last_commit_timestamp_seconds", "When this process last committed of a source partition, in seconds since 1970; nothing before it did. There is no commit where there is nothing to carry over.", []string{"partition"}, nil),
		units:     prometheus.NewDesc("sellerpulse_intake_partitions", "Partitions of source topics that this process carries over, each of all topics that have it.", nil, nil),
		failed:    prometheus.NewDesc("sellerpulse_intake_failed_partitions", "Partitions of source topics that have failed by what trying again soon does not heal, and are tried again slowly, while all others go on.", nil, nil),
		status:    status,
	}
	for _, reason := range reasons {
		m.letters.WithLabelValues(string(reason)) // From the start, so that the first one is seen to be more than none.
	}
	if r != nil {
		r.MustRegister(m.records, m.events, m.letters, m.commit, m)
	}
	return m
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.lag, m.committed, m.units, m.failed} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	all, failed := m.status(), 0
	for i := range all {
		u := &all[i]
		p := strconv.Itoa(int(u.Partition))
		for j := range u.Sources {
			tell(m.lag, float64(u.Sources[j].Lag()), u.Sources[j].Topic, p)
		}
		if !u.Committed.IsZero() {
			tell(m.committed, float64(u.Committed.UnixMilli())/1e3, p)
		}
		if u.Failure != nil && u.Failure.Lasts {
			failed++
		}
	}
	tell(m.units, float64(len(all)))
	tell(m.failed, float64(failed))
}
