package access

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// reasons are those for which requests are refused.
var reasons = []string{"anonymous", "connections", "host", "login", "origin", "rate", "role", "size", "token", "tries"}

// metrics are what a guard counts.
type metrics struct {
	refused *prometheus.CounterVec
	wrong   map[string]*atomic.Bool // by file
	file    *prometheus.Desc
}

func newMetrics() *metrics {
	m := &metrics{
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sellerpulse_http_refused_total", Help: "HTTP requests that were refused, and connections of addresses that had enough, by why.",
		}, []string{"reason"}),
		wrong: map[string]*atomic.Bool{},
		file: prometheus.NewDesc("sellerpulse_http_file_unusable",
			"1 while a file of tokens, of TLS or of the client secret cannot be read anew, so that what was read before is in force; 0 else.", []string{"file"}, nil),
	}
	for _, reason := range reasons {
		m.refused.WithLabelValues(reason)
	}
	return m
}

// watch tells of a file; before anybody collects.
func (m *metrics) watch(name string, wrong *atomic.Bool) { m.wrong[name] = wrong }

// Describe implements [prometheus.Collector].
func (g *Guard) Describe(to chan<- *prometheus.Desc) {
	g.metrics.refused.Describe(to)
	to <- g.metrics.file
}

// Collect implements [prometheus.Collector].
func (g *Guard) Collect(to chan<- prometheus.Metric) {
	g.look()
	g.metrics.refused.Collect(to)
	for name, wrong := range g.metrics.wrong {
		value := 0.0
		if wrong.Load() {
			value = 1
		}
		to <- prometheus.MustNewConstMetric(g.metrics.file, prometheus.GaugeValue, value, name)
	}
}

// look has files read anew that nobody asks about just now.
func (g *Guard) look() {
	now := g.clock()
	if g.tokens != nil {
		g.tokens.at(now)
	}
	if g.encryption != nil {
		g.encryption.at(now)
	}
	if g.issuer != nil {
		g.issuer.keys.at(now)
	}
}
