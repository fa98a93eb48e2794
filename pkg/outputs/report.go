package outputs

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"

	"github.com/cespare/xxhash/v2"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Report is where a seller stands: with each rule, and in each metric.
type Report struct {
	SellerID string
	AsOf     events.Millis      // stream time
	Status   rules.Status       // the worst of Statuses
	Statuses []rules.PackStatus // of each pack of rules
	Rules    []RuleReport
	Metrics  []MetricReport

	// ProductLinesOmitted is how many product lines have orders in LineWindow beyond the [MostLines] that are listed: those with the
	// most orders there, of equal ones those whose names come first. What is omitted is so in every window, even in one that has fewer lines.
	ProductLinesOmitted int64
}

// RuleReport is where a seller stands with a rule.
type RuleReport struct {
	Rule        string
	Metric      string // its full name
	Class       rules.Class
	Channel     rules.Channel
	Provisional bool

	Window   windows.Window
	From, To windows.Date // the order dates of the window, both inclusive

	Numerator, Denominator int64
	Target                 rules.Target // none where no level is BREACHED

	State rules.State
	Since events.Millis // stream time at which the state began; 0 for a state that never changed

	Part           *string       // the value of the field that the rule tells orders apart by; nil of a rule that does not
	PartsOmitted   int64         // values that have no state of their own, and parts that there was no room for
	Level          string        // of a rule with levels; empty for NO_DATA
	Levels         []rules.Level // nil of a rule without
	ProjectedState rules.State   // that the numbers make; other than State only between days of evaluation
	CountsFrom     *windows.Date // the first order date that is counted, of a window that begins before it

	SilencedUntil *windows.Date // the last day on which people are told nothing of it; nil where they are
	SilenceReason string        // empty where it is not silenced
}

// TargetMet is whether the numbers meet the target; false for ok without a denominator or a target.
func (r *RuleReport) TargetMet() (met, ok bool) {
	ok = r.Denominator > 0 && !r.Target.IsZero()
	return ok && r.Target.Met(r.Numerator, r.Denominator), ok
}

func (r *RuleReport) since() *events.Millis {
	if r.Since == 0 {
		return nil
	}
	return &r.Since
}

// MetricReport is a seller's numbers in a metric.
type MetricReport struct {
	Metric      string // its full name
	Channel     rules.Channel
	ProductLine *string // nil for all lines together

	Window   windows.Window
	From, To windows.Date // the order dates of the window, both inclusive

	Numerator, Denominator int64
}

// ReportWindows are the windows over which a report gives a built-in metric, whatever rules are in force: those of the built-in rules without
// their lag, LineWindow where there is no such rule. The result is shared and must not be changed.
func ReportWindows(m *rules.Metric) []windows.Window { return reportWindows()[m] }

// LineWindow is the window whose orders decide which product lines a report lists. It holds every window of ReportWindows, so that a product
// line with orders in any of them either is listed or counts as omitted.
var LineWindow = windows.Window{Count: 60}

var reportWindows = sync.OnceValue(func() map[*rules.Metric][]windows.Window {
	reported := map[*rules.Metric][]windows.Window{}
	for _, r := range rules.BuiltIn().Versions() {
		if w := (windows.Window{Count: r.Window().Count}); !slices.Contains(reported[r.Metric], w) {
			reported[r.Metric] = append(reported[r.Metric], w)
		}
	}
	for _, m := range rules.Metrics() {
		if reported[m] == nil {
			reported[m] = []windows.Window{LineWindow}
		}
	}
	return reported
})

// Fingerprint tells whether a report says something new: it covers the numbers, the states and what the rules ask, but neither as_of nor
// the dates of the windows.
func (r *Report) Fingerprint() uint64 {
	b := make([]byte, 0, 4096)
	b = appendVarints(append(b, byte(r.Status)), r.ProductLinesOmitted)
	for i := range r.Rules {
		b = r.Rules[i].appendNumbers(b)
	}
	for i := range r.Metrics {
		b = r.Metrics[i].appendNumbers(b)
	}
	for i := range r.Rules {
		b = r.Rules[i].appendLanguage(b)
	}
	for i := range r.Rules {
		if rule := &r.Rules[i]; rule.SilencedUntil != nil {
			b = varint.AppendText(appendVarints(b, int64(i), int64(*rule.SilencedUntil)), rule.SilenceReason)
		}
	}
	return xxhash.Sum64(b)
}

func (r *RuleReport) appendNumbers(b []byte) []byte {
	b = appendMetric(varint.AppendText(b, r.Rule), r.Metric)
	b = append(b, byte(r.Class), byte(r.State), boolByte(r.Provisional), comparatorBytes[r.Target.Comparator])
	return appendVarints(b, r.Target.Limit.Number, r.Target.Limit.Scale, int64(r.Window.Count), int64(r.Window.Lag), r.Numerator, r.Denominator)
}

// appendLanguage appends what only rules have that say more than a target over days, so that the fingerprint of others stays what it was. The statuses by
// pack follow from the states.
func (r *RuleReport) appendLanguage(b []byte) []byte {
	if r.Part == nil && r.PartsOmitted == 0 && r.Levels == nil && r.ProjectedState == r.State && r.CountsFrom == nil {
		return b
	}
	b = varint.AppendText(append(b, byte(r.ProjectedState), boolByte(r.Part != nil), boolByte(r.CountsFrom != nil)), r.Level)
	if r.Part != nil {
		b = varint.AppendText(b, *r.Part)
	}
	for _, l := range r.Levels {
		b = varint.AppendText(append(b, byte(l.State), comparatorBytes[l.Target.Comparator]), l.Name)
		b = appendVarints(b, l.Target.Limit.Number, l.Target.Limit.Scale)
	}
	return appendVarints(b, r.PartsOmitted)
}

func (m *MetricReport) appendNumbers(b []byte) []byte {
	b = append(appendMetric(b, m.Metric), byte(m.Channel), boolByte(m.ProductLine != nil))
	if m.ProductLine != nil {
		b = varint.AppendText(b, *m.ProductLine)
	}
	return appendVarints(b, int64(m.Window.Count), m.Numerator, m.Denominator)
}

// appendMetric appends a built-in metric as its number, and another by its name.
func appendMetric(b []byte, name string) []byte {
	for i, m := range rules.Metrics() {
		if m.Name == name {
			return append(b, byte(i))
		}
	}
	return varint.AppendText(append(b, math.MaxUint8), name)
}

var comparatorBytes = [...]byte{rules.Greater: 0, rules.Less: 1, rules.AtMost: 2, rules.AtLeast: 3, 0: 4}

func appendVarints(b []byte, values ...int64) []byte {
	for _, v := range values {
		b = binary.AppendVarint(b, v)
	}
	return b
}

func boolByte(v bool) byte {
	if v {
		return 1
	}
	return 0
}
