package backfill

import (
	"testing"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// What a report tells of a rule that is silenced is not what people were told of it.
func TestASilencedRuleIsNotTold(t *testing.T) {
	until := windows.Date(20_000)
	report := outputs.Report{SellerID: "S", AsOf: 7, Rules: []outputs.RuleReport{
		{Rule: "a", State: rules.Breached, SilencedUntil: &until, SilenceReason: "they move", Target: rules.BuiltIn().Versions()[0].Target},
		{Rule: "b", State: rules.AtRisk, Target: rules.BuiltIn().Versions()[0].Target},
	}}
	p := newPublished(nil, 0, nil)
	if err := p.takeReport(report.AppendAvro(nil)); err != nil {
		t.Fatal(err)
	}
	told := p.waiting["S"].Rules
	if _, known := told["a"]; known || told["b"] != (state.RuleState{State: rules.AtRisk}) {
		t.Errorf("told is %+v, want b alone", told)
	}
}
