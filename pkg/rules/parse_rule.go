package rules

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"sellerpulse/internal/meant"
	"sellerpulse/internal/yamltext"
)

// ruleReader reads a version of a rule.
type ruleReader struct {
	Rule
	file   *fileReader
	lag    int32
	fields map[string]value
}

var ruleKeys = []key[*ruleReader]{
	{"name", true, "What alerts call the rule: a-z, 0-9 and -. Rules of one name are versions of one, each with days of its own.", nameForm, readRuleName},
	{"metric", true, "What is measured: a built-in metric, or one of the file's.", schema{"type": "string"}, readRuleMetric},
	{"window", true, "Order dates: 30d, 8w (whole weeks that have ended), 3mo (whole months that have ended); or a list, of which the first that has orders enough is taken.", windowForm(), readWindows},
	{"lag", false, "How many days before today the last of the window's days is.", daysForm("0d"), readLag},
	{"target", false, `What the rate is to be, in quotes: "< 0.025", "<= 0.02", "> 0.95" or ">= 0.9".`, targetForm, readTarget},
	{"levels", false, "Instead of a target: from the best down. The first whose target is met is the seller's; the last has no target.", levelsForm(), readLevels},
	{"class", true, "Whether it decides the account status.", enumForm("", "contractual", "advisory"), readClass},
	{"provisional", false, "Defects are still coming in for orders of its window.", schema{"type": "boolean", "default": false}, readProvisional},
	{"warn", false, `AT_RISK from this rate on. Default: 80 % of a limit of < or <=; none for > and >=.`, rateForm, readWarn},
	{"resolve", false, "The limit that must be met before a breach ends. Default: the target's.", rateForm, readResolve},
	{"min_denominator", false, "Below it the state is NO_DATA.", countForm(1), func(r *ruleReader, v value) (err error) {
		r.MinDenominator, err = v.count(1)
		return err
	}},
	{"min_misses", false, "With fewer misses nothing is BREACHED.", countForm(1), func(r *ruleReader, v value) (err error) {
		r.MinMisses, err = v.count(1)
		return err
	}},
	{"where", false, "Which orders, claims and returns count, beside what the pack says.", whereForm(), func(r *ruleReader, v value) (err error) {
		r.Where, err = readWhere(v)
		return err
	}},
	{"by", false, "A state for each value of this field.", enumForm("", fieldNames[1:]...), readBy},
	{"evaluate", false, `The days at whose start alone the state moves: "weekly mon", "monthly 20"; or always.`, schema{"type": "string", "pattern": `^(always|weekly (mon|tue|wed|thu|fri|sat|sun)|monthly ([1-9]|1[0-9]|2[0-8]))$`, "default": "always"}, readEvaluate},
	{"from", false, "The first day on which it is in force.", dateForm, func(r *ruleReader, v value) (err error) {
		r.From, err = v.date()
		return err
	}},
	{"until", false, "The last day on which it is in force.", dateForm, func(r *ruleReader, v value) (err error) {
		r.Until, err = v.date()
		return err
	}},
}

func (f *fileReader) readRule(v value) (*ruleReader, error) {
	r := &ruleReader{Rule: Rule{Pack: f.pack.Name, MinDenominator: 1, MinMisses: 1}, file: f}
	var err error
	if r.fields, err = read(r, v, v.field+".", "a rule", ruleKeys); err != nil {
		return nil, err
	}
	if err := r.check(v); err != nil {
		return nil, err
	}
	return r, r.narrow()
}

func readRuleName(r *ruleReader, v value) error {
	name, err := v.name("rule")
	r.Name = fullName(r.Pack, name)
	return err
}

func readRuleMetric(r *ruleReader, v value) error {
	name, err := v.text()
	if err != nil {
		return err
	}
	if r.Metric = r.file.pack.metric(name); r.Metric == nil {
		r.Metric = FindMetric(name)
	}
	if r.Metric == nil {
		known := metricNames(r.file.pack.Metrics)
		return v.wrong("unknown metric %q: use one of %s%s", name, oneOf(known), meant.Hint(name, known))
	}
	return nil
}

func readClass(r *ruleReader, v value) error {
	text, err := v.text()
	if err != nil {
		return err
	}
	for c := range NumClasses {
		if strings.ToLower(classNames[c]) == text {
			r.Class = c
			return nil
		}
	}
	return v.wrong("%q is no class: use contractual or advisory", text)
}

func readProvisional(r *ruleReader, v value) error {
	var err error
	r.Provisional, err = v.truth()
	return err
}

// count is a whole number from a least one on.
func (v value) count(least uint64) (int64, error) {
	text, err := v.text()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil || n < least {
		return 0, v.wrong("%q is not a whole number from %d to %d", text, least, math.MaxInt32)
	}
	return int64(n), nil
}

func readBy(r *ruleReader, v value) error {
	text, err := v.text()
	if err != nil {
		return err
	}
	i := slices.Index(fieldNames[1:], text)
	if i < 0 {
		return v.wrong("%q is nothing to tell orders apart by: use one of %s", text, oneOf(fieldNames[1:]))
	}
	r.By = Field(i + 1)
	return nil
}

func readEvaluate(r *ruleReader, v value) error {
	text, err := v.text()
	if err != nil {
		return err
	}
	s, ok := parseSchedule(text)
	switch day, _ := strings.CutPrefix(text, "monthly "); {
	case ok:
		r.Evaluate = s
		return nil
	case day == "29" || day == "30" || day == "31":
		return v.wrong("not each month has a day %s, and this version asks for one that each has: use monthly 1 to monthly 28", day)
	default:
		return v.wrong("%q is no such days: use always, weekly mon to weekly sun, or monthly 1 to monthly 28", text)
	}
}

// check is what no field alone tells.
func (r *ruleReader) check(v value) error {
	target, hasTarget := r.fields["target"]
	_, hasLevels := r.fields["levels"]
	switch {
	case !hasTarget && !hasLevels:
		return v.wrong("a rule without target: add it, or levels")
	case hasTarget && hasLevels:
		return target.wrong("a target beside levels: the levels have targets; remove one of the two")
	}
	for _, key := range []string{"warn", "resolve"} {
		if at, ok := r.fields[key]; ok && hasLevels {
			return at.wrong("%s beside levels: it belongs to a target; remove it", key)
		}
	}
	if r.From != nil && r.Until != nil && *r.From > *r.Until {
		return r.fields["until"].wrong("%v is before from, %v: a rule is in force on one day at least", *r.Until, *r.From)
	}
	for i := range r.Windows {
		r.Windows[i].Window.Lag = r.lag
	}
	return nil
}

// isText is whether a value is a plain or quoted one.
func (v value) isText() bool { return v.Kind == yamltext.Scalar }
