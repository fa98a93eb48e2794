package inspect

import (
	"cmp"
	"fmt"
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Standings are where a seller stands with each rule, in the order of the rules and then of their parts' values.
type Standings struct {
	Head
	Status   string            `json:"status"`   // recommended: the worst of statuses
	Statuses map[string]string `json:"statuses"` // of each pack, by its name; that of rules of no pack is empty
	Rules    []Standing        `json:"rules"`
	Coming   []Coming          `json:"coming"` // versions of rules that are yet to be in force, in the order of their days
}

// Standing is where a seller stands with a rule.
type Standing struct {
	Rule         string  `json:"rule"`
	Part         *string `json:"part" doc:"The value of the field that the rule tells orders apart by; null of a rule that does not."`
	PartsOmitted int64   `json:"parts_omitted"` // values of that field that have no state of their own
	Metric       string  `json:"metric"`
	Class        string  `json:"class"`
	Channel      string  `json:"channel"`
	Provisional  bool    `json:"provisional"`
	Window       Window  `json:"window"` // of several the one that is chosen today
	Numbers
	Target    *string     `json:"target"`     // null where no level is BREACHED
	TargetMet *bool       `json:"target_met"` // null without a denominator or a target
	State     string      `json:"state"`
	Level     *string     `json:"level"`  // of a rule with levels; null for NO_DATA
	Levels    []RuleLevel `json:"levels"` // from the best down; none of a rule without
	Since     *Instant    `json:"since"`  // of the state; null for one that never changed
	Alerts    int64       `json:"alerts"` // published of this seller and rule

	ProjectedState string        `json:"projected_state"` // that the numbers make; other than the state only between days of evaluation
	ProjectedLevel *string       `json:"projected_level"`
	Evaluate       string        `json:"evaluate"`     // on which days the state moves, as rule files have it: always, weekly mon
	EvaluatesOn    *windows.Date `json:"evaluates_on"` // the next such day; null where it always moves, or is in force on none any more
	Until          *windows.Date `json:"until"`        // the last day on which this version of the rule is in force; null for no end

	Components *Components `json:"components"` // of order_defect_rate; null else

	Misses          int64         `json:"misses"`
	MissesAllowed   *int64        `json:"misses_allowed"`    // the most of them, at this denominator, with which the target is met; null without data
	MinMisses       int64         `json:"min_misses"`        // fewer are no breach
	DefectsToBreach *int64        `json:"defects_to_breach"` // these and the next two as in alerts
	OrdersToRecover *int64        `json:"orders_to_recover"`
	RecoversOn      *windows.Date `json:"recovers_on"`
}

// RuleLevel is one of the steps of a rule.
type RuleLevel struct {
	Level  string  `json:"level"`
	Target *string `json:"target"` // that a rate must meet to be on it; null of the last
	State  string  `json:"state"`
}

func levelsOf(levels []rules.Level) []RuleLevel {
	all := []RuleLevel{}
	for _, l := range levels {
		all = append(all, RuleLevel{l.Name, targetText(l.Target), l.State.String()})
	}
	return all
}

// Coming is a version of a rule that is yet to be in force.
type Coming struct {
	Rule   string        `json:"rule"`
	From   windows.Date  `json:"from"`
	Until  *windows.Date `json:"until"` // null for no end
	Window string        `json:"window"`
	Target *string       `json:"target"` // null where no level is BREACHED
	Levels []RuleLevel   `json:"levels"` // none of a version without
}

// coming lists the versions that are yet to be in force.
func (p *Partition) coming(today windows.Date) []Coming {
	all := []Coming{}
	for i := range p.plan.Versions {
		if v := &p.plan.Versions[i]; v.From != nil && *v.From > today {
			all = append(all, Coming{v.Name, *v.From, v.Until, lengths(v.Windows), targetText(v.Target), levelsOf(v.Levels)})
		}
	}
	slices.SortStableFunc(all, func(a, b Coming) int { return cmp.Compare(a.From, b.From) })
	return all
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
	answer := &Standings{Head: head, Statuses: map[string]string{}, Rules: []Standing{}, Coming: p.coming(head.Today)}
	status, statuses := rules.StatusActive, p.options.Rules.Statuses()
	for i := range stands {
		answer.Rules = append(answer.Rules, p.standing(&head, &stands[i]))
		status = max(status, stands[i].Recommend(statuses, stands[i].state.State))
	}
	for _, s := range statuses {
		answer.Statuses[s.Pack] = s.Status.String()
	}
	answer.Status = status.String()
	return answer, nil
}

// everything is all dates of which orders are kept.
func (h *Head) everything() state.Span {
	return state.Span{Seller: h.SellerID, From: h.KeptFrom, To: h.keptTo()}
}

// counted is all dates of which counts are kept.
func (h *Head) counted() state.Span {
	return state.Span{Seller: h.SellerID, From: h.CountedFrom, To: h.keptTo()}
}

func (p *Partition) standing(head *Head, r *stand) Standing {
	st := &r.state
	window, numerator, denominator := r.numbers(head.Today)
	projected := r.Next(numerator, denominator, st.Standing())
	s := Standing{
		Rule: r.Name, Part: r.value(), PartsOmitted: r.omitted, Metric: r.Metric.FullName(), Class: r.Class.String(), Channel: r.Channel().String(), Provisional: r.Provisional,
		Window: windowOf(window, head.Today), Numbers: numbersOf(numerator, denominator), Target: targetText(r.Target), State: st.State.String(),
		Level: level(st.Standing()), Levels: levelsOf(r.Levels), Since: optional(Instant(st.Since), st.Since != 0), Alerts: st.Transitions,
		ProjectedState: projected.State.String(), ProjectedLevel: level(projected), Evaluate: r.Evaluate.String(), EvaluatesOn: p.evaluatesOn(r, head.Today), Until: r.Until,
		Misses: r.Misses(numerator, denominator), MinMisses: max(1, r.MinMisses),
	}
	if denominator > 0 && !r.Target.IsZero() {
		met := r.Target.Met(numerator, denominator)
		s.TargetMet = &met
	}
	if r.Components != nil {
		c := r.tally().all(s.Window.From, s.Window.To).components
		s.Components = &Components{c[0], c[1], c[2]}
	}
	s.MissesAllowed = optional(r.MissesAllowed(denominator))
	if st.State == rules.Breached || projected.State != rules.NoData { // Between days of evaluation there may be no data any more.
		s.DefectsToBreach = optional(r.DefectsToBreach(numerator, denominator, st.State))
	}
	s.OrdersToRecover = optional(r.OrdersToRecover(numerator, denominator, st.State))
	s.RecoversOn = p.recoversOn(head, r)
	return s
}

// targetText is a target; nil for none.
func targetText(t rules.Target) *string { return optional(t.String(), !t.IsZero()) }

// recoversOn is the first day on which a breach would be over if only the windows slid; nil where there is none to end.
func (p *Partition) recoversOn(head *Head, r *stand) *windows.Date {
	if r.state.State != rules.Breached || r.newest == nil {
		return nil
	}
	return optional(r.RecoversOn(p.calendar, head.Today, *r.newest, r.tally().between))
}

// evaluatesOn is the next day at whose start the state of a rule moves that is evaluated on some days alone; nil for none.
func (p *Partition) evaluatesOn(r *stand, today windows.Date) *windows.Date {
	if r.Evaluate.Always() {
		return nil
	}
	day := today + 1
	for !r.Evaluate.Has(day) || !p.calendar.Has(day) {
		day++
	}
	return optional(day, r.Until == nil || day <= *r.Until)
}
