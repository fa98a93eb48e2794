package main

import (
	"strings"
	"testing"

	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/windows"
)

// On a wide terminal a chart stands beside the numbers, of the first rule's window; on a narrow one there is none.
func TestHistoryChart(t *testing.T) {
	numbers := func(numerator, denominator int64) inspect.Numbers {
		n := inspect.Numbers{Numerator: numerator, Denominator: denominator}
		if denominator > 0 {
			rate := float64(numerator) / float64(denominator)
			n.Rate = &rate
		}
		return n
	}
	target := "< 0.025"
	h := inspect.History{Metric: "claim_rate", Channel: "ALL", Rules: []inspect.RuleHistory{{Rule: "claims", Target: &target, Days: 7, Window: "7d"}}}
	for i, n := range []inspect.Numbers{numbers(0, 0), numbers(0, 9), numbers(1, 100), numbers(1, 32), numbers(1, 16)} {
		date := windows.Date(20_000 + i)
		h.Dates = append(h.Dates, inspect.DateNumbers{Date: date, Numbers: numbers(1, 1)})
		h.Rules[0].Windows = append(h.Rules[0].Windows, inspect.WindowNumbers{Date: date, Whole: i > 0, Numbers: n})
	}
	const wide = `DATE        COUNT  OF     RATE  claims  claims, 0 TO 6.25%
2024-10-04      1   1  100.00%      -*
2024-10-05      1   1  100.00%   0.00%
2024-10-06      1   1  100.00%   1.00%  ██▉
2024-10-07      1   1  100.00%   3.12%  █████████
2024-10-08      1   1  100.00%   6.25%  ██████████████████

claims: < 2.5% over the 7 days that end on the date.
* not all orders of the window are kept any more.
`
	var out strings.Builder
	if err := writeHistory(&out, &h, 58); err != nil || !strings.HasSuffix(out.String(), "\n\n"+wide) {
		t.Errorf("it prints\n%s\n%v; want\n%s", out.String(), err, wide)
	}
	for _, columns := range []int{0, 49} {
		out.Reset()
		if err := writeHistory(&out, &h, columns); err != nil || strings.ContainsAny(out.String(), "█▏▎▍▌▋▊▉") || !strings.Contains(out.String(), "2024-10-08      1   1  100.00%   6.25%\n") {
			t.Errorf("in %d columns it prints\n%s\n%v", columns, out.String(), err)
		}
	}
	h.Rules = nil
	out.Reset()
	if err := writeHistory(&out, &h, 200); err != nil || strings.Count(out.String(), strings.Repeat("█", mostBar)+"\n") != 5 {
		t.Errorf("without a rule it prints\n%s\n%v", out.String(), err)
	}
}
