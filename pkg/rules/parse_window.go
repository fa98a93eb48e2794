package rules

import (
	"strconv"
	"strings"

	"sellerpulse/internal/yamltext"
	"sellerpulse/pkg/windows"
)

// choiceReader reads a window of a list.
type choiceReader struct {
	Choice
	hasTotal bool
}

var choiceKeys = []key[*choiceReader]{
	{"days", true, "The window.", schema{"type": "string", "pattern": windowPattern}, func(c *choiceReader, v value) (err error) {
		c.Window, err = v.window()
		return err
	}},
	{"min_total", false, "The window is taken where the denominator over it is at least this; the last has none.", countForm(0), func(c *choiceReader, v value) (err error) {
		c.hasTotal = true
		c.MinTotal, err = v.count(1)
		return err
	}},
}

func readWindows(r *ruleReader, v value) error {
	if v.Kind != yamltext.List {
		w, err := v.window()
		r.Windows = []Choice{{Window: w}}
		return err
	}
	list, err := v.list("windows", 1, MaxWindows)
	if err != nil {
		return err
	}
	for i, element := range list {
		c := choiceReader{}
		if _, err := read(&c, element, element.field+".", "a window", choiceKeys); err != nil {
			return err
		}
		switch last := i == len(list)-1; {
		case last && c.hasTotal:
			return element.wrong("min_total of the last window: it is taken where no other is; remove min_total, or add a window")
		case !last && !c.hasTotal:
			return element.wrong("a window without min_total, and more behind it: add min_total, or remove those")
		}
		r.Windows = append(r.Windows, c.Choice)
	}
	return nil
}

// window is a number of days, weeks or months.
func (v value) window() (windows.Window, error) {
	if !v.isText() {
		return windows.Window{}, v.wrong("no plain value: write it like 30d, 8w or 3mo, or a list of {days: 60d, min_total: 40}")
	}
	for _, p := range periods {
		if number, ok := strings.CutSuffix(v.Text, p.suffix); ok {
			n, err := strconv.ParseUint(number, 10, 16)
			if err != nil || n == 0 || number[0] == '+' {
				break
			}
			return windows.Window{Count: int32(n), Every: p.every}, nil
		}
	}
	return windows.Window{}, v.wrong("%q is not a number of days, weeks or months from 1 on: write it like 30d, 8w or 3mo", v.Text)
}

// periods are what windows are counted in, as rule files write it.
var periods = []struct {
	suffix string
	every  windows.Period
}{{"d", windows.Day}, {"w", windows.Week}, {"mo", windows.Month}}

// lengthText is the length of a window as rule files have it.
func lengthText(w windows.Window) string {
	for _, p := range periods {
		if p.every == w.Every {
			return strconv.Itoa(int(w.Count)) + p.suffix
		}
	}
	return ""
}

func readLag(r *ruleReader, v value) error {
	text, err := v.text()
	if err != nil {
		return err
	}
	number, days := strings.CutSuffix(text, "d")
	n, err := strconv.ParseUint(number, 10, 16)
	switch {
	case err == nil && days:
		r.lag = int32(n)
		return nil
	case strings.HasSuffix(text, "w") || strings.HasSuffix(text, "mo"):
		return v.wrong("%q: this version has no lag of weeks or months: write it in days, like 7d", text)
	default:
		return v.wrong("%q is not a number of days from 0 on: write it like 30d", text)
	}
}
