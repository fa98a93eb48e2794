package engine

import (
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// evaluate compares the rules whose numbers changed with the seller's windows, at stream time.
func (e *Engine) evaluate(seller *state.Seller, cause outputs.Cause) error {
	return seller.Windows.TakeChanged(func(_ windows.Part, bits uint64) error {
		for i := range e.rules {
			if bits&e.rules[i].watch == 0 {
				continue
			}
			if err := e.evaluateRule(seller, i, cause); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *Engine) evaluateRule(seller *state.Seller, i int, cause outputs.Cause) error {
	rule, st := &e.rules[i], &seller.Rules[i]
	_, numerator, denominator := rule.numbers(seller)
	before := st.State
	now := rule.Next(numerator, denominator, rules.Standing{State: before}).State
	if now == before {
		return nil
	}
	st.State, st.Since = now, e.clock.StreamTime
	e.store.Changed(seller)
	if !rules.Alerts(rules.Standing{State: before}, rules.Standing{State: now}) {
		return nil
	}
	st.Transitions++
	return e.alert(seller, i, before, cause)
}

// alert publishes a transition, with all that explains it.
func (e *Engine) alert(seller *state.Seller, i int, before rules.State, cause outputs.Cause) error {
	rule, st := &e.rules[i], &seller.Rules[i]
	window, numerator, denominator := rule.numbers(seller)
	from, to := window.Range(e.today)
	a := outputs.Alert{
		SellerID: seller.ID, Rule: rule.Name, Transition: st.Transitions, Metric: rule.Metric.FullName(), Class: rule.Class, Channel: rule.Channel(),
		Provisional: rule.Provisional, State: st.State, PreviousState: before, AsOf: e.clock.StreamTime, Window: window, From: from, To: to,
		Numerator: numerator, Denominator: denominator, Target: rule.Target, Cause: cause,
	}
	if c := rule.Components; c != nil {
		a.Components = new(outputs.Components)
		a.Components.NegativeFeedback, a.Components.Claims, a.Components.Chargebacks = c.Of(seller.Windows.Between(from, to, windows.Part{}), rule.Rate.Channel)
	}
	a.DefectsToBreach = optional(rule.DefectsToBreach(numerator, denominator, st.State))
	a.OrdersToRecover = optional(rule.OrdersToRecover(numerator, denominator, st.State))
	a.RecoversOn = optional(e.recoversOn(seller, rule, st.State))
	var err error
	if a.OrderIDs, err = e.ordersBehind(seller, i, from, to); err != nil {
		return fmt.Errorf("alert %s of seller %q: %w", rule.Name, seller.ID, err)
	}
	e.pending.Alerts = append(e.pending.Alerts, a)
	e.pending.bytes += sizeOfAlert(&a)
	return nil
}

// sizeOfAlert is about how many bytes an alert is.
func sizeOfAlert(a *outputs.Alert) int {
	const others = 256
	n := others + 2*len(a.SellerID) + len(a.Cause.EventID) + len(a.Cause.OrderID)
	for _, id := range a.OrderIDs {
		n += len(id)
	}
	return n
}

// recoversOn is the first day on which a breach would be over if only the window slid.
func (e *Engine) recoversOn(seller *state.Seller, rule *rule, st rules.State) (day windows.Date, ok bool) {
	newest, ok := seller.Windows.Newest()
	if !ok || st != rules.Breached {
		return 0, false
	}
	return rule.RecoversOn(e.calendar, e.today, newest, func(from, to windows.Date) (int64, int64) {
		return rule.Rate.Of(seller.Windows.Between(from, to, windows.Part{}))
	})
}

func optional[T any](v T, ok bool) *T {
	if !ok {
		return nil
	}
	return &v
}
