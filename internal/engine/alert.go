package engine

import (
	"fmt"

	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// alert publishes a transition, with all that explains it.
func (e *Engine) alert(s *standing, before rules.Standing, cause *outputs.Cause) error {
	r, st := s.rule, s.state()
	window, numerator, denominator := s.numbers()
	from, to := window.Range(e.today)
	a := outputs.Alert{
		SellerID: s.seller.ID, Rule: r.Name, Transition: st.Transitions, Metric: r.Metric.FullName(), Class: r.Class, Channel: r.Channel(),
		Provisional: r.Provisional, State: st.State, PreviousState: before.State, AsOf: e.clock.StreamTime, Window: published(window, from, to), From: from, To: to,
		Numerator: numerator, Denominator: denominator, Target: r.Target, Cause: *cause,
		Part: s.value(), Level: st.Level, PreviousLevel: before.Level,
	}
	if c := r.Components; c != nil {
		a.Components = new(outputs.Components)
		a.Components.NegativeFeedback, a.Components.Claims, a.Components.Chargebacks = c.Of(s.sums(from, to), r.Rate.Channel)
	}
	a.DefectsToBreach = optional(r.DefectsToBreach(numerator, denominator, st.State))
	a.OrdersToRecover = optional(r.OrdersToRecover(numerator, denominator, st.State))
	a.RecoversOn = optional(e.recoversOn(s))
	if !e.trial {
		var err error
		if a.OrderIDs, err = e.ordersBehind(s, from, to); err != nil {
			return fmt.Errorf("alert %s of seller %q: %w", r.Name, s.seller.ID, err)
		}
	}
	e.pending.Alerts = append(e.pending.Alerts, a)
	e.pending.bytes += sizeOfAlert(&a)
	return nil
}

// value is that of the part; nil for the whole.
func (s *standing) value() *string {
	if s.rule.Field == windows.NoField {
		return nil
	}
	value := s.part.Value
	return &value
}

// sizeOfAlert is about how many bytes an alert is.
func sizeOfAlert(a *outputs.Alert) int {
	const others = 256
	n := others + 2*len(a.SellerID) + len(a.Cause.EventID) + len(a.Cause.OrderID)
	if a.Part != nil {
		n += 2 * len(*a.Part)
	}
	for _, id := range a.OrderIDs {
		n += len(id)
	}
	return n
}

// recoversOn is the first day on which a breach would be over if only the windows slid.
func (e *Engine) recoversOn(s *standing) (day windows.Date, ok bool) {
	newest, ok := s.seller.Windows.Newest()
	if !ok || s.state().State != rules.Breached {
		return 0, false
	}
	return s.rule.RecoversOn(e.calendar, e.today, newest, func(from, to windows.Date) (int64, int64) {
		return s.rule.Rate.Of(s.sums(from, to))
	})
}

func optional[T any](v T, ok bool) *T {
	if !ok {
		return nil
	}
	return &v
}
