package pipeline

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
	reacquired  prometheus.Counter
	restored    prometheus.Counter
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
			Name: "sellerpulse_commit_duration_seconds", Help: "Time of a commit: the transaction and the local state.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}),
		reacquired: prometheus.NewCounter(prometheus.CounterOpts{Name: "sellerpulse_task_reacquisitions_total", Help: "Times a task was acquired again after an error."}),
		restored:   prometheus.NewCounter(prometheus.CounterOpts{Name: "sellerpulse_restored_records_total", Help: "Changelog records read to restore state."}),
		lagging:    prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sellerpulse_lag_records", Help: "Records of an input partition that wait to be applied."}, []string{"topic", "partition"}),
		delayed:    prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sellerpulse_delay_seconds", Help: "How far stream time is behind the wall clock while records wait; 0 when none do."}, []string{"partition"}),
	}
	for i := range m.events {
		m.events[i] = applied.WithLabelValues(events.Topic(i).String())
	}
	for _, reason := range []events.DeadLetterReason{events.Undecodable, events.Invalid, events.Misrouted, events.Future, events.Expired, events.Orphan} {
		m.deadLetters.WithLabelValues(string(reason))
	}
	if r != nil {
		r.MustRegister(applied, m.alerts, m.deadLetters, m.reports, m.commit, m.reacquired, m.restored, m.lagging, m.delayed)
	}
	return m
}

func (m *Metrics) lag(topic string, partition int32, records int64) {
	m.lagging.WithLabelValues(topic, strconv.Itoa(int(partition))).Set(float64(records))
}

func (m *Metrics) delay(partition int32, seconds float64) {
	m.delayed.WithLabelValues(strconv.Itoa(int(partition))).Set(seconds)
}
