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
