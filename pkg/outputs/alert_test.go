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
