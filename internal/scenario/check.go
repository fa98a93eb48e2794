package scenario

import (
	"fmt"
	"strings"

	"sellerpulse/pkg/outputs"
)

// report is where a seller stands now; a problem where it is not reported.
func (r *run) report(seller string) (report outputs.Report, problem string, err error) {
	report, known, err := r.engine.ReportOf(seller)
	if err == nil && !known {
		problem = fmt.Sprintf("seller %s is not reported", seller)
	}
	return report, problem, err
}

func (e ruleIs) check(r *run) (string, error) {
	report, problem, err := r.report(e.seller)
	if err != nil || problem != "" {
		return problem, err
	}
	var names []string
	for i := range report.Rules {
		if rule := &report.Rules[i]; rule.Rule == e.rule {
			return e.compare(rule), nil
		}
		names = append(names, report.Rules[i].Rule)
	}
	return unknown("the rule", e.rule, names...).Error(), nil
}

func (e ruleIs) compare(rule *outputs.RuleReport) string {
	var wrong []string
	compare := func(name, is, want string) {
		if want != "" && is != want {
			wrong = append(wrong, fmt.Sprintf("%s%s, not %s", name, is, want))
		}
	}
	numbers := ratio{rule.Numerator, rule.Denominator}
	compare("", numbers.String()+" "+rule.State.String(), e.ratio.String()+" "+e.state)
	compare("window ", rule.From.String()+" to "+rule.To.String(), e.window)
	compare("target ", targetOf(rule), e.target)
	if len(wrong) == 0 {
		return ""
	}
	return fmt.Sprintf("seller %s, %s: %s", e.seller, e.rule, strings.Join(wrong, "; "))
}

// targetOf is met, missed, or unknown without a denominator.
func targetOf(rule *outputs.RuleReport) string {
	switch met, known := rule.TargetMet(); {
	case !known:
		return targets[2]
	case met:
		return targets[0]
	default:
		return targets[1]
	}
}

func (e metricIs) check(r *run) (string, error) {
	report, problem, err := r.report(e.seller)
	if err != nil || problem != "" {
		return problem, err
	}
	found := "unreported"
	for i := range report.Metrics {
		m := &report.Metrics[i]
		sameLine := e.line == nil && m.ProductLine == nil || e.line != nil && m.ProductLine != nil && *e.line == *m.ProductLine
		if m.Metric == e.metric.FullName() && m.Window.Count == e.days && m.Channel == e.channel && sameLine {
			found = ratio{m.Numerator, m.Denominator}.String()
		}
	}
	want := e.ratio.String()
	if e.unreported {
		want = "unreported"
	}
	if found == want {
		return "", nil
	}
	line := ""
	if e.line != nil {
		line = " line " + *e.line
	}
	return fmt.Sprintf("seller %s, %v %dd %v%s: %s, not %s", e.seller, e.metric, e.days, e.channel, line, found, want), nil
}

func (e omittedIs) check(r *run) (string, error) {
	report, problem, err := r.report(e.seller)
	if err != nil || problem != "" || report.ProductLinesOmitted == e.lines {
		return problem, err
	}
	return fmt.Sprintf("seller %s: product_lines_omitted %d, not %d", e.seller, report.ProductLinesOmitted, e.lines), nil
}

func (e statusIs) check(r *run) (string, error) {
	report, problem, err := r.report(e.seller)
	if err != nil || problem != "" || report.Status.String() == e.status {
		return problem, err
	}
	return fmt.Sprintf("seller %s: status %v, not %s", e.seller, report.Status, e.status), nil
}

func (e notReported) check(r *run) (string, error) {
	_, problem, err := r.report(e.seller)
	if err != nil || problem != "" {
		return "", err
	}
	return fmt.Sprintf("seller %s is reported", e.seller), nil
}

func (noAlerts) check(r *run) (string, error) {
	for i := range r.alerts {
		if a := &r.alerts[i]; !r.ignored(a) {
			return "there is " + show(a), nil
		}
	}
	return "", nil
}

func (noDeadLetters) check(r *run) (string, error) {
	if len(r.dead) == 0 {
		return "", nil
	}
	return "there is " + r.dead[0].show(), nil
}

func (e streamTime) check(r *run) (string, error) {
	if is := r.engine.StreamTime(); is != e.at {
		return fmt.Sprintf("stream time %s, not %s", showInstant(is), showInstant(e.at)), nil
	}
	return "", nil
}
