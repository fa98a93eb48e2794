package outputs

import (
	"strconv"

	"sellerpulse/internal/jsontext"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// AppendJSON appends the alert as JSON, with every field of it.
func (a *Alert) AppendJSON(dst []byte) []byte {
	dst = jsontext.AppendText(jsontext.AppendKey(append(dst, '{'), "alert_id"), a.ID())
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "kind"), a.Kind().String())
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "seller_id"), a.SellerID)
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "rule"), a.Rule)
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "metric"), a.Metric)
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "class"), a.Class.String())
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "channel"), a.Channel.String())
	dst = strconv.AppendBool(jsontext.AppendKey(dst, "provisional"), a.Provisional)
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "state"), a.State.String())
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "previous_state"), a.PreviousState.String())
	dst = appendInstant(jsontext.AppendKey(dst, "as_of"), a.AsOf)
	dst = appendWindow(dst, a.Window, a.From, a.To)
	dst = appendNumbers(dst, a.Numerator, a.Denominator)
	dst = appendTarget(dst, a.Target)
	dst = a.Components.appendJSON(jsontext.AppendKey(dst, "components"))
	dst = appendOptional(jsontext.AppendKey(dst, "defects_to_breach"), a.DefectsToBreach)
	dst = appendOptional(jsontext.AppendKey(dst, "orders_to_recover"), a.OrdersToRecover)
	dst = appendOptionalDate(jsontext.AppendKey(dst, "recovers_on"), a.RecoversOn)
	dst = append(jsontext.AppendKey(dst, "order_ids"), '[')
	for i, id := range a.OrderIDs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendText(dst, id)
	}
	dst = a.Cause.appendJSON(jsontext.AppendKey(append(dst, ']'), "cause"))
	dst = appendName(jsontext.AppendKey(dst, "level"), a.Level)
	dst = appendName(jsontext.AppendKey(dst, "previous_level"), a.PreviousLevel)
	dst = appendText(jsontext.AppendKey(dst, "part"), a.Part)
	return append(dst, '}')
}

func (c *Components) appendJSON(dst []byte) []byte {
	if c == nil {
		return append(dst, "null"...)
	}
	dst = strconv.AppendInt(jsontext.AppendKey(append(dst, '{'), "negative_feedback"), c.NegativeFeedback, 10)
	dst = strconv.AppendInt(jsontext.AppendKey(dst, "claims"), c.Claims, 10)
	dst = strconv.AppendInt(jsontext.AppendKey(dst, "chargebacks"), c.Chargebacks, 10)
	return append(dst, '}')
}

func (c *Cause) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	if c.Topic != "" {
		dst = jsontext.AppendText(jsontext.AppendKey(dst, "topic"), c.Topic)
		dst = strconv.AppendInt(jsontext.AppendKey(dst, "partition"), int64(c.Partition), 10)
		dst = strconv.AppendInt(jsontext.AppendKey(dst, "offset"), c.Offset, 10)
		dst = jsontext.AppendText(jsontext.AppendKey(dst, "event_id"), c.EventID)
		dst = jsontext.AppendText(jsontext.AppendKey(dst, "order_id"), c.OrderID)
	}
	return append(jsontext.AppendText(jsontext.AppendKey(dst, "kind"), c.Kind), '}')
}

// AppendJSON appends the report as JSON, with every field of it.
func (r *Report) AppendJSON(dst []byte) []byte {
	dst = jsontext.AppendText(jsontext.AppendKey(append(dst, '{'), "seller_id"), r.SellerID)
	dst = appendInstant(jsontext.AppendKey(dst, "as_of"), r.AsOf)
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "status"), r.Status.String())
	dst = append(jsontext.AppendKey(dst, "rules"), '[')
	for i := range r.Rules {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.Rules[i].AppendJSON(dst)
	}
	dst = append(jsontext.AppendKey(append(dst, ']'), "metrics"), '[')
	for i := range r.Metrics {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.Metrics[i].appendJSON(dst)
	}
	dst = strconv.AppendInt(jsontext.AppendKey(append(dst, ']'), "product_lines_omitted"), r.ProductLinesOmitted, 10)
	dst = append(jsontext.AppendKey(dst, "statuses"), '{')
	for _, s := range r.Statuses {
		dst = jsontext.AppendText(jsontext.AppendKey(dst, s.Pack), s.Status.String())
	}
	return append(dst, '}', '}')
}

