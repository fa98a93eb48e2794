package outputs

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// AppendJSON appends the alert as JSON, with every field of it.
func (a *Alert) AppendJSON(dst []byte) []byte {
	dst = appendText(appendKey(append(dst, '{'), "alert_id"), a.ID())
	dst = appendText(appendKey(dst, "kind"), a.Kind().String())
	dst = appendText(appendKey(dst, "seller_id"), a.SellerID)
	dst = appendText(appendKey(dst, "rule"), a.Rule)
	dst = appendText(appendKey(dst, "metric"), a.Metric.String())
	dst = appendText(appendKey(dst, "class"), a.Class.String())
	dst = appendText(appendKey(dst, "channel"), a.Channel.String())
	dst = strconv.AppendBool(appendKey(dst, "provisional"), a.Provisional)
	dst = appendText(appendKey(dst, "state"), a.State.String())
	dst = appendText(appendKey(dst, "previous_state"), a.PreviousState.String())
	dst = appendInstant(appendKey(dst, "as_of"), a.AsOf)
	dst = appendWindow(dst, a.Window, a.From, a.To)
	dst = appendNumbers(dst, a.Numerator, a.Denominator)
	dst = appendText(appendKey(dst, "target"), a.Target.String())
	dst = a.Components.appendJSON(appendKey(dst, "components"))
	dst = appendOptional(appendKey(dst, "defects_to_breach"), a.DefectsToBreach)
	dst = appendOptional(appendKey(dst, "orders_to_recover"), a.OrdersToRecover)
	dst = appendKey(dst, "recovers_on")
	if a.RecoversOn == nil {
		dst = append(dst, "null"...)
	} else {
		dst = appendDate(dst, *a.RecoversOn)
	}
	dst = append(appendKey(dst, "order_ids"), '[')
	for i, id := range a.OrderIDs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, id)
	}
	dst = a.Cause.appendJSON(appendKey(append(dst, ']'), "cause"))
	return append(dst, '}')
}

func (c *Components) appendJSON(dst []byte) []byte {
	if c == nil {
		return append(dst, "null"...)
	}
	dst = strconv.AppendInt(appendKey(append(dst, '{'), "negative_feedback"), c.NegativeFeedback, 10)
	dst = strconv.AppendInt(appendKey(dst, "claims"), c.Claims, 10)
	dst = strconv.AppendInt(appendKey(dst, "chargebacks"), c.Chargebacks, 10)
	return append(dst, '}')
}

func (c *Cause) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	if c.Topic != "" {
		dst = appendText(appendKey(dst, "topic"), c.Topic)
		dst = strconv.AppendInt(appendKey(dst, "partition"), int64(c.Partition), 10)
		dst = strconv.AppendInt(appendKey(dst, "offset"), c.Offset, 10)
		dst = appendText(appendKey(dst, "event_id"), c.EventID)
		dst = appendText(appendKey(dst, "order_id"), c.OrderID)
	}
	return append(appendText(appendKey(dst, "kind"), c.Kind), '}')
}

// AppendJSON appends the report as JSON, with every field of it.
func (r *Report) AppendJSON(dst []byte) []byte {
	dst = appendText(appendKey(append(dst, '{'), "seller_id"), r.SellerID)
	dst = appendInstant(appendKey(dst, "as_of"), r.AsOf)
	dst = appendText(appendKey(dst, "status"), r.Status.String())
	dst = append(appendKey(dst, "rules"), '[')
	for i := range r.Rules {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.Rules[i].appendJSON(dst)
	}
	dst = append(appendKey(append(dst, ']'), "metrics"), '[')
	for i := range r.Metrics {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.Metrics[i].appendJSON(dst)
	}
	dst = strconv.AppendInt(appendKey(append(dst, ']'), "product_lines_omitted"), r.ProductLinesOmitted, 10)
	return append(dst, '}')
}

func (r *RuleReport) appendJSON(dst []byte) []byte {
	dst = appendText(appendKey(append(dst, '{'), "rule"), r.Rule)
	dst = appendText(appendKey(dst, "metric"), r.Metric.String())
	dst = appendText(appendKey(dst, "class"), r.Class.String())
	dst = appendText(appendKey(dst, "channel"), r.Channel.String())
	dst = strconv.AppendBool(appendKey(dst, "provisional"), r.Provisional)
	dst = appendWindow(dst, r.Window, r.From, r.To)
	dst = appendNumbers(dst, r.Numerator, r.Denominator)
	dst = appendText(appendKey(dst, "target"), r.Target.String())
	dst = appendKey(dst, "target_met")
	if met, ok := r.TargetMet(); ok {
		dst = strconv.AppendBool(dst, met)
	} else {
		dst = append(dst, "null"...)
	}
	dst = appendText(appendKey(dst, "state"), r.State.String())
	dst = appendKey(dst, "since")
	if since := r.since(); since == nil {
		dst = append(dst, "null"...)
	} else {
		dst = appendInstant(dst, *since)
	}
	return append(dst, '}')
}

func (m *MetricReport) appendJSON(dst []byte) []byte {
	dst = appendText(appendKey(append(dst, '{'), "metric"), m.Metric.String())
	dst = appendText(appendKey(dst, "channel"), m.Channel.String())
	dst = appendKey(dst, "product_line")
	if m.ProductLine == nil {
		dst = append(dst, "null"...)
	} else {
		dst = appendText(dst, *m.ProductLine)
	}
	dst = appendWindow(dst, m.Window, m.From, m.To)
	dst = appendNumbers(dst, m.Numerator, m.Denominator)
	return append(dst, '}')
}

// appendKey appends a field's name, after a comma where it is not the first of its object.
func appendKey(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(append(append(dst, '"'), name...), '"', ':')
}

func appendWindow(dst []byte, w windows.Window, from, to windows.Date) []byte {
	dst = append(appendKey(dst, "window"), '{')
	dst = strconv.AppendInt(appendKey(dst, "days"), int64(w.Days), 10)
	dst = appendDate(appendKey(dst, "from"), from)
	dst = appendDate(appendKey(dst, "to"), to)
	return append(dst, '}')
}

func appendNumbers(dst []byte, numerator, denominator int64) []byte {
	dst = strconv.AppendInt(appendKey(dst, "numerator"), numerator, 10)
	dst = strconv.AppendInt(appendKey(dst, "denominator"), denominator, 10)
	dst = appendKey(dst, "rate")
	rate, ok := rateOf(numerator, denominator)
	if !ok {
		return append(dst, "null"...)
	}
	return appendNumber(dst, rate)
}

// rateOf is a rate to be shown; false without a denominator.
func rateOf(numerator, denominator int64) (float64, bool) {
	return float64(numerator) / float64(denominator), denominator > 0
}

// appendNumber appends the shortest number that reads back the same.
func appendNumber(dst []byte, v float64) []byte {
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(dst, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}

func appendOptional(dst []byte, v *int64) []byte {
	if v == nil {
		return append(dst, "null"...)
	}
	return strconv.AppendInt(dst, *v, 10)
}

func appendInstant(dst []byte, at events.Millis) []byte {
	return time.UnixMilli(at).UTC().AppendFormat(dst, `"2006-01-02T15:04:05.000Z"`)
}

func appendDate(dst []byte, d windows.Date) []byte {
	return time.Unix(int64(d)*86400, 0).UTC().AppendFormat(dst, `"2006-01-02"`)
}

// appendText appends a string in quotes. What is not UTF-8 becomes the replacement character.
func appendText(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
