package outputs

import (
	"slices"
	"testing"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

func TestReportWindows(t *testing.T) {
	want := map[*rules.Metric][]int32{
		rules.CancellationRate: {7}, rules.LateShipmentRate: {10, 30}, rules.ValidTrackingRate: {30},
		rules.OnTimeDeliveryRate: {30}, rules.ReturnDissatisfactionRate: {30},
	}
	for _, m := range rules.Metrics() {
		days := []int32{60}
		if want[m] != nil {
			days = want[m]
		}
		if got := ReportWindows(m); !slices.EqualFunc(got, days, func(w windows.Window, n int32) bool { return w == windows.Window{Count: n} }) {
			t.Errorf("%v is reported over %v, want %v days", m, got, days)
		}
	}
}
