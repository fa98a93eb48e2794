package outputs

import (
	"strconv"
	"sync"

	"sellerpulse/internal/avro"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
	"sellerpulse/schemas"
)

// The fingerprints of the schemas that are written, the newest of each. The order of fields below is theirs.
var (
	alertFingerprint  = sync.OnceValue(func() uint64 { return schemas.Fingerprint("alerts") })
	reportFingerprint = sync.OnceValue(func() uint64 { return schemas.Fingerprint("seller_report") })
)

// AppendAvro appends the alert in Avro's single-object encoding, by schemas/alerts.avsc.
func (a *Alert) AppendAvro(dst []byte) []byte {
	return a.AppendAvroBody(avro.AppendHeader(dst, alertFingerprint()))
}

// AppendAvroBody appends the alert in Avro without a header, for one of a schema registry to go before it.
func (a *Alert) AppendAvroBody(dst []byte) []byte {
	dst = a.appendAvroID(dst)
	dst = avro.AppendEnum(dst, int(a.Kind()))
	dst = avro.AppendString(dst, a.SellerID)
	dst = avro.AppendString(dst, a.Rule)
	dst = avro.AppendString(dst, a.Metric)
	dst = avro.AppendEnum(dst, int(a.Class))
	dst = avro.AppendEnum(dst, int(a.Channel))
	dst = avro.AppendBool(dst, a.Provisional)
	dst = avro.AppendEnum(dst, int(a.State))
	dst = avro.AppendEnum(dst, int(a.PreviousState))
	dst = avro.AppendLong(dst, a.AsOf)
	dst = appendAvroWindow(dst, a.Window, a.From, a.To)
	dst = appendAvroNumbers(dst, a.Numerator, a.Denominator)
	dst = appendAvroTarget(dst, a.Target)
	dst = a.Components.appendAvro(dst)
	dst = appendAvroOptional(dst, a.DefectsToBreach)
	dst = appendAvroOptional(dst, a.OrdersToRecover)
	dst = appendAvroOptional(dst, a.RecoversOn)
	dst = appendAvroStrings(dst, a.OrderIDs)
	dst = a.Cause.appendAvro(dst)
	dst = appendAvroName(appendAvroName(dst, a.Level), a.PreviousLevel)
	return appendAvroText(dst, a.Part)
}

func (a *Alert) appendAvroID(dst []byte) []byte {
	var digits [20]byte
	number := strconv.AppendInt(digits[:0], a.Transition, 10)
	size := len(a.SellerID) + len(a.Rule) + len(number) + 2
	if a.Part != nil {
		size += len(*a.Part) + 1
	}
	return a.appendID(avro.AppendLong(dst, int64(size)))
}

func appendAvroTarget(dst []byte, t rules.Target) []byte {
	if t.IsZero() {
		return avro.AppendBranch(dst, 0)
	}
	var text [32]byte
	return avro.AppendBytes(avro.AppendBranch(dst, 1), t.AppendTo(text[:0]))
}

// appendAvroName appends a name, null where there is none.
func appendAvroName(dst []byte, name string) []byte {
	if name == "" {
		return avro.AppendBranch(dst, 0)
	}
	return avro.AppendString(avro.AppendBranch(dst, 1), name)
}

func appendAvroText(dst []byte, text *string) []byte {
	if text == nil {
		return avro.AppendBranch(dst, 0)
	}
	return avro.AppendString(avro.AppendBranch(dst, 1), *text)
}

func (c *Components) appendAvro(dst []byte) []byte {
	if c == nil {
		return avro.AppendBranch(dst, 0)
	}
	dst = avro.AppendLong(avro.AppendBranch(dst, 1), c.NegativeFeedback)
	return avro.AppendLong(avro.AppendLong(dst, c.Claims), c.Chargebacks)
}

func (c *Cause) appendAvro(dst []byte) []byte {
	dst = avro.AppendString(dst, c.Kind)
	if c.Topic == "" {
		for range 5 {
			dst = avro.AppendBranch(dst, 0)
		}
		return dst
	}
	dst = avro.AppendString(avro.AppendBranch(dst, 1), c.Topic)
	dst = avro.AppendLong(avro.AppendBranch(dst, 1), int64(c.Partition))
	dst = avro.AppendLong(avro.AppendBranch(dst, 1), c.Offset)
	dst = avro.AppendString(avro.AppendBranch(dst, 1), c.EventID)
	return avro.AppendString(avro.AppendBranch(dst, 1), c.OrderID)
}

// AppendAvro appends the report in Avro's single-object encoding, by schemas/seller_report.avsc.
func (r *Report) AppendAvro(dst []byte) []byte {
	return r.AppendAvroBody(avro.AppendHeader(dst, reportFingerprint()))
}

