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

// largestReport is the largest report that can come about: as many parts of rules, and numbers of as many random product lines, as there may be, and counts as
// large as an int64. Of the values of parts there are as many bytes as may be.
func largestReport(random *rand.Rand) *Report {
	longest := longestReport()
	r, rule, number := *longest, longest.Rules[0], longest.Metrics[0]
	r.Rules, r.Metrics = nil, nil
	for range rules.MaxRules * MaxParts {
		rule.Part = pointer(randomText(random)[:MaxPartBytes/(rules.MaxRules*MaxParts)])
		r.Rules = append(r.Rules, rule)
	}
	add := func(line *string) {
		for range rules.NumChannels {
			number.ProductLine = line
			number.Numerator, number.Denominator = math.MaxInt64-random.Int64N(1<<32), math.MaxInt64-random.Int64N(1<<32)
			r.Metrics = append(r.Metrics, number)
		}
	}
	for range rules.MaxRules*rules.MaxWindows + len(rules.Metrics()) + rules.MaxMetrics {
		add(nil)
	}
	for range MaxProductLines {
		line := pointer(randomText(random))
		for range 16 {
			add(line)
		}
	}
	return &r
}

// TestMaxReportBytes holds the bound against the largest report; the lengths of the two lists may take a few bytes less than is reckoned, and short texts too.
func TestMaxReportBytes(t *testing.T) {
	r := largestReport(rand.New(rand.NewPCG(1, 2)))
	const shorter = 3 * rules.MaxRules * MaxParts
	if size, bound := len(r.AppendAvro(nil)), MaxReportBytes(); size > bound || size < bound-shorter {
		t.Errorf("the longest has %d bytes, the bound is %d", size, bound)
	}
}

// TestMostLines holds that however many numbers a report gives, those of product lines are not more than reckoned, and that all lines that may be listed are
// where there are no more than 16 numbers.
func TestMostLines(t *testing.T) {
	for numbers := range maxNumbers() + 1 {
		most := MostLines(numbers)
		if most*numbers > 16*MaxProductLines || most < 1 || (numbers <= 16) != (most == MaxProductLines) {
			t.Errorf("of %d numbers %d lines", numbers, most)
		}
	}
}

// What the bounds are computed from is the longest there is.
func TestLongestNames(t *testing.T) {
	if kind := longestKind(); kind != "MARKETPLACE_FUNDED" {
		t.Errorf("the longest kind is %s", kind)
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
