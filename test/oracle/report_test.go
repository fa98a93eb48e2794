package oracle

import (
	"fmt"
	"slices"
	"testing"

	"sellerpulse/pkg/events"
)

// metricText finds a metric of a report as "numerator/denominator", with the total's line written "".
func metricText(r Report, metric string, days int, channel, line string) string {
	for _, m := range r.Metrics {
		isLine := m.ProductLine == nil && line == "" || m.ProductLine != nil && *m.ProductLine == line
		if m.Metric == metric && m.Window.Days == days && m.Channel == channel && isLine {
			return fmt.Sprint(m.Numerator, "/", m.Denominator)
		}
	}
	return "none"
}

func TestMetrics(t *testing.T) {
	ship := func(id, tracking string) events.Event {
		return event(events.ShipmentConfirmed, hours(2), inOrder(id), tracked("ups", tracking))
	}
	r := run(
		placed(start, inOrder("M"), lines("toys", "books", "toys"), shippedBy(hours(1)), deliveredBy(hours(4))),
		placed(start, inOrder("A"), lines("toys"), afn),
		placed(start, inOrder("P"), lines("pots"), pending), // Does not count, so neither does its line.
		placed(start, inOrder("C")), event(events.OrderCancelled, hours(1), inOrder("C")),
		ship("M", "OK"), event(events.ShipmentConfirmed, hours(2), inOrder("M"), ofPart("2")), event(events.ShipmentDelivered, hours(3), inOrder("M")),
		event(events.FeedbackLeft, hours(3), inOrder("A")), event(events.ClaimDenied, hours(3), inOrder("M")),
		event(events.ChargebackOpened, hours(3), inOrder("M"), fraud), event(events.OrderRefunded, hours(3), inOrder("A")),
		event(events.ReturnRequested, hours(3), inOrder("M")), event(events.ReturnFeedback, hours(3), inOrder("M"), negative),
	)
	got := r.Report("S")
	for _, c := range []struct {
		metric         string
		days           int
		all, mfn, toys string
	}{
		{"order_defect_rate", 60, "1/3", "0/2", "1/3"},
		{"negative_feedback_rate", 60, "1/3", "0/2", "1/3"},
		{"claim_rate", 60, "1/3", "1/2", "1/3"},
		{"chargeback_rate", 60, "1/3", "1/2", "1/3"},
		{"refund_rate", 60, "1/3", "0/2", "1/3"},
		{"cancellation_rate", 7, "1/3", "1/2", "1/3"},
		{"late_shipment_rate", 10, "1/3", "1/2", "1/3"},
		{"late_shipment_rate", 30, "1/3", "1/2", "1/3"},
		{"valid_tracking_rate", 30, "1/2", "1/2", "1/2"},
		{"on_time_delivery_rate", 30, "1/1", "1/1", "1/1"},
		{"return_dissatisfaction_rate", 30, "1/1", "1/1", "1/1"},
	} {
		texts := []string{
			metricText(got, c.metric, c.days, "ALL", ""), metricText(got, c.metric, c.days, "MFN", ""),
			metricText(got, c.metric, c.days, "ALL", "toys"), metricText(got, c.metric, c.days, "ALL", "pots"),
		}
		if want := []string{c.all, c.mfn, c.toys, "none"}; !slices.Equal(texts, want) {
			t.Errorf("%s over %d days: %q, want %q", c.metric, c.days, texts, want)
		}
	}
	if text := metricText(got, "valid_tracking_rate", 30, "MFN", "books"); text != "1/2" {
		t.Errorf("valid tracking of books: %s; an order brings all its shipments to each of its lines", text)
	}
	if want := 11 * 3 * 3; len(got.Metrics) != want { // The total, toys and books; three channels.
		t.Errorf("%d metrics, want %d", len(got.Metrics), want)
	}
}

func TestALineIsReportedWhileItHasOrders(t *testing.T) {
	r := run(placed(start, afn))
	r.AsOf(midnight + 7*day)
	if text := metricText(r.Report("S"), "cancellation_rate", 7, "ALL", "toys"); text != "none" {
		t.Errorf("7 days: %s, want none", text)
	}
	if text := metricText(r.Report("S"), "late_shipment_rate", 10, "MFN", "toys"); text != "0/0" {
		t.Errorf("10 days, the other channel: %s, want 0/0", text)
	}
}

func TestAReportListsSoManyLines(t *testing.T) {
	var names []string
	for i := range 200 {
		names = append(names, fmt.Sprintf("line-%03d", i))
	}
	r := run(
		placed(start, inOrder("A"), lines(names...)),
		placed(days(40), inOrder("B"), dated(days(40)), lines("zoo", "toys")), placed(days(40), inOrder("C"), dated(days(40)), lines("zoo")),
	)
	got := r.Report("S")
	if got.ProductLinesOmitted != 2 {
		t.Errorf("%d lines omitted, want 2", got.ProductLinesOmitted)
	}
	for line, want := range map[string]string{"zoo": "0/2", "line-198": "0/1", "line-199": "none", "toys": "none"} {
		if text := metricText(got, "claim_rate", 60, "ALL", line); text != want {
			t.Errorf("%s: %s, want %s", line, text, want)
		}
	}
	r.AsOf(midnight + 60*day)
	if got := r.Report("S"); got.ProductLinesOmitted != 0 || metricText(got, "claim_rate", 60, "ALL", "toys") != "0/1" {
		t.Errorf("%d lines omitted when the 200 are out of the window, toys %s", got.ProductLinesOmitted, metricText(got, "claim_rate", 60, "ALL", "toys"))
	}
}

func TestStatus(t *testing.T) {
	rule := func(name, target, class Text) Rule {
		return Rule{Name: name, Metric: "order_defect_rate", Window: Over("60d"), Target: target, Class: class}
	}
	for want, rules := range map[string][]Pack{
		Active:      pack(rule("advice", "< 0.01", "advisory"), rule("loose", "< 0.9", "contractual")),
		AccountRisk: pack(rule("advice", "< 0.01", "advisory"), rule("near", "< 0.55", "contractual")),
		UnderReview: pack(rule("missed", "< 0.5", "contractual"), rule("near", "< 0.55", "contractual")),
	} {
		r := Run(records(append(manyPlaced(2, start), event(events.FeedbackLeft, start, inOrder("A1")))...), Options{Rules: rules})
		if got := r.Report("S").Status; got != want {
			t.Errorf("status %s, want %s", got, want)
		}
	}
}

func TestTargetMet(t *testing.T) {
	r := only("odr", placed(start))
	if got := r.Report("S").Rules[0]; got.TargetMet != nil || got.Rate != nil || got.State != NoData {
		t.Errorf("%+v, want no rate and no verdict without orders", got)
	}
	r.AsOf(days(30))
	if got := r.Report("S").Rules[0]; got.TargetMet == nil || !*got.TargetMet || *got.Rate != 0 || got.State != OK {
		t.Errorf("%+v, want the target met", got)
	}
}

func TestExpiredOrdersAreInNoWindow(t *testing.T) {
	r := Run(records(placed(start)), Options{RetentionDays: 40, Rules: pack(Rule{Name: "r", Metric: "claim_rate", Window: Over("60d"), Target: "< 0.5"})})
	for _, c := range []struct {
		day  int64
		want string
	}{{40, "0/1"}, {41, "0/0"}} {
		r.AsOf(days(c.day))
		if got := metricText(r.Report("S"), "claim_rate", 60, "ALL", ""); got != c.want {
			t.Errorf("day %d: %s, want %s", c.day, got, c.want)
		}
	}
}
