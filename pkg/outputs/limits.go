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
	MaxOrderIDs     = 20        // of an alert
	MaxProductLines = 200       // of a report
	MaxParts        = 32        // of a rule
	MaxPartBytes    = 128 << 10 // of the values of all parts of a report
)

// maxLineNumbers is how many numbers of all product lines a report gives, each of three channels: MaxProductLines of 16 metrics and windows.
const maxLineNumbers = 16 * MaxProductLines

// MostLines is how many product lines a report lists that gives so many numbers of each: MaxProductLines, unless its rules have a great many metrics and
// windows.
func MostLines(numbers int) int { return min(MaxProductLines, maxLineNumbers/max(numbers, 1)) }

const maxTopicBytes = 249 // of a topic's name, in Kafka

// MaxAlertBytes is the size of the longest alert that AppendAvro writes.
func MaxAlertBytes() int { return len(longestAlert().AppendAvro(nil)) }

// MaxReportBytes is the size of the longest report that AppendAvro writes: that of a seller with as many rules, parts and product lines as there may
// be. A product line's name is repeated with each of its numbers, so that such a report compresses well.
func MaxReportBytes() int {
	bare := longestReport()
	rule, metric := bare.Rules[0], bare.Metrics[0]
	bare.Rules, bare.Metrics = nil, nil
	const blocks = 2 * 10 // the counts of the rules and metrics
	n := len(bare.AppendAvro(nil)) + blocks
	n += maxParts*(len(rule.appendAvro(nil))-events.MaxTextBytes) + MaxPartBytes
	n += maxLineNumbers * int(rules.NumChannels) * len(metric.appendAvro(nil))
	metric.ProductLine = nil
	return n + maxNumbers()*int(rules.NumChannels)*len(metric.appendAvro(nil))
}

// maxParts is of how many parts of rules a report tells.
const maxParts = rules.MaxRules * MaxParts

// maxNumbers is how many numbers of all product lines together a report gives, each of three channels: one of each metric and window of a rule, and one of each
// metric that has no rule.
func maxNumbers() int {
	return rules.MaxRules*rules.MaxWindows + len(rules.Metrics()) + rules.MaxMetrics
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
			Metric: strings.Repeat("x", rules.MaxFullNameBytes), Channel: rules.MFN, ProductLine: &text, Window: longestWindow, From: date, To: date, Numerator: number, Denominator: number,
		}},
	}
}

const longestDate windows.Date = math.MaxInt32

var (
	longestWindow = windows.Window{Count: math.MaxInt32, Every: windows.Month, Lag: math.MaxInt32}
	longestTarget = rules.Target{Comparator: rules.AtMost, Limit: rules.Decimal{Number: 123_456_789, Scale: 1_000_000_000}}
)

func longestKind() string {
	longest := RulesCause().Kind
	for k := events.Kind(1); k < events.NumKinds; k++ {
		if name := k.String(); len(name) > len(longest) {
			longest = name
		}
	}
	return longest
}
