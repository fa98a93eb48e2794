package oracle

import (
	"slices"
	"strings"
)

// Statuses recommended for an account, from the best.
const (
	Active      = "ACTIVE"
	AccountRisk = "AT_RISK"
	UnderReview = "UNDER_REVIEW"
)

// Report is how a seller stands at the present stream time.
type Report struct {
	SellerID string
	AsOf     int64
	Status   string            // the worst of Statuses
	Statuses map[string]string // by pack
	Rules    []RuleReport      // of those in force, and of each their parts that have a place
	Metrics  []MetricReport    // by metric, window, product line (the total first), channel

	ProductLinesOmitted int
}

// RuleReport is how a seller stands with a rule.
type RuleReport struct {
	Rule, Metric           string // full names
	Class, Channel         string
	Provisional            bool
	Part                   *string // nil of a rule without parts
	PartsOmitted           int     // parts of the rule that have orders and no place
	Window                 Window
	Numerator, Denominator int
	Rate                   *float64
	Target                 string // empty for none
	TargetMet              *bool  // nil without a denominator or a target
	State                  State
	Level                  string // empty for none
	Levels                 []LevelReport
	ProjectedState         State // that would follow if the rule were evaluated now
	CountsFrom             *Day  // the first date that counts, of a window that begins before it
	SilencedUntil          *Day  // the last day on which nobody is told; nil where people are
	SilenceReason          string
}

// LevelReport is a level that a seller may have; Target is empty for the last.
type LevelReport struct {
	Level, Target string
	State         State
}

// Report is the report of a seller that has a placed order.
func (r *Result) Report(name string) Report {
	s := r.sellers[name]
	report := Report{SellerID: name, AsOf: r.StreamTime, Status: Active, Statuses: map[string]string{}}
	for _, pack := range r.policy.packs {
		report.Statuses[pack] = Active
	}
	r.eachStand(s, func(of *rule, p part) {
		line := r.ruleReport(s, of, p)
		report.Rules = append(report.Rules, line)
		report.Statuses[of.pack] = worse(report.Statuses[of.pack], of.status(line.State))
	})
	for _, status := range report.Statuses {
		report.Status = worse(report.Status, status)
	}
	r.reportMetrics(s, &report)
	return report
}

// eachStand gives each rule in force and each part of it that has a place, by its value.
func (r *Result) eachStand(s *seller, yield func(*rule, part)) {
	for _, n := range r.policy.named {
		of := n.inForce(r.calendar.today(r.StreamTime))
		if of != nil {
			of = r.policy.heldBy(s.name, of, r.calendar.today(r.StreamTime))
		}
		if of == nil {
			continue
		}
		parts := slices.Clone(s.placesOf(of))
		slices.SortFunc(parts, func(a, b part) int { return strings.Compare(a.value, b.value) })
		for _, p := range parts {
			yield(of, p)
		}
	}
}

// status is the status that a state recommends by itself.
func (r *rule) status(state State) string {
	switch {
	case r.contractual() && state == Breached:
		return UnderReview
	case r.contractual() && state == AtRisk:
		return AccountRisk
	}
	return Active
}

func worse(a, b string) string {
	if a == UnderReview || b == Active {
		return a
	}
	return b
}

func (r *Result) ruleReport(s *seller, of *rule, p part) RuleReport {
	is := r.figures(s, of, p, r.calendar.today(r.StreamTime))
	at := s.kept(of.name, p).standing
	line := RuleReport{
		Rule: of.name, Metric: of.metric.fullName(), Class: of.class(), Channel: of.metric.channel, Provisional: of.Provisional,
		Part: p.optional(), Window: is.Window,
		Numerator: is.numerator, Denominator: is.denominator, Rate: rate(is.numerator, is.denominator), Target: of.aimed().String(),
		State: at.state, Level: at.level, ProjectedState: of.next(at, is.numerator, is.denominator).state, CountsFrom: r.countsFrom(of, is.Window),
	}
	if silence := r.policy.silence(s.name, of, r.calendar.today(r.StreamTime)); silence != nil {
		until := dayNamed(silence.Until)
		line.SilencedUntil, line.SilenceReason = &until, string(silence.Reason)
	}
	if of.By != "" {
		line.PartsOmitted = len(r.waiting(s, of))
	}
	for _, l := range of.levels {
		line.Levels = append(line.Levels, LevelReport{l.name, l.target.String(), l.state})
	}
	if aimed := of.aimed(); aimed != nil && is.denominator > 0 {
		met := aimed.met(is.numerator, is.denominator)
		line.TargetMet = &met
	}
	return line
}
