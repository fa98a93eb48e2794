package outputs

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// randomText is as long as a text may be, and nothing compresses it.
func randomText(random *rand.Rand) string {
	text := make([]byte, events.MaxTextBytes)
	for i := range text {
		text[i] = byte(random.Uint32())
	}
	return string(text)
}

// TestMaxReportBytes writes the longest report that can come about: random product lines, counts as large as an int64.
func TestMaxReportBytes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	longest := longestReport()
	r := *longest
	for range rules.MaxRules - 1 {
		r.Rules = append(r.Rules, longest.Rules[0])
	}
	r.Metrics = nil
	lines := []*string{nil}
	for range MaxProductLines {
		lines = append(lines, pointer(randomText(random)))
	}
	for _, m := range rules.Metrics() {
		for range ReportWindows(m) {
			for _, line := range lines {
				for c := range rules.NumChannels {
					r.Metrics = append(r.Metrics, MetricReport{
						Metric: m.Name, Channel: c, ProductLine: line, Window: longestWindow, From: longestDate, To: longestDate,
						Numerator: math.MaxInt64 - random.Int64N(1<<32), Denominator: math.MaxInt64 - random.Int64N(1<<32),
					})
				}
			}
		}
	}
	checkBound(t, len(r.AppendAvro(nil)), MaxReportBytes())
}

// The bound of a report is that of 64 rules, and of 11 numbers of each of 3 channels and of 200 product lines and all, each the longest; the counts
// of the two lists may take a few bytes less than is reckoned.
func TestMaxReportBytesIsExact(t *testing.T) {
	r := *longestReport()
	rule, metric := r.Rules[0], r.Metrics[0]
	r.Rules, r.Metrics = make([]RuleReport, 64), make([]MetricReport, 11*3*201)
	for i := range r.Rules {
		r.Rules[i] = rule
	}
	for i := range r.Metrics {
		r.Metrics[i] = metric
	}
	if size, bound := len(r.AppendAvro(nil)), MaxReportBytes(); size > bound || size < bound-20 {
		t.Errorf("the longest has %d bytes, the bound is %d", size, bound)
	}
}

// What the bounds are computed from is the longest there is.
func TestLongestNames(t *testing.T) {
	if kind, metric := longestKind(), longestMetric(); kind != "MARKETPLACE_FUNDED" || metric != "return_dissatisfaction_rate" {
		t.Errorf("the longest kind is %s, the longest metric %s", kind, metric)
	}
}

func TestMaxAlertBytes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	a := *longestAlert()
	a.SellerID = randomText(random)
	for i := range a.OrderIDs {
		a.OrderIDs[i] = randomText(random)
	}
	checkBound(t, len(a.AppendAvro(nil)), MaxAlertBytes())
}

// checkBound demands that a size is within a bound, and that the bound is not far off.
func checkBound(t *testing.T, size, bound int) {
	t.Helper()
	t.Logf("%d bytes of at most %d", size, bound)
	if size > bound || size < bound*9/10 {
		t.Errorf("the longest has %d bytes, the bound is %d", size, bound)
	}
}

// TestLongestLeavesNothingOut demands that each field of what the bounds are computed from is set, so that a field that is added is too.
func TestLongestLeavesNothingOut(t *testing.T) {
	demandSet(t, reflect.ValueOf(*longestAlert()), "Alert")
	demandSet(t, reflect.ValueOf(*longestReport()), "Report")
}

func demandSet(t *testing.T, v reflect.Value, name string) {
	t.Helper()
	switch {
	case v.IsZero():
		t.Errorf("%s is not set", name)
	case v.Kind() == reflect.Pointer:
		demandSet(t, v.Elem(), name)
	case v.Kind() == reflect.Slice:
		demandSet(t, v.Index(0), name)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			demandSet(t, v.Field(i), name+"."+v.Type().Field(i).Name)
		}
	}
}
