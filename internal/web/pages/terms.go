package pages

import (
	"time"

	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// ruleOn is the version of a rule that is in force on a day; nil where the rules are not known, or have none.
func (w *words) ruleOn(rule string, day windows.Date) *rules.Rule {
	if w.rules == nil {
		return nil
	}
	return w.rules.Find(rule).InForce(day)
}

// judged is what is known of a rule to judge numbers by: its definition, or the target that a report has.
func (w *words) judged(r *outputs.RuleReport, day windows.Date) *rules.Rule {
	if d := w.ruleOn(r.Rule, day); d != nil && d.Target == r.Target {
		return d
	}
	return &rules.Rule{Target: r.Target}
}

var monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

var periodNames = [...]string{windows.Day: "1 day", windows.Week: "1 week", windows.Month: "1 month"}

// month is the month of a date.
func (w *words) month(d windows.Date) string {
	at := time.Unix(int64(d)*86400, 0).UTC()
	return w.t("%s %d", w.t(monthNames[at.Month()-1]), at.Year())
}

// span is the window of a rule: its dates, and in words what is more than days.
func (w *words) span(r *outputs.RuleReport, today windows.Date) string {
	dates := w.window(r.From, r.To)
	d := w.ruleOn(r.Rule, today)
	if d == nil {
		return dates
	}
	for i, c := range d.Windows {
		if from, to := c.Window.Range(today); from != r.From || to != r.To {
			continue
		}
		text := w.length(c.Window, r.From, r.To)
		if i > 0 {
			text = w.t("%s, of %s it had too few", text, w.extent(d.Windows[i-1].Window))
		}
		if i > 0 || c.Window.Every != windows.Day {
			return text + " · " + dates
		}
	}
	return dates
}

// length names the dates of a window.
func (w *words) length(of windows.Window, from, to windows.Date) string {
	switch {
	case of.Every == windows.Month && of.Count == 1:
		return w.month(from)
	case of.Every == windows.Month:
		return w.t("%s to %s", w.month(from), w.month(to))
	case of.Every == windows.Week && of.Count == 1:
		return w.t("week of %s", from.String())
	}
	return w.extent(of)
}

// extent is how long a window is.
func (w *words) extent(of windows.Window) string {
	n := w.count(int64(of.Count))
	if of.Count == 1 {
		return w.t(periodNames[of.Every])
	}
	switch of.Every {
	case windows.Month:
		return w.t("%s months", n)
	case windows.Week:
		return w.t("%s weeks", n)
	}
	return w.t("%s days", n)
}

// notes say when a rule is evaluated next, if it is on some days alone, what its state would be now, and which versions are to come.
func (w *words) notes(r *outputs.RuleReport, today windows.Date) (notes []string) {
	if r.ProjectedState != r.State {
		notes = append(notes, w.t("By the numbers of today it would be: %s.", w.t(stateNames[r.ProjectedState])))
	}
	d := w.ruleOn(r.Rule, today)
	if d == nil {
		return notes
	}
	if !d.Evaluate.Always() {
		day := today + 1
		for !d.Evaluate.Has(day) {
			day++
		}
		notes = append(notes, w.t("Evaluated next on %s.", day.String()))
	}
	if d.MinMisses > 1 {
		notes = append(notes, w.t("Fewer than %s misses are no breach.", w.count(d.MinMisses)))
	}
	for _, v := range w.rules.Find(r.Rule).Versions {
		if v.From != nil && *v.From > today {
			notes = append(notes, w.t("From %s: %s", v.From.String(), w.aim(v)))
		}
	}
	if d.Until != nil {
		notes = append(notes, w.t("In force until %s.", d.Until.String()))
	}
	return notes
}

// silence tells that nobody is told of a rule, and why.
func (w *words) silence(r *outputs.RuleReport) string {
	return w.t("Silenced until %s: %s", r.SilencedUntil.String(), r.SilenceReason)
}

// aim is what a rule wants: its target, or its levels.
func (w *words) aim(r *rules.Rule) string {
	text := w.target(r.Target)
	for i, l := range r.Levels {
		if i == 0 {
			text = ""
		} else {
			text += ", "
		}
		text += l.Name
		if !l.Target.IsZero() {
			text += " " + w.target(l.Target)
		}
	}
	return text
}

// coming lists the rules that are not in force yet.
func (w *words) coming(today windows.Date) (all []string) {
	if w.rules == nil {
		return nil
	}
	for _, n := range w.rules.Rules() {
		for _, v := range n.Versions {
			if n.InForce(today) == nil && v.From != nil && *v.From > today {
				all = append(all, w.t("%s from %s: %s", n.Name, v.From.String(), w.aim(v)))
			}
		}
	}
	return all
}
