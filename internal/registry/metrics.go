package registry

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	away     prometheus.Gauge
	schemas  prometheus.Gauge
	requests *prometheus.CounterVec
}

func newMetrics() metrics {
	return metrics{
		away:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "sellerpulse_schema_registry_away", Help: "1 while the schema registry does not answer, so that values of unknown schemas wait; else 0."}),
		schemas:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "sellerpulse_schema_registry_schemas", Help: "Schemas of the registry that are in memory."}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sellerpulse_schema_registry_requests_total", Help: "Questions to the schema registry, by result: ok, absent, refused or error."}, []string{"result"}),
	}
}

// Describe tells Prometheus of the metrics.
func (c *Client) Describe(descriptions chan<- *prometheus.Desc) {
	c.metrics.each(func(m prometheus.Collector) { m.Describe(descriptions) })
}

// Collect gives Prometheus the metrics.
func (c *Client) Collect(all chan<- prometheus.Metric) {
	c.metrics.each(func(m prometheus.Collector) { m.Collect(all) })
}

func (m *metrics) each(do func(prometheus.Collector)) {
	for _, c := range []prometheus.Collector{m.away, m.schemas, m.requests} {
		do(c)
	}
}

// resultOf names how a question went.
func resultOf(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ErrAbsent):
		return "absent"
	case errors.Is(err, ErrRefused):
		return "refused"
	}
	return "error"
}
