package outputs_test

import (
	"fmt"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// A subscriber decodes the value of each record of the topic of alerts.
func ExampleDecodeAlert() {
	value := (&outputs.Alert{
		SellerID: "S1", Rule: "odr", Transition: 1, State: rules.Breached, PreviousState: rules.OK, AsOf: 1772366400000,
		Window: windows.Window{Count: 60}, Numerator: 2, Denominator: 100, Target: rules.BuiltIn().Find("odr").Versions[0].Target, Cause: outputs.TimeCause(),
	}).AppendAvro(nil)

	alert, err := outputs.DecodeAlert(value)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(alert.ID(), alert.Kind(), events.FormatInstant(alert.AsOf))
	fmt.Printf("%d of %d, target %v\n", alert.Numerator, alert.Denominator, alert.Target)
	// Output:
	// S1/odr/1 BREACHED 2026-03-01T12:00:00.000Z
	// 2 of 100, target < 0.01
}
