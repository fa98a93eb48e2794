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

func (e ruleIs) check(r *run) (fault, error) {
	report, problem, err := r.report(e.seller)
	if err != nil || problem != "" {
		return fault{problem: problem}, err
	}
	var names []string
	for i := range report.Rules {
		if rule := &report.Rules[i]; rule.Rule == e.rule {
			return e.compare(rule), nil
		}
		names = append(names, report.Rules[i].Rule)
	}
	return fault{problem: unknown("the rule", e.rule, names...).Error()}, nil
}

func (e ruleIs) compare(rule *outputs.RuleReport) fault {
	f := fault{expected: e.rule, found: e.rule}
	var wrong []string
	compare := func(name, is, want string) {
		if want == "" {
			return
		}
		f.expected, f.found = f.expected+name+want, f.found+name+is
		if is != want {
			wrong = append(wrong, fmt.Sprintf("%s%s, not %s", strings.TrimLeft(name, ", "), is, want))
		}
	}
	numbers := ratio{rule.Numerator, rule.Denominator}
	compare(" ", numbers.String()+" "+rule.State.String(), e.ratio.String()+" "+e.state)
	compare(", window ", rule.From.String()+" to "+rule.To.String(), e.window)
	compare(", target ", targetOf(rule), e.target)
	if len(wrong) == 0 {
		return fault{}
	}
	f.problem = fmt.Sprintf("seller %s, %s: %s", e.seller, e.rule, strings.Join(wrong, "; "))
	return f
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

func (e metricIs) check(r *run) (fault, error) {
	report, problem, err := r.report(e.seller)
	if err != nil || problem != "" {
		return fault{problem: problem}, err
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
		return fault{}, nil
	}
	name := fmt.Sprintf("%v %dd %v", e.metric, e.days, e.channel)
	if e.line != nil {
		name += " line " + *e.line
	}
	return fault{fmt.Sprintf("seller %s, %s: %s, not %s", e.seller, name, found, want), name + " " + want, name + " " + found}, nil
}

func (e omittedIs) check(r *run) (fault, error) {
	report, problem, err := r.report(e.seller)
	if err != nil || problem != "" {
		return fault{problem: problem}, err
	}
	return faultOf(e.seller, "product_lines_omitted", fmt.Sprint(e.lines), fmt.Sprint(report.ProductLinesOmitted)), nil
}

func (e statusIs) check(r *run) (fault, error) {
	report, problem, err := r.report(e.seller)
	if err != nil || problem != "" {
		return fault{problem: problem}, err
	}
	return faultOf(e.seller, "status", e.status, report.Status.String()), nil
}

func (e notReported) check(r *run) (fault, error) {
	_, problem, err := r.report(e.seller)
	if err != nil || problem != "" {
		return fault{}, err
	}
	return fault{problem: fmt.Sprintf("seller %s is reported", e.seller)}, nil
}

func (noAlerts) check(r *run) (fault, error) {
	for i := range r.alerts {
		if a := &r.alerts[i]; !r.ignored(a) {
			return fault{problem: "there is " + show(a)}, nil
		}
	}
	return fault{}, nil
}

func (noDeadLetters) check(r *run) (fault, error) {
	if len(r.dead) == 0 {
		return fault{}, nil
	}
	return fault{problem: "there is " + r.dead[0].show()}, nil
}

func (e streamTime) check(r *run) (fault, error) {
	is, want := showInstant(r.engine.StreamTime()), showInstant(e.at)
	if is == want {
		return fault{}, nil
	}
	return fault{fmt.Sprintf("stream time %s, not %s", is, want), "stream time " + want, "stream time " + is}, nil
}
