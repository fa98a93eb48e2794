package rules

import (
	"fmt"

	"sellerpulse/pkg/windows"
)

// CheckDone refuses what rules may say and a running processor does not do yet: the engine does, but not all that shows or asks about states. It is
// the one place that holds such rules back.
func (s *Set) CheckDone() error {
	if len(s.packs) > 1 {
		return notYet("rule files", "several of them", "give one")
	}
	for _, p := range s.packs {
		if fullName(p.Name, "") != "" {
			return notYet("pack "+p.Name, "names with a pack before them", "leave out pack")
		}
	}
	for _, n := range s.named {
		if len(n.Versions) > 1 {
			return notYet("rule "+n.Name, "several versions", "keep the one that is in force")
		}
		if key := n.Versions[0].undone(); key != "" {
			return notYet(fmt.Sprintf("rule %q", n.Name), key, "leave it out")
		}
	}
	return nil
}

func notYet(what, key, remedy string) error {
	return &Error{Field: what, Problem: fmt.Sprintf("%s: not yet: rules are read so, but no state follows from it in this version; %s", key, remedy)}
}

// undone is what the rule has and the engine does not do yet; empty for nothing.
func (r *Rule) undone() string {
	switch {
	case len(r.Windows) > 1:
		return "a list of windows"
	case r.Window().Every != windows.Day:
		return "a window of weeks or months"
	case !r.Where.IsZero():
		return "where"
	case r.By != NoField:
		return "by"
	case !r.Evaluate.Always():
		return "evaluate"
	case r.From != nil || r.Until != nil:
		return "from and until"
	case r.Metric.Pack != "" || FindMetric(r.Metric.Name) != r.Metric:
		return "a metric of the file"
	default:
		return ""
	}
}
