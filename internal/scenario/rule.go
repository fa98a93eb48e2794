package scenario

import (
	"fmt"
	"slices"
	"strings"
)

// ruleIs expects numbers and the state of a seller, or of a part of one, under a rule. Details that it does not name may be anything.
type ruleIs struct {
	seller, rule, part string // the part as fields.part has it
	ratio              ratio
	state              string
	unreported         bool
	details            []ruleDetail
}

// ruleDetail is the text of a detail of what a report says of a rule, and how to find the report's own.
type ruleDetail struct {
	name, want string
	of         func(fields) string
}

// rule reads [part PART] N/D STATE and details, or [part PART] unreported.
func (p *parser) rule(w *words, seller, name string) (expectation, error) {
	e := ruleIs{seller: seller, rule: name}
	var err error
	if w.take("part") {
		if e.part, err = readPart(p, w); err != nil {
			return nil, err
		}
	}
	if e.unreported = w.take("unreported"); e.unreported {
		return e, nil
	}
	if e.ratio, err = readRatio(w); err != nil {
		return nil, err
	}
	if e.state, err = readState(w, states); err != nil {
		return nil, err
	}
	for {
		more, err := w.detail()
		if err != nil || !more {
			return e, err
		}
		d, err := p.ruleDetail(w)
		if err != nil {
			return nil, err
		}
		e.details = append(e.details, d)
	}
}

func (p *parser) ruleDetail(w *words) (ruleDetail, error) {
	var names []string
	for i := range ruleDetails {
		d := &ruleDetails[i]
		if w.take(strings.Fields(d.name)...) {
			want, err := d.read(p, w)
			return ruleDetail{d.name, want, d.of}, err
		}
		names = append(names, d.name)
	}
	return ruleDetail{}, unknown("the detail of a rule,", w.peek(), names...)
}

// ruleDetails are the details that a line may name: how what is wanted is read, and how the report's own is shown in the same words.
var ruleDetails = []struct {
	name string
	read func(p *parser, w *words) (string, error)
	of   func(fields) string
}{
	{"window", func(_ *parser, w *words) (string, error) { return readWindow(w) }, fields.window},
	{"target", readTargetMet, targetOf},
	{"level", readWord, textOf("level")},
	{"no level", readNothing, textOf("level")},
	{"projected", func(_ *parser, w *words) (string, error) { return readState(w, states) }, textOf("projected_state")},
	{"counts from", readDateOrNone, func(f fields) string { return f.optional("counts_from") }},
	{"parts omitted", readCount, func(f fields) string {
		n, _ := f.number("parts_omitted")
		return fmt.Sprint(n)
	}},
	{"silenced until", func(_ *parser, w *words) (string, error) { return readDate(w) }, textOf("silenced_until")},
	{"not silenced", readNothing, textOf("silenced_until")},
	{"silenced for", readWord, textOf("silence_reason")},
}

var targets = []string{"met", "missed", "unknown"}

func readTargetMet(_ *parser, w *words) (string, error) {
	text, err := w.next("met, missed or unknown")
	if err == nil && !slices.Contains(targets, text) {
		err = unknown("target", text, targets...)
	}
	return text, err
}

// targetOf is met, missed, or unknown without a denominator or a target.
func targetOf(f fields) string {
	switch met, known := f["target_met"].(bool); {
	case !known:
		return targets[2]
	case met:
		return targets[0]
	default:
		return targets[1]
	}
}

// name is the rule and the part, as a line says them.
func (e ruleIs) name() string {
	if e.part == "" {
		return e.rule
	}
	return e.rule + " part " + e.part
}

func (e ruleIs) check(r *run) (fault, error) {
	report, problem, err := r.report(e.seller)
	if err != nil || problem != "" {
		return fault{problem: problem}, err
	}
	var names []string
	for _, rule := range report.list("rules") {
		found := ruleIs{rule: rule.text("rule"), part: rule.part()}.name()
		if found == e.name() {
			return e.compare(rule), nil
		}
		names = append(names, found)
	}
	if e.unreported {
		return fault{}, nil
	}
	return fault{problem: unknown("the rule", e.name(), names...).Error()}, nil
}

func (e ruleIs) compare(rule fields) fault {
	numbers := rule.ratio().String() + " " + rule.text("state")
	if e.unreported {
		return faultOf(e.seller, e.name(), "unreported", numbers)
	}
	f := fault{expected: e.name() + " " + e.ratio.String() + " " + e.state, found: e.name() + " " + numbers}
	var wrong []string
	if f.expected != f.found {
		wrong = append(wrong, fmt.Sprintf("%s, not %s %s", numbers, e.ratio, e.state))
	}
	for _, d := range e.details {
		found := d.of(rule)
		f.expected += ", " + strings.TrimSpace(d.name+" "+d.want)
		f.found += ", " + strings.TrimSpace(d.name+" "+found)
		if found != d.want {
			wrong = append(wrong, fmt.Sprintf("%s %s, not %s", d.name, orNothing(found), orNothing(d.want)))
		}
	}
	if len(wrong) == 0 {
		return fault{}
	}
	f.problem = fmt.Sprintf("seller %s, %s: %s", e.seller, e.name(), strings.Join(wrong, "; "))
	return f
}
