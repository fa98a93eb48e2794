package check

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/test/oracle"
)

func (c *Checker) takeAlert(r *kgo.Record) {
	f, err := c.decode.alert.fields(r.Value)
	if err != nil {
		c.problem("alert at offset %d of partition %d: %v", r.Offset, r.Partition, err)
		return
	}
	if f.text("seller_id") != string(r.Key) {
		c.problem("alert %q has the key %q", f.text("alert_id"), r.Key)
	}
	if c.first("alert", f.text("alert_id")) {
		of := stream{f.text("seller_id"), f.text("rule")}
		c.alerts[of] = append(c.alerts[of], alertText(f))
	}
}

// compareAlerts demands of each seller and rule the alerts that the reference has, in its order, which numbers them from 1 without a gap.
func (c *Checker) compareAlerts() {
	for p, reference := range c.references {
		expected := map[stream][]string{}
		for i := c.applied[p].alerts; i < len(reference.Alerts); i++ {
			a := &reference.Alerts[i]
			of := stream{a.SellerID, a.Rule}
			expected[of] = append(expected[of], c.oracleAlertText(a))
		}
		c.result.Alerts += len(reference.Alerts) - c.applied[p].alerts
		c.applied[p].alerts = len(reference.Alerts)
		for of, want := range expected {
			c.compareStream(of, c.alerts[of], want)
			delete(c.alerts, of)
		}
	}
	for of, got := range c.alerts {
		c.compareStream(of, got, nil)
	}
	c.alerts = map[stream][]string{}
}

func (c *Checker) compareStream(of stream, got, want []string) {
	c.result.Lost += max(0, len(want)-len(got))
	for i := range max(len(got), len(want)) {
		g, w := "none", "none"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			c.problem("alerts of seller %q, rule %s, %d published, %d expected in this round, differ at %d:\n  is   %s\n  must %s", of.seller, of.rule, len(got), len(want), i, g, w)
			return
		}
	}
}

func alertText(f fields) string {
	w, cause := f.record("window"), f.record("cause")
	components := "null"
	if value, some := f.union("components"); some {
		v := fields(value.(map[string]any))
		components = fmt.Sprintf("%d %d %d", v.number("negative_feedback"), v.number("claims"), v.number("chargebacks"))
	}
	caused := []string{cause.text("kind")}
	for _, name := range []string{"topic", "partition", "offset", "event_id", "order_id"} {
		if _, some := cause.union(name); some {
			caused = append(caused, cause.optional(name))
		}
	}
	return fmt.Sprintf("%q %s of %q %s %s %s %s provisional %v, %s<-%s at %d, %d days %d..%d, %d/%d = %s %s, components %s, to breach %s, to recover %s, on %s, orders %q, cause %q",
		f.text("alert_id"), f.text("kind"), f.text("seller_id"), f.text("rule"), f.text("metric"), f.text("class"), f.text("channel"), f["provisional"],
		f.text("state"), f.text("previous_state"), f.millis("as_of"), w.number("days"), w.day("from"), w.day("to"),
		f.number("numerator"), f.number("denominator"), f.optional("rate"), f.optional("target"), components,
		f.optional("defects_to_breach"), f.optional("orders_to_recover"), f.optional("recovers_on"), f.texts("order_ids"), strings.Join(caused, " "))
}

func (c *Checker) oracleAlertText(a *oracle.Alert) string {
	components := "null"
	if v := a.Components; v != nil {
		components = fmt.Sprintf("%d %d %d", v.NegativeFeedback, v.Claims, v.Chargebacks)
	}
	cause := a.Cause.Kind
	if cause == oracle.CauseEvent {
		cause = fmt.Sprintf("%s %s %d %d %s %s", a.Cause.EventKind, c.options.App.Input(a.Cause.Topic), a.Cause.Partition, a.Cause.Offset, a.Cause.EventID, a.Cause.OrderID)
	}
	on := "null"
	if a.RecoversOn != nil {
		on = fmt.Sprint(int(*a.RecoversOn))
	}
	return fmt.Sprintf("%q %s of %q %s %s %s %s provisional %v, %s<-%s at %d, %d days %d..%d, %d/%d = %s %s, components %s, to breach %s, to recover %s, on %s, orders %q, cause %q",
		a.AlertID, a.Kind, a.SellerID, a.Rule, a.Metric, a.Class, a.Channel, a.Provisional,
		a.State, a.PreviousState, a.AsOf, a.Window.Days, int(a.Window.From), int(a.Window.To),
		a.Numerator, a.Denominator, optional(a.Rate), a.Target, components,
		optional(a.DefectsToBreach), optional(a.OrdersToRecover), on, a.OrderIDs, cause)
}

func optional[T any](p *T) string {
	if p == nil {
		return "null"
	}
	return fmt.Sprint(*p)
}
