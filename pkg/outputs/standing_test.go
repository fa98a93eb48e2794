package outputs

import (
	"reflect"
	"testing"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// A report as tasks write it says by its metrics which day it was, and so what lag its windows have.
func TestStandingIsAReportWithoutItsMetrics(t *testing.T) {
	const today windows.Date = 20512
	report := func(metrics ...MetricReport) Report {
		r := Report{SellerID: "S/\u202e1", AsOf: 1772366400007, Status: rules.StatusAtRisk, Metrics: metrics, ProductLinesOmitted: 7}
		for _, rule := range rules.BuiltIn().Versions() {
			from, to := rule.Window().Range(today)
			r.Rules = append(r.Rules, RuleReport{
				Rule: rule.Name, Metric: rule.Metric.FullName(), Class: rule.Class, Channel: rule.Channel(), Provisional: rule.Provisional, Window: rule.Window(), From: from, To: to,
				Numerator: 1, Denominator: 3, Target: rule.Target, State: rules.AtRisk, ProjectedState: rules.AtRisk, Since: 1772366400000,
			})
		}
		return r
	}
	metric := MetricReport{Metric: rules.ClaimRate.Name, Window: windows.Window{Count: 60}, From: today - 59, To: today, Numerator: 1, Denominator: 2}
	for name, r := range map[string]Report{"with metrics": report(metric, metric), "without": report()} {
		got, day, err := DecodeStanding(r.AppendAvro(nil))
		want := r
		want.Metrics, want.ProductLinesOmitted, want.Statuses = nil, 0, nil
		if err != nil || day != today || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v on %v, error %v, want %+v on %v", name, got, day, err, want, today)
		}
	}
	bare := Report{SellerID: "S", Metrics: []MetricReport{metric}}
	if got, day, err := DecodeStanding(bare.AppendAvro(nil)); err != nil || day != today || got.SellerID != "S" || got.Rules != nil {
		t.Errorf("without rules: %+v on %v, error %v", got, day, err)
	}
}

// The day of a report is found also where no window ends with it.
func TestStandingTellsTheDay(t *testing.T) {
	const monday, first windows.Date = 20514, 20513 // 2026-03-02, and the day before it
	days, weeks, months := windows.Window{Count: 7}, windows.Window{Count: 2, Every: windows.Week}, windows.Window{Count: 1, Every: windows.Month}
	lagging := windows.Window{Count: 30, Lag: 10}
	for name, c := range map[string]struct {
		today   windows.Date
		zone    int64 // hours before UTC at noon of today there
		rules   []windows.Window
		metrics []windows.Window
		want    windows.Date
	}{
		"days":                                  {monday + 2, 0, []windows.Window{lagging}, []windows.Window{days}, monday + 2},
		"days, behind UTC":                      {monday + 2, -13, []windows.Window{lagging}, []windows.Window{days}, monday + 2},
		"days, ahead of UTC":                    {monday + 2, 13, []windows.Window{lagging}, []windows.Window{days}, monday + 2},
		"months":                                {monday + 20, 0, []windows.Window{months}, []windows.Window{months}, monday + 20},
		"months, and days later":                {monday + 19, -13, []windows.Window{months}, []windows.Window{months, weeks, days}, monday + 19},
		"weeks":                                 {monday + 3, 0, []windows.Window{weeks}, []windows.Window{weeks}, monday + 3},
		"weeks, on Monday":                      {monday, 0, []windows.Window{weeks}, []windows.Window{weeks}, monday},
		"months, on the first":                  {first, 0, []windows.Window{months}, []windows.Window{months}, first},
		"months and weeks":                      {monday, 0, []windows.Window{months, weeks}, []windows.Window{months, weeks}, monday},
		"days and months, on the first, behind": {first, -13, []windows.Window{months}, []windows.Window{{Count: 60}}, first},
		"months alone, behind UTC: that of UTC": {monday + 20, -13, []windows.Window{months}, []windows.Window{months}, monday + 21},
		"days before UTC's Monday that are a week": {first, -13, []windows.Window{days}, []windows.Window{days}, monday},
	} {
		r := Report{SellerID: "S", AsOf: int64(c.today)*86_400_000 + (12-c.zone)*3_600_000}
		for i, w := range c.rules {
			from, to := w.Range(c.today)
			r.Rules = append(r.Rules, RuleReport{Rule: string(rune('a' + i)), Metric: rules.ClaimRate.Name, Window: windows.Window{Count: int32(to-from) + 1}, From: from, To: to})
		}
		for _, w := range c.metrics {
			from, to := w.Range(c.today)
			r.Metrics = append(r.Metrics, MetricReport{Metric: rules.ClaimRate.Name, Window: windows.Window{Count: int32(to-from) + 1}, From: from, To: to})
		}
		got, day, err := DecodeStanding(r.AppendAvro(nil))
		if err != nil || day != c.want {
			t.Errorf("%s: %v, error %v, want %v", name, day, err, c.want)
			continue
		}
		for i := range got.Rules {
			if from, to := got.Rules[i].Window.Range(day); from != r.Rules[i].From || to != r.Rules[i].To {
				t.Errorf("%s: a window from %v to %v, want from %v to %v", name, from, to, r.Rules[i].From, r.Rules[i].To)
			}
		}
	}
}

func TestStandingRefuses(t *testing.T) {
	r := exampleReport()
	value := r.AppendAvro(nil)
	alert := exampleAlert()
	for name, bad := range map[string][]byte{"nothing": nil, "another schema": alert.AppendAvro(nil), "cut in the rules": value[:40], "cut before the metrics": value[:100]} {
		if got, _, err := DecodeStanding(bad); err == nil {
			t.Errorf("%s: %+v, want an error", name, got)
		}
	}
}

// FuzzDecodeStanding: whatever a whole report says of where a seller stands, its beginning says too.
func FuzzDecodeStanding(f *testing.F) {
	r := exampleReport()
	f.Add(r.AppendAvro(nil))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, value []byte) {
		whole, err := DecodeReport(value)
		got, _, standingErr := DecodeStanding(value)
		if err != nil {
			return
		}
		if standingErr != nil || got.SellerID != whole.SellerID || got.AsOf != whole.AsOf || got.Status != whole.Status || len(got.Rules) != len(whole.Rules) {
			t.Fatalf("%+v, error %v, of %+v", got, standingErr, whole)
		}
		for i := range got.Rules {
			got.Rules[i].Window.Lag = 0
			if !reflect.DeepEqual(got.Rules[i], whole.Rules[i]) {
				t.Fatalf("rule %+v, want %+v", got.Rules[i], whole.Rules[i])
			}
		}
	})
}
