package outputs

import (
	"math"
	"slices"
	"strings"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// What an alert and a report list at most, so that neither outgrows a message.
const (
	MaxOrderIDs     = 20  // of an alert
	MaxProductLines = 200 // of a report
)

const maxTopicBytes = 249 // of a topic's name, in Kafka

// MaxAlertBytes is the size of the longest alert that AppendAvro writes.
func MaxAlertBytes() int { return len(longestAlert().AppendAvro(nil)) }

// MaxReportBytes is the size of the longest report that AppendAvro writes: that of a seller with as many rules and product lines as there may
// be. A product line's name is repeated with each of its numbers, so that such a report compresses well.
func MaxReportBytes() int {
	bare := longestReport()
	rule, metric := bare.Rules[0], bare.Metrics[0]
	bare.Rules, bare.Metrics = nil, nil
	const blocks = 2 * 10 // the counts of the rules and metrics
	return len(bare.AppendAvro(nil)) + blocks + rules.MaxRules*len(rule.appendAvro(nil)) + maxMetrics()*len(metric.appendAvro(nil))
}

// maxMetrics is how many numbers a report lists: each metric over each of its windows, of each channel, of each product line and of all.
func maxMetrics() int {
	reported := 0
	for _, m := range rules.Metrics() {
		reported += len(ReportWindows(m))
	}
	return reported * int(rules.NumChannels) * (1 + MaxProductLines)
}

// longestAlert has in each field the value that takes the most bytes.
func longestAlert() *Alert {
	text, name := strings.Repeat("x", events.MaxTextBytes), strings.Repeat("x", rules.MaxNameBytes)
	number, date := int64(math.MaxInt64), longestDate
	a := &Alert{
		SellerID: text, Rule: strings.Repeat("x", rules.MaxFullNameBytes), Transition: number, Metric: strings.Repeat("x", rules.MaxFullNameBytes), Class: rules.Advisory, Channel: rules.MFN,
		Provisional: true, Part: &text, State: rules.Breached, PreviousState: rules.AtRisk, Level: name, PreviousLevel: name, AsOf: number, Window: longestWindow, From: date, To: date,
		Numerator: number, Denominator: number, Target: longestTarget, Components: &Components{number, number, number},
		DefectsToBreach: &number, OrdersToRecover: &number, RecoversOn: &date,
		Cause: Cause{Kind: longestKind(), Topic: strings.Repeat("x", maxTopicBytes), Partition: math.MaxInt32, Offset: number, EventID: text, OrderID: text},
	}
	for range MaxOrderIDs {
		a.OrderIDs = append(a.OrderIDs, text)
	}
	return a
}

// longestReport has in each field the value that takes the most bytes, and one rule and one number.
func longestReport() *Report {
	text, name := strings.Repeat("x", events.MaxTextBytes), strings.Repeat("x", rules.MaxNameBytes)
	number, date := int64(math.MaxInt64), longestDate
	return &Report{
		SellerID: text, AsOf: number, Status: rules.StatusUnderReview, ProductLinesOmitted: number,
		Statuses: slices.Repeat([]rules.PackStatus{{Pack: name, Status: rules.StatusUnderReview}}, rules.MaxRules),
		Rules: []RuleReport{{
			Rule: strings.Repeat("x", rules.MaxFullNameBytes), Metric: strings.Repeat("x", rules.MaxFullNameBytes), Class: rules.Advisory, Channel: rules.MFN, Provisional: true,
			Window: longestWindow, From: date, To: date, Numerator: number, Denominator: number, Target: longestTarget, State: rules.Breached, Since: number,
			Part: &text, PartsOmitted: number, Level: name, ProjectedState: rules.Breached, CountsFrom: &date,
			Levels:        slices.Repeat([]rules.Level{{Name: name, Target: longestTarget, State: rules.Breached}}, rules.MaxLevels),
			SilencedUntil: &date, SilenceReason: strings.Repeat("x", rules.MaxReasonBytes),
		}},
		Metrics: []MetricReport{{
			Metric: longestMetric(), Channel: rules.MFN, ProductLine: &text, Window: longestWindow, From: date, To: date, Numerator: number, Denominator: number,
		}},
	}
}

const longestDate windows.Date = math.MaxInt32

var (
	longestWindow = windows.Window{Count: math.MaxInt32, Every: windows.Month, Lag: math.MaxInt32}
	longestTarget = rules.Target{Comparator: rules.AtMost, Limit: rules.Decimal{Number: 123_456_789, Scale: 1_000_000_000}}
)

// longestMetric is the longest name of the metrics that reports list.
func longestMetric() string {
	longest := ""
	for _, m := range rules.Metrics() {
		if len(m.Name) > len(longest) {
			longest = m.Name
		}
	}
	return longest
}

func longestKind() string {
	longest := RulesCause().Kind
	for k := events.Kind(1); k < events.NumKinds; k++ {
		if name := k.String(); len(name) > len(longest) {
			longest = name
		}
	}
	return longest
}
