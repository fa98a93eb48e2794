package oracle

import (
	"time"

	"sellerpulse/pkg/events"
)

// Fields are the fields of an alert, a report or a part of one, by their names in the contract and with the values that JSON has for them:
// maps, lists, strings, numbers, booleans and nil.
type Fields map[string]any

// Fields are the alert's; topic gives the name of an input topic.
func (a *Alert) Fields(topic func(events.Topic) string) Fields {
	f := Fields{
		"alert_id": a.AlertID, "kind": a.Kind, "seller_id": a.SellerID, "rule": a.Rule, "metric": a.Metric, "class": a.Class, "channel": a.Channel,
		"provisional": a.Provisional, "state": string(a.State), "previous_state": string(a.PreviousState), "level": orNull(a.Level),
		"previous_level": orNull(a.PreviousLevel), "part": optional(a.Part), "as_of": instant(a.AsOf), "window": a.Window.fields(),
		"numerator": a.Numerator, "denominator": a.Denominator, "rate": optional(a.Rate), "target": orNull(a.Target), "components": nil,
		"defects_to_breach": optional(a.DefectsToBreach), "orders_to_recover": optional(a.OrdersToRecover), "recovers_on": date(a.RecoversOn),
		"order_ids": append([]string{}, a.OrderIDs...), "cause": a.Cause.fields(topic),
	}
	if c := a.Components; c != nil {
		f["components"] = Fields{"negative_feedback": c.NegativeFeedback, "claims": c.Claims, "chargebacks": c.Chargebacks}
	}
	return f
}

func (c *Cause) fields(topic func(events.Topic) string) Fields {
	if c.Kind != CauseEvent {
		return Fields{"kind": c.Kind}
	}
	return Fields{
		"kind": c.EventKind.String(), "topic": topic(c.Topic), "partition": c.Partition, "offset": c.Offset, "event_id": c.EventID, "order_id": c.OrderID,
	}
}

// Fields are the report's.
func (r *Report) Fields() Fields {
	rules, metrics := []Fields{}, []Fields{}
	for i := range r.Rules {
		rules = append(rules, r.Rules[i].fields())
	}
	for i := range r.Metrics {
		m := &r.Metrics[i]
		metrics = append(metrics, Fields{
			"metric": m.Metric, "channel": m.Channel, "product_line": optional(m.ProductLine), "window": m.Window.fields(),
			"numerator": m.Numerator, "denominator": m.Denominator, "rate": optional(m.Rate),
		})
	}
	return Fields{
		"seller_id": r.SellerID, "as_of": instant(r.AsOf), "status": r.Status, "statuses": r.Statuses, "rules": rules, "metrics": metrics,
		"product_lines_omitted": r.ProductLinesOmitted,
	}
}

func (x *RuleReport) fields() Fields {
	var levels any // null of a rule without
	if x.Levels != nil {
		list := []Fields{}
		for _, l := range x.Levels {
			list = append(list, Fields{"level": l.Level, "target": orNull(l.Target), "state": string(l.State)})
		}
		levels = list
	}
	return Fields{
		"rule": x.Rule, "metric": x.Metric, "class": x.Class, "channel": x.Channel, "provisional": x.Provisional, "part": optional(x.Part),
		"parts_omitted": x.PartsOmitted, "window": x.Window.fields(), "numerator": x.Numerator, "denominator": x.Denominator, "rate": optional(x.Rate),
		"target": orNull(x.Target), "target_met": optional(x.TargetMet), "state": string(x.State), "level": orNull(x.Level), "levels": levels,
		"projected_state": string(x.ProjectedState), "counts_from": date(x.CountsFrom),
		"silenced_until": date(x.SilencedUntil), "silence_reason": orNull(x.SilenceReason),
	}
}

func (w Window) fields() Fields {
	return Fields{"days": w.Days, "from": w.From.String(), "to": w.To.String()}
}

func optional[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func date(d *Day) any {
	if d == nil {
		return nil
	}
	return d.String()
}

func instant(at events.Millis) string {
	return time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000Z")
}
