package forward

import (
	"github.com/prometheus/client_golang/prometheus"

	"sellerpulse/internal/peers"
)

// Metrics are what is counted of requests that are for other processes.
type Metrics struct {
	forwarded *prometheus.CounterVec
	failed    prometheus.Counter
}

// What became of a request that this process could not answer itself, beside the role of who answered it.
const (
	byNobody = "nobody"
	refused  = "refused"
)

// NewMetrics makes the metrics and registers them, if there is a registerer.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		forwarded: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sellerpulse_forwarded_requests_total", Help: "HTTP requests about partitions whose state this process does not have, by who of the group answered: owner, standby or nobody; refused: another process had forwarded it already.",
		}, []string{"answered"}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{Name: "sellerpulse_forward_failures_total", Help: "Times a process of the group was asked and did not answer from its state."}),
	}
	for _, answered := range []string{string(peers.Owner), string(peers.Standby), byNobody, refused} {
		m.forwarded.WithLabelValues(answered)
	}
	if r != nil {
		r.MustRegister(m.forwarded, m.failed)
	}
	return m
}

func (m *Metrics) answered(by string) { m.forwarded.WithLabelValues(by).Inc() }
func (m *Metrics) refused()           { m.answered(refused) }
