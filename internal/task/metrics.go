package task

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"sellerpulse/pkg/events"
)

// Metrics are what the tasks of a process count. None has a seller as a label.
type Metrics struct {
	events      [events.NumTopics]prometheus.Counter
	alerts      *prometheus.CounterVec
	deadLetters *prometheus.CounterVec
	reports     prometheus.Counter
	commit      prometheus.Histogram
	checkpoint  prometheus.Histogram
	records     prometheus.Counter
	bytes       prometheus.Counter
	remaining   *prometheus.GaugeVec
	behind      *prometheus.GaugeVec
	filled      *prometheus.GaugeVec
	toFill      *prometheus.GaugeVec
	skipped     *prometheus.CounterVec
	blocked     *prometheus.GaugeVec
	lagging     *prometheus.GaugeVec
	delayed     *prometheus.GaugeVec
}

// NewMetrics makes the metrics and registers them, if there is a registerer.
func NewMetrics(r prometheus.Registerer) *Metrics {
	applied := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sellerpulse_events_total", Help: "Records taken from the input topics, dead letters too."}, []string{"topic"})
	m := &Metrics{
		alerts:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sellerpulse_alerts_total", Help: "Alerts published."}, []string{"rule", "kind"}),
		deadLetters: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sellerpulse_dead_letters_total", Help: "Records put among the dead letters."}, []string{"reason"}),
		reports:     prometheus.NewCounter(prometheus.CounterOpts{Name: "sellerpulse_reports_total", Help: "Seller reports published."}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sellerpulse_commit_duration_seconds", Help: "Time of a commit: the transaction.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}),
		checkpoint: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sellerpulse_checkpoint_duration_seconds", Help: "Time of a checkpoint: what was committed since the last is written to the local state.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}),
		records:   prometheus.NewCounter(prometheus.CounterOpts{Name: "sellerpulse_restored_records_total", Help: "Changelog records read, to restore state or standing by."}),
		bytes:     prometheus.NewCounter(prometheus.CounterOpts{Name: "sellerpulse_restored_bytes_total", Help: "Bytes of changelog records read, to restore state or standing by."}),
		remaining: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sellerpulse_restore_remaining_records", Help: "Changelog records still to be read before a partition's task can go on."}, []string{"partition"}),
		behind:    prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sellerpulse_standby_lag_records", Help: "Changelog records that a standby has yet to read."}, []string{"partition"}),
		filled:    prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sellerpulse_filled_orders", Help: "Orders that are counted anew, beside live work, for rules that are to be in force."}, []string{"partition"}),
		toFill:    prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sellerpulse_fill_orders", Help: "Orders that are to be counted anew for rules that are to be in force; 0 when there are none, or while they are not known."}, []string{"partition"}),
		skipped:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sellerpulse_skipped_records_total", Help: "Input offsets passed over by --on-missing-offsets."}, []string{"topic"}),
		blocked:   prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sellerpulse_blocked_records", Help: "Input records that cannot be read because a producer's transaction before them is open."}, []string{"topic", "partition"}),
		lagging:   prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sellerpulse_lag_records", Help: "Records of an input partition that wait to be applied."}, []string{"topic", "partition"}),
		delayed:   prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sellerpulse_delay_seconds", Help: "How far stream time is behind the wall clock while records wait; 0 when none do."}, []string{"partition"}),
	}
	for i := range m.events {
		m.events[i] = applied.WithLabelValues(events.Topic(i).String())
	}
	for _, r := range remedies {
		m.deadLetters.WithLabelValues(string(r.Reason))
	}
	if r != nil {
		r.MustRegister(applied, m.alerts, m.deadLetters, m.reports, m.commit, m.checkpoint, m.records, m.bytes, m.remaining, m.behind,
			m.filled, m.toFill, m.skipped, m.blocked, m.lagging, m.delayed)
	}
	return m
}

func (m *Metrics) restored(records, bytes int) {
	m.records.Add(float64(records))
	m.bytes.Add(float64(bytes))
}

func (m *Metrics) restoring(partition int32, records int64) {
	m.remaining.WithLabelValues(strconv.Itoa(int(partition))).Set(float64(max(0, records)))
}

// filling tells how far a successor is: orders count once they are counted.
func (m *Metrics) filling(partition int32, f Fill) {
	p := strconv.Itoa(int(partition))
	if f.Step == Copying {
		f.Orders = 0
	}
	m.filled.WithLabelValues(p).Set(float64(f.Orders))
	m.toFill.WithLabelValues(p).Set(float64(f.Of))
}

func (m *Metrics) standby(partition int32, records int64) {
	m.behind.WithLabelValues(strconv.Itoa(int(partition))).Set(float64(records))
}

// remove drops the series of a partition that went elsewhere, which would stand still.
func (m *Metrics) remove(partition int32, topics []string) {
	p := strconv.Itoa(int(partition))
	for _, topic := range topics {
		m.lagging.DeleteLabelValues(topic, p)
		m.blocked.DeleteLabelValues(topic, p)
	}
	for _, gauge := range []*prometheus.GaugeVec{m.delayed, m.remaining, m.behind, m.filled, m.toFill} {
		gauge.DeleteLabelValues(p)
	}
}

func (m *Metrics) lag(topic string, partition int32, records int64) {
	m.lagging.WithLabelValues(topic, strconv.Itoa(int(partition))).Set(float64(records))
}

func (m *Metrics) block(topic string, partition int32, records int64) {
	m.blocked.WithLabelValues(topic, strconv.Itoa(int(partition))).Set(float64(records))
}

func (m *Metrics) delay(partition int32, seconds float64) {
	m.delayed.WithLabelValues(strconv.Itoa(int(partition))).Set(seconds)
}
