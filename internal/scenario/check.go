package scenario

import (
	"fmt"
	"maps"
	"slices"

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
	if e.pack == "" {
		return faultOf(e.seller, "status", e.status, report.Status.String()), nil
	}
	statuses, _ := fieldsOf(report.AppendJSON(nil))["statuses"].(map[string]any)
	is, known := statuses[e.pack].(string)
	if !known {
		return fault{problem: unknown("the pack", e.pack, slices.Sorted(maps.Keys(statuses))...).Error()}, nil
	}
	return faultOf(e.seller, "status "+e.pack, e.status, is), nil
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
