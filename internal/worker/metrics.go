package worker

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are what a worker counts of the tasks that it has.
type Metrics struct {
	roles       *prometheus.GaugeVec
	generations prometheus.Counter
	reacquired  prometheus.Counter
	broken      *prometheus.GaugeVec
	failures    *prometheus.CounterVec
}

// NewMetrics makes the metrics and registers them, if there is a registerer.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		roles:       prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sellerpulse_partitions", Help: "Partitions of this process, by what it does for them."}, []string{"role"}),
		generations: prometheus.NewCounter(prometheus.CounterOpts{Name: "sellerpulse_group_generations_total", Help: "Generations of the consumer group that this process took part in: one more whenever members come or go."}),
		reacquired:  prometheus.NewCounter(prometheus.CounterOpts{Name: "sellerpulse_task_reacquisitions_total", Help: "Times a task was acquired again after an error."}),
		broken:      prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sellerpulse_failed_partitions", Help: "Partitions of this process that have failed and are tried again slowly, while all others go on, by what it does for them."}, []string{"role"}),
		failures:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sellerpulse_partition_failures_total", Help: "Tries of a partition that failed by what trying again soon does not heal."}, []string{"partition"}),
	}
	m.failed(0, 0)
	if r != nil {
		r.MustRegister(m.roles, m.generations, m.reacquired, m.broken, m.failures)
	}
	return m
}

func (m *Metrics) failure(partition int32) {
	m.failures.WithLabelValues(strconv.Itoa(int(partition))).Inc()
}

func (m *Metrics) failed(owned, standbys int) {
	m.broken.WithLabelValues("owner").Set(float64(owned))
	m.broken.WithLabelValues("standby").Set(float64(standbys))
}

func (m *Metrics) assigned(owned, standbys int) {
	m.generations.Inc()
	m.roles.WithLabelValues("owner").Set(float64(owned))
	m.roles.WithLabelValues("standby").Set(float64(standbys))
}