// AppendAvroBody appends the report in Avro without a header, for one of a schema registry to go before it.
func (r *Report) AppendAvroBody(dst []byte) []byte {
	dst = avro.AppendString(dst, r.SellerID)
	dst = avro.AppendLong(dst, r.AsOf)
	dst = avro.AppendEnum(dst, int(r.Status))
	if len(r.Rules) > 0 {
		dst = avro.AppendBlock(dst, len(r.Rules))
	}
	for i := range r.Rules {
		dst = r.Rules[i].appendAvro(dst)
	}
	dst = avro.AppendEnd(dst)
	if len(r.Metrics) > 0 {
		dst = avro.AppendBlock(dst, len(r.Metrics))
	}
	for i := range r.Metrics {
		dst = r.Metrics[i].appendAvro(dst)
	}
	dst = avro.AppendLong(avro.AppendEnd(dst), r.ProductLinesOmitted)
	if len(r.Statuses) > 0 {
		dst = avro.AppendBlock(dst, len(r.Statuses))
	}
	for _, s := range r.Statuses {
		dst = avro.AppendEnum(avro.AppendString(dst, s.Pack), int(s.Status))
	}
	return avro.AppendEnd(dst)
}

func (r *RuleReport) appendAvro(dst []byte) []byte {
	dst = avro.AppendString(dst, r.Rule)
	dst = avro.AppendString(dst, r.Metric)
	dst = avro.AppendEnum(dst, int(r.Class))
	dst = avro.AppendEnum(dst, int(r.Channel))
	dst = avro.AppendBool(dst, r.Provisional)
	dst = appendAvroWindow(dst, r.Window, r.From, r.To)
	dst = appendAvroNumbers(dst, r.Numerator, r.Denominator)
	dst = appendAvroTarget(dst, r.Target)
	if met, ok := r.TargetMet(); ok {
		dst = avro.AppendBool(avro.AppendBranch(dst, 1), met)
	} else {
		dst = avro.AppendBranch(dst, 0)
	}
	dst = avro.AppendEnum(dst, int(r.State))
	dst = appendAvroOptional(dst, r.since())
	dst = appendAvroName(appendAvroText(dst, r.Part), r.Level)
	dst = appendAvroLevels(dst, r.Levels)
	dst = avro.AppendEnum(dst, int(r.ProjectedState))
	dst = appendAvroOptional(dst, r.CountsFrom)
	dst = avro.AppendLong(dst, r.PartsOmitted)
	return appendAvroName(appendAvroOptional(dst, r.SilencedUntil), r.SilenceReason)
}

func appendAvroLevels(dst []byte, levels []rules.Level) []byte {
	if levels == nil {
		return avro.AppendBranch(dst, 0)
	}
	dst = avro.AppendBranch(dst, 1)
	if len(levels) > 0 {
		dst = avro.AppendBlock(dst, len(levels))
	}
	for _, l := range levels {
		dst = appendAvroTarget(avro.AppendString(dst, l.Name), l.Target)
		dst = avro.AppendEnum(dst, int(l.State))
	}
	return avro.AppendEnd(dst)
}

func (m *MetricReport) appendAvro(dst []byte) []byte {
	dst = avro.AppendString(dst, m.Metric)
	dst = avro.AppendEnum(dst, int(m.Channel))
	dst = appendAvroText(dst, m.ProductLine)
	dst = appendAvroWindow(dst, m.Window, m.From, m.To)
	return appendAvroNumbers(dst, m.Numerator, m.Denominator)
}

func appendAvroWindow(dst []byte, w windows.Window, from, to windows.Date) []byte {
	dst = avro.AppendLong(dst, int64(w.Count))
	return avro.AppendLong(avro.AppendLong(dst, int64(from)), int64(to))
}

func appendAvroNumbers(dst []byte, numerator, denominator int64) []byte {
	dst = avro.AppendLong(avro.AppendLong(dst, numerator), denominator)
	rate, ok := RateOf(numerator, denominator)
	if !ok {
		return avro.AppendBranch(dst, 0)
	}
	return avro.AppendDouble(avro.AppendBranch(dst, 1), rate)
}

func appendAvroOptional[T int64 | windows.Date](dst []byte, v *T) []byte {
	if v == nil {
		return avro.AppendBranch(dst, 0)
	}
	return avro.AppendLong(avro.AppendBranch(dst, 1), int64(*v))
}

func appendAvroStrings(dst []byte, texts []string) []byte {
	if len(texts) > 0 {
		dst = avro.AppendBlock(dst, len(texts))
	}
	for _, text := range texts {
		dst = avro.AppendString(dst, text)
	}
	return avro.AppendEnd(dst)
}
