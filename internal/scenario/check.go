package scenario

import (
	"fmt"
	"maps"
	"slices"
)

// report is where a seller stands now; a problem where it is not reported.
func (r *run) report(seller string) (report fields, problem string, err error) {
	report, known, err := r.on.report(seller)
	if err == nil && !known {
		problem = fmt.Sprintf("seller %s is not reported", seller)
	}
	return report, problem, err
}

func (e omittedIs) check(r *run) (fault, error) {
	report, problem, err := r.report(e.seller)
	if err != nil || problem != "" {
		return fault{problem: problem}, err
	}
	return faultOf(e.seller, "product_lines_omitted", fmt.Sprint(e.lines), report.optional("product_lines_omitted")), nil
}

func (e statusIs) check(r *run) (fault, error) {
	report, problem, err := r.report(e.seller)
	if err != nil || problem != "" {
		return fault{problem: problem}, err
	}
	if e.pack == "" {
		return faultOf(e.seller, "status", e.status, report.text("status")), nil
	}
	statuses := report.in("statuses")
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
		if a := r.alerts[i]; !r.ignored(a) {
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
	is, want := showInstant(r.on.streamTime()), showInstant(e.at)
	if is == want {
		return fault{}, nil
	}
	return fault{fmt.Sprintf("stream time %s, not %s", is, want), "stream time " + want, "stream time " + is}, nil
}
