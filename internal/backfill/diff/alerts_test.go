package diff

import (
	"fmt"
	"slices"
	"testing"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// breached is an alert of seller S, tipped by an event, or by time for none.
func breached(n int64, event string, asOf events.Millis, numerator int64) outputs.Alert {
	a := outputs.Alert{SellerID: "S", Rule: "late", Transition: n, State: rules.Breached, PreviousState: rules.OK, AsOf: asOf, Numerator: numerator, Denominator: 10}
	if a.Cause = outputs.TimeCause(); event != "" {
		a.Cause = outputs.Cause{Kind: "CONFIRMED", Topic: "shipments", Offset: asOf, EventID: event, OrderID: "O"}
	}
	return a
}

func TestAlertsThatAreTheSame(t *testing.T) {
	for name, c := range map[string]struct {
		live, candidate []outputs.Alert
		renumbered      int
		want            []string // presence, and the ids and numerators of both
	}{
		"the same":                           {[]outputs.Alert{breached(1, "e", 5, 1)}, []outputs.Alert{breached(1, "e", 5, 1)}, 0, nil},
		"an event applied at another time":   {[]outputs.Alert{breached(1, "e", 5, 1)}, []outputs.Alert{breached(1, "e", 7, 1)}, 0, nil},
		"another event":                      {[]outputs.Alert{breached(1, "e", 5, 1)}, []outputs.Alert{breached(1, "f", 5, 1)}, 0, []string{"candidate none S/late/1:1", "live S/late/1:1 none"}},
		"time, at the same instant":          {[]outputs.Alert{breached(1, "", 5, 1)}, []outputs.Alert{breached(1, "", 5, 1)}, 0, nil},
		"time, at another instant":           {[]outputs.Alert{breached(1, "", 5, 1)}, []outputs.Alert{breached(1, "", 6, 1)}, 0, []string{"live S/late/1:1 none", "candidate none S/late/1:1"}},
		"other counts":                       {[]outputs.Alert{breached(1, "e", 5, 1)}, []outputs.Alert{breached(1, "e", 5, 2)}, 0, []string{"both S/late/1:1 S/late/1:2"}},
		"one more before shifts the numbers": {[]outputs.Alert{breached(1, "e", 5, 1)}, []outputs.Alert{breached(1, "d", 4, 1), breached(2, "e", 5, 1)}, 1, []string{"candidate none S/late/1:1"}},
		"the same twice, and once":           {[]outputs.Alert{breached(1, "e", 5, 1), breached(2, "e", 8, 1)}, []outputs.Alert{breached(1, "e", 5, 1)}, 0, []string{"live S/late/2:1 none"}},
	} {
		t.Run(name, func(t *testing.T) {
			var held heldAlerts
			var sums [2]digest
			for side, all := range [...][]outputs.Alert{c.live, c.candidate} {
				for i := range all {
					a := &all[i]
					held[side] = append(held[side], heldAlert{keyOf(a), a.Cause, AlertNumbers{a.ID(), a.AsOf, a.Numerator, a.Denominator}})
					sums[side].takeAlert(a, nil)
				}
			}
			told, renumbered := held.match()
			var got []string
			for i := range told {
				got = append(got, fmt.Sprint(told[i].In(), " ", numbersText(told[i].Live), " ", numbersText(told[i].Candidate)))
			}
			if differ := sums[live].alerts != sums[candidate].alerts; !sameTexts(got, c.want) || renumbered != c.renumbered || differ != (c.want != nil) {
				t.Errorf("told %q, %d renumbered, sums differ: %v; want %q, %d, %v", got, renumbered, differ, c.want, c.renumbered, c.want != nil)
			}
		})
	}
}

func sameTexts(a, b []string) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func numbersText(a *AlertNumbers) string {
	if a == nil {
		return "none"
	}
	return fmt.Sprintf("%s:%d", a.ID, a.Numerator)
}
