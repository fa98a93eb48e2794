package outputs

import (
	"testing"

	"sellerpulse/pkg/rules"
)

func TestAlertKind(t *testing.T) {
	for state, want := range map[rules.State]string{rules.NoData: "RESOLVED", rules.OK: "RESOLVED", rules.AtRisk: "AT_RISK", rules.Breached: "BREACHED"} {
		if got := (&Alert{State: state}).Kind().String(); got != want {
			t.Errorf("an alert of %v is %s, want %s", state, got, want)
		}
	}
}

func TestParseAlertID(t *testing.T) {
	for _, want := range []Alert{{SellerID: "S1", Rule: "odr", Transition: 1}, {SellerID: "a/b/1", Rule: "odr-early", Transition: 9_223_372_036_854_775_807}, {SellerID: "/", Rule: "r", Transition: 20}} {
		seller, rule, transition, ok := ParseAlertID(want.ID())
		if !ok || seller != want.SellerID || rule != want.Rule || transition != want.Transition {
			t.Errorf("%q is of %q, %q, %d, %v", want.ID(), seller, rule, transition, ok)
		}
	}
	for _, id := range []string{"", "/", "S1", "S1/odr", "odr/1", "S1/odr/", "S1/odr/0", "S1/odr/-1", "S1/odr/+1", "S1/odr/01", "S1/odr/1 ", "S1/odr/9223372036854775808"} {
		if seller, rule, transition, ok := ParseAlertID(id); ok {
			t.Errorf("%q is of %q, %q, %d", id, seller, rule, transition)
		}
	}
}