// AppendJSON appends where a seller stands with the rule as a report has it.
func (r *RuleReport) AppendJSON(dst []byte) []byte {
	dst = jsontext.AppendText(jsontext.AppendKey(append(dst, '{'), "rule"), r.Rule)
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "metric"), r.Metric)
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "class"), r.Class.String())
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "channel"), r.Channel.String())
	dst = strconv.AppendBool(jsontext.AppendKey(dst, "provisional"), r.Provisional)
	dst = appendWindow(dst, r.Window, r.From, r.To)
	dst = appendNumbers(dst, r.Numerator, r.Denominator)
	dst = appendTarget(dst, r.Target)
	dst = jsontext.AppendKey(dst, "target_met")
	if met, ok := r.TargetMet(); ok {
		dst = strconv.AppendBool(dst, met)
	} else {
		dst = append(dst, "null"...)
	}
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "state"), r.State.String())
	dst = jsontext.AppendKey(dst, "since")
	if since := r.since(); since == nil {
		dst = append(dst, "null"...)
	} else {
		dst = appendInstant(dst, *since)
	}
	dst = appendText(jsontext.AppendKey(dst, "part"), r.Part)
	dst = appendName(jsontext.AppendKey(dst, "level"), r.Level)
	dst = appendLevels(jsontext.AppendKey(dst, "levels"), r.Levels)
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "projected_state"), r.ProjectedState.String())
	dst = appendOptionalDate(jsontext.AppendKey(dst, "counts_from"), r.CountsFrom)
	dst = strconv.AppendInt(jsontext.AppendKey(dst, "parts_omitted"), r.PartsOmitted, 10)
	dst = appendOptionalDate(jsontext.AppendKey(dst, "silenced_until"), r.SilencedUntil)
	dst = appendName(jsontext.AppendKey(dst, "silence_reason"), r.SilenceReason)
	return append(dst, '}')
}

func appendLevels(dst []byte, levels []rules.Level) []byte {
	if levels == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for i, l := range levels {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendText(jsontext.AppendKey(append(dst, '{'), "level"), l.Name)
		dst = jsontext.AppendText(jsontext.AppendKey(appendTarget(dst, l.Target), "state"), l.State.String())
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func (m *MetricReport) appendJSON(dst []byte) []byte {
	dst = jsontext.AppendText(jsontext.AppendKey(append(dst, '{'), "metric"), m.Metric)
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "channel"), m.Channel.String())
	dst = appendText(jsontext.AppendKey(dst, "product_line"), m.ProductLine)
	dst = appendWindow(dst, m.Window, m.From, m.To)
	dst = appendNumbers(dst, m.Numerator, m.Denominator)
	return append(dst, '}')
}

func appendWindow(dst []byte, w windows.Window, from, to windows.Date) []byte {
	dst = append(jsontext.AppendKey(dst, "window"), '{')
	dst = strconv.AppendInt(jsontext.AppendKey(dst, "days"), int64(w.Count), 10)
	dst = appendDate(jsontext.AppendKey(dst, "from"), from)
	dst = appendDate(jsontext.AppendKey(dst, "to"), to)
	return append(dst, '}')
}

func appendNumbers(dst []byte, numerator, denominator int64) []byte {
	dst = strconv.AppendInt(jsontext.AppendKey(dst, "numerator"), numerator, 10)
	dst = strconv.AppendInt(jsontext.AppendKey(dst, "denominator"), denominator, 10)
	dst = jsontext.AppendKey(dst, "rate")
	rate, ok := RateOf(numerator, denominator)
	if !ok {
		return append(dst, "null"...)
	}
	return jsontext.AppendNumber(dst, rate)
}

// RateOf is a rate to be shown; false without a denominator.
func RateOf(numerator, denominator int64) (float64, bool) {
	return float64(numerator) / float64(denominator), denominator > 0
}

func appendOptional(dst []byte, v *int64) []byte {
	if v == nil {
		return append(dst, "null"...)
	}
	return strconv.AppendInt(dst, *v, 10)
}

func appendOptionalDate(dst []byte, d *windows.Date) []byte {
	if d == nil {
		return append(dst, "null"...)
	}
	return appendDate(dst, *d)
}

// appendTarget appends a target, null for none.
func appendTarget(dst []byte, t rules.Target) []byte {
	return appendName(jsontext.AppendKey(dst, "target"), t.String())
}

// appendName appends a name, null where there is none.
func appendName(dst []byte, name string) []byte {
	if name == "" {
		return append(dst, "null"...)
	}
	return jsontext.AppendText(dst, name)
}

func appendText(dst []byte, text *string) []byte {
	if text == nil {
		return append(dst, "null"...)
	}
	return jsontext.AppendText(dst, *text)
}

func appendInstant(dst []byte, at events.Millis) []byte {
	return append(events.AppendInstant(append(dst, '"'), at), '"')
}

func appendDate(dst []byte, d windows.Date) []byte {
	return append(d.AppendTo(append(dst, '"')), '"')
}
