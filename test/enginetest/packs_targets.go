package enginetest

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"sellerpulse/test/oracle"
)

// aim gives a rule what is to be met: a target, or levels. Limits are in hundredths.
func (p *packer) aim(rule *oracle.Rule, good bool) {
	strict := p.plain || p.chance(2)
	if p.chance(3) {
		p.levels(rule, good, strict)
		return
	}
	limit := 5 + p.IntN(56)
	if good {
		limit = 40 + p.IntN(56)
	}
	if p.chance(8) { // What only a seller without a miss meets.
		rule.Target = targetText(good, false, 100*map[bool]int{true: 1}[good])
		return
	}
	rule.Target = targetText(good, strict, limit)
	toWarn, toResolve := 1+p.IntN(limit), p.IntN(limit)
	if good {
		toWarn, toResolve = limit+p.IntN(100-limit), limit+p.IntN(100-limit)
	}
	if p.chance(3) {
		rule.Warn = decimal(toWarn)
	}
	if p.chance(3) && (good || toResolve > 0) {
		rule.Resolve = decimal(toResolve)
	}
}

// levels gives a rule two to five levels, best first; those of states from ok over at_risk to breached.
func (p *packer) levels(rule *oracle.Rule, good, strict bool) {
	limits := p.Perm(99)[:1+p.IntN(4)]
	slices.Sort(limits)
	if good {
		slices.Reverse(limits)
	}
	states := []oracle.Text{"ok", "at_risk", "breached"}
	worst := 0
	for i, limit := range append(limits, -1) {
		if i > 0 {
			worst = min(2, worst+p.IntN(3))
		} else {
			worst = p.IntN(2)
		}
		l := oracle.Level{Level: oracle.Text(fmt.Sprint("level-", i)), State: states[worst]}
		if limit >= 0 {
			l.Target = targetText(good, strict, limit+1)
		}
		rule.Levels = append(rule.Levels, l)
	}
}

func targetText(good, strict bool, hundredths int) oracle.Text {
	op := map[bool]string{false: "<", true: ">"}[good]
	if !strict {
		op += "="
	}
	return oracle.Text(op) + " " + decimal(hundredths)
}

// decimal is so many hundredths.
func decimal(hundredths int) oracle.Text {
	return oracle.Text(strconv.FormatFloat(float64(hundredths)/100, 'f', -1, 64))
}

func dayOf(date string) int {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return int(at.Unix() / 86_400)
}

func dateText(day int) oracle.Text {
	return oracle.Text(time.Unix(int64(day)*86_400, 0).UTC().Format(time.DateOnly))
}
