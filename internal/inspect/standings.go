package inspect

import (
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Standings are where a seller stands with each rule, in the order of the rules.
type Standings struct {
	Head
	Status string     `json:"status"` // recommended
	Rules  []Standing `json:"rules"`
}

// Standing is where a seller stands with a rule.
type Standing struct {
	Rule        string  `json:"rule"`
	Part        *string `json:"part" doc:"The value of the field that the rule tells orders apart by; null of a rule that does not."`
	Metric      string  `json:"metric"`
	Class       string  `json:"class"`
	Channel     string  `json:"channel"`
	Provisional bool    `json:"provisional"`
	Window      Window  `json:"window"`
	Numbers
	Target    *string  `json:"target"`     // null where no level is BREACHED
	TargetMet *bool    `json:"target_met"` // null without a denominator or a target
	State     string   `json:"state"`
	Level     *string  `json:"level"`  // of a rule with levels; null for NO_DATA
	Since     *Instant `json:"since"`  // of the state; null for one that never changed
	Alerts    int64    `json:"alerts"` // published of this seller and rule

	Components *Components `json:"components"` // of order_defect_rate; null else

	Misses          int64         `json:"misses"`
	MissesAllowed   *int64        `json:"misses_allowed"`    // the most of them, at this denominator, with which the target is met; null without data
	DefectsToBreach *int64        `json:"defects_to_breach"` // these and the next two as in alerts
	OrdersToRecover *int64        `json:"orders_to_recover"`
	RecoversOn      *windows.Date `json:"recovers_on"`
}

// Window is a rule's window on a day.
type Window struct {
	Days int32        `json:"days"`
	Lag  int32        `json:"lag"`  // days
	From windows.Date `json:"from"` // order dates, both inclusive
	To   windows.Date `json:"to"`
}

func windowOf(w windows.Window, today windows.Date) Window {
	from, to := w.Range(today)
	return Window{int32(to-from) + 1, int32(today - to), from, to}
}

// Components are the orders of a window with each kind of defect. An order may have several.
type Components struct {
	NegativeFeedback int64 `json:"negative_feedback"`
	Claims           int64 `json:"claims"`
	Chargebacks      int64 `json:"chargebacks"`
}

// Rules tells where a seller stands with each rule, and what would change that.
func (p *Partition) Rules(seller string) (*Standings, error) {
	head, states, err := p.seller(seller)
	if err != nil {
		return nil, err
	}
	stands, err := p.stands(&head, states)
	if err != nil {
		return nil, fmt.Errorf("add up seller %q: %w", seller, err)
	}
	answer := &Standings{Head: head, Rules: []Standing{}}
	status := rules.StatusActive
	for i := range stands {
		answer.Rules = append(answer.Rules, p.standing(&head, &stands[i]))
		status = max(status, rules.StatusOf(stands[i].Class, stands[i].state.State))
	}
	answer.Status = status.String()
	return answer, nil
}

// everything is all dates of which orders are kept.
func (h *Head) everything() state.Span {
	return state.Span{Seller: h.SellerID, From: h.KeptFrom, To: h.keptTo()}
}

func (p *Partition) standing(head *Head, r *stand) Standing {
	st := &r.state
	window, numerator, denominator := r.numbers(head.Today)
	s := Standing{
		Rule: r.Name, Part: r.value(), Metric: r.Metric.FullName(), Class: r.Class.String(), Channel: r.Channel().String(), Provisional: r.Provisional,
		Window: windowOf(window, head.Today), Numbers: numbersOf(numerator, denominator), Target: targetText(r.Target), State: st.State.String(),
		Level: level(st.Standing()), Since: optional(Instant(st.Since), st.Since != 0), Alerts: st.Transitions, Misses: r.Misses(numerator, denominator),
	}
	if denominator > 0 && !r.Target.IsZero() {
		met := r.Target.Met(numerator, denominator)
		s.TargetMet = &met
	}
	if r.Components != nil {
		totals := p.between(r.days, s.Window.From, s.Window.To)
		s.Components = new(Components)
		s.Components.NegativeFeedback, s.Components.Claims, s.Components.Chargebacks = r.Components.Of(&totals, r.Rate.Channel)
	}
	s.MissesAllowed = optional(r.MissesAllowed(denominator))
	s.DefectsToBreach = optional(r.DefectsToBreach(numerator, denominator, st.State))
	s.OrdersToRecover = optional(r.OrdersToRecover(numerator, denominator, st.State))
	s.RecoversOn = p.recoversOn(head, r)
	return s
}

// targetText is a target; nil for none.
func targetText(t rules.Target) *string { return optional(t.String(), !t.IsZero()) }

// recoversOn is the first day on which a breach would be over if only the windows slid; nil where there is none to end.
func (p *Partition) recoversOn(head *Head, r *stand) *windows.Date {
	if r.state.State != rules.Breached || len(r.days) == 0 {
		return nil
	}
	counter := counterOfRule(r.Version)
	return optional(r.RecoversOn(p.calendar, head.Today, r.days[len(r.days)-1].date, func(from, to windows.Date) (int64, int64) {
		return counter.between(r.days, from, to)
	}))
}
