package outputs

import (
	"strconv"

	"sellerpulse/internal/jsontext"
	"sellerpulse/pkg/events"
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
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "target"), a.Target.String())
	dst = a.Components.appendJSON(jsontext.AppendKey(dst, "components"))
	dst = appendOptional(jsontext.AppendKey(dst, "defects_to_breach"), a.DefectsToBreach)
	dst = appendOptional(jsontext.AppendKey(dst, "orders_to_recover"), a.OrdersToRecover)
	dst = jsontext.AppendKey(dst, "recovers_on")
	if a.RecoversOn == nil {
		dst = append(dst, "null"...)
	} else {
		dst = appendDate(dst, *a.RecoversOn)
	}
	dst = append(jsontext.AppendKey(dst, "order_ids"), '[')
	for i, id := range a.OrderIDs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendText(dst, id)
	}
	dst = a.Cause.appendJSON(jsontext.AppendKey(append(dst, ']'), "cause"))
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
	return append(dst, '}')
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
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "target"), r.Target.String())
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
	return append(dst, '}')
}

func (m *MetricReport) appendJSON(dst []byte) []byte {
	dst = jsontext.AppendText(jsontext.AppendKey(append(dst, '{'), "metric"), m.Metric)
	dst = jsontext.AppendText(jsontext.AppendKey(dst, "channel"), m.Channel.String())
	dst = jsontext.AppendKey(dst, "product_line")
	if m.ProductLine == nil {
		dst = append(dst, "null"...)
	} else {
		dst = jsontext.AppendText(dst, *m.ProductLine)
	}
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

func appendInstant(dst []byte, at events.Millis) []byte {
	return append(events.AppendInstant(append(dst, '"'), at), '"')
}

func appendDate(dst []byte, d windows.Date) []byte {
	return append(d.AppendTo(append(dst, '"')), '"')
}
