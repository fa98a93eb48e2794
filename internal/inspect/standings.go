package inspect

import (
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/plan"
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
	Rule        string `json:"rule"`
	Metric      string `json:"metric"`
	Class       string `json:"class"`
	Channel     string `json:"channel"`
	Provisional bool   `json:"provisional"`
	Window      Window `json:"window"`
	Numbers
	Target    string   `json:"target"`
	TargetMet *bool    `json:"target_met"` // null without a denominator
	State     string   `json:"state"`
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
	return Window{w.Count, w.Lag, from, to}
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
	all, err := p.days(head.everything(), nil)
	if err != nil {
		return nil, fmt.Errorf("add up seller %q: %w", seller, err)
	}
	answer := &Standings{Head: head, Rules: []Standing{}}
	status := rules.StatusActive
	for i := range p.plan.Versions {
		rule := &p.plan.Versions[i]
		st := states[rule.Name]
		answer.Rules = append(answer.Rules, p.standing(&head, rule, st, all))
		status = max(status, rules.StatusOf(rule.Class, st.State))
	}
	answer.Status = status.String()
	return answer, nil
}

// everything is all dates of which orders are kept.
func (h *Head) everything() state.Span {
	return state.Span{Seller: h.SellerID, From: h.KeptFrom, To: h.keptTo()}
}

func (p *Partition) standing(head *Head, rule *plan.Version, st state.RuleState, all days) Standing {
	window, counter := windowOf(rule.Window(), head.Today), counterOf(rule.Metric, rule.Channel())
	numerator, denominator := counter.between(all, window.From, window.To)
	s := Standing{
		Rule: rule.Name, Metric: rule.Metric.FullName(), Class: rule.Class.String(), Channel: rule.Channel().String(), Provisional: rule.Provisional,
		Window: window, Numbers: numbersOf(numerator, denominator), Target: rule.Target.String(),
		State: st.State.String(), Since: optional(Instant(st.Since), st.Since != 0), Alerts: st.Transitions, Misses: numerator,
	}
	if denominator > 0 && !rule.Target.IsZero() {
		met := rule.Target.Met(numerator, denominator)
		s.TargetMet = &met
	}
	if rule.Good() {
		s.Misses = denominator - numerator
	}
	if rule.Components != nil {
		totals := p.between(all, window.From, window.To)
		s.Components = new(Components)
		s.Components.NegativeFeedback, s.Components.Claims, s.Components.Chargebacks = rule.Components.Of(&totals, rule.Rate.Channel)
	}
	s.MissesAllowed = optional(rule.MissesAllowed(denominator))
	s.DefectsToBreach = optional(rule.DefectsToBreach(numerator, denominator, st.State))
	s.OrdersToRecover = optional(rule.OrdersToRecover(numerator, denominator, st.State))
	s.RecoversOn = p.recoversOn(head, rule.Rule, st.State, all)
	return s
}

// recoversOn is the first day on which a breach would be over if only the window slid; nil where there is none to end.
func (p *Partition) recoversOn(head *Head, rule *rules.Rule, st rules.State, all days) *windows.Date {
	if st != rules.Breached || len(all) == 0 {
		return nil
	}
	counter := counterOf(rule.Metric, rule.Channel())
	return optional(rule.RecoversOn(p.calendar, head.Today, all[len(all)-1].date, func(from, to windows.Date) (int64, int64) {
		return counter.between(all, from, to)
	}))
}
