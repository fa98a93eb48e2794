package browser

import (
	"net/http"
	"testing"

	"sellerpulse/test/brokertest"
)

// While Kafka is away every page says so, also one that is open already, and shows what there is: lists, rules, orders, recent alerts. When the server is
// away, too, an open page says that.
func TestKafkaAway(t *testing.T) {
	parallel(t)
	broker, cluster := brokertest.EmbeddedCluster(t)
	s := settled(t, broker, market(10, edges()...), present)
	link := firstLink(t, s, "/alerts", "#list a.why")
	tb := open(t, s.url, look{width: 360, language: "en"})
	tb.visit("/")
	tb.isTrue("it is fresh", "document.querySelector('.live.stale') === null")
	cluster.Close()
	tb.await("document.querySelector('.live.stale .whole')?.textContent.startsWith('Kafka does not answer.')")
	tb.checkLayout()
	tb.checkAccess()
	for _, p := range []shown{
		{"overview", "/", 0, "#overview tbody tr"},
		{"sellers", "/sellers", 0, "#list tbody tr"},
		{"seller", "/sellers/edge", 0, ".notice"},
		{"rules of the seller", "/sellers/edge", 0, ".rule.bad"},
		{"orders of the seller", "/sellers/edge", 0, "#orders tbody tr"},
		{"order", "/sellers/edge/orders/everything", 0, ".pill.bad"},
		{"alerts", "/alerts", 0, "#list tbody tr"},
		{"recent alert", link, 0, ".reason"},
		{"alert that is not recent", "/alerts/edge%2Fodr%2F99", http.StatusServiceUnavailable, "h1"},
		{"system", "/system", 0, "table"},
	} {
		t.Run(p.name, func(t *testing.T) {
			tb.within(t, func() {
				tb.checkPage(&p)
				tb.wants(".live.stale", "Kafka does not answer.")
			})
		})
	}
	tb.visit("/system")
	tb.check()
	s.stop()
	tb.await("document.querySelector('.live.stale .whole')?.textContent.startsWith('The server does not answer.')")
	tb.problems = nil // The console tells of each request that is not answered.
}
