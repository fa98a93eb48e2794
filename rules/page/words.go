package page

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// sentences are a rule in words, without its comment, its target and its levels.
func (d Definition) sentences() []string {
	all := []string{fmt.Sprintf("Measures `%s` over %s.", d.Text("metric"), d.windowWords())}
	add := func(key, format string) {
		if value := d.Text(key); value != "" {
			all = append(all, fmt.Sprintf(format, value))
		}
	}
	add("by", "There is a state for each `%s`.")
	for _, w := range d.whereFields() {
		all = append(all, fmt.Sprintf("Counts where `%s` is %s.", w.Key, alternatives(w.Values)))
	}
	add("min_denominator", "With a denominator under %s there is no data.")
	add("min_misses", "With fewer than %s misses there is no breach.")
	if day := d.Text("evaluate"); day != "" {
		all = append(all, fmt.Sprintf("Decided at the start of %s.", dayWords(day)))
	}
	add("from", "In force from %s on.")
	add("until", "In force until %s.")
	if d.Text("class") == "contractual" {
		return append(all, "Decides the account status.")
	}
	return append(all, "Does not decide the account status.")
}

func (d Definition) whereFields() []Field {
	for _, f := range d.Fields {
		if f.Key == "where" {
			return fields(f.node)
		}
	}
	return nil
}

// targetWords say what is to be met, of a rule without levels.
func (d Definition) targetWords() string {
	target := d.Text("target")
	words := "Target: **" + comparison(target) + "**"
	if limit, less := strings.CutPrefix(strings.TrimLeft(target, "<="), " "); less && target[0] == '<' && d.Text("warn") == "" {
		words += fmt.Sprintf(", at risk from %s on (80 %% of the limit, as for all rules that name no `warn`)", percent(limit, 80))
	}
	return words + "."
}

// levelWords are the levels of a rule, a line each.
func (d Definition) levelWords() (lines []string) {
	for _, level := range d.list("levels") {
		limit := "all else"
		if target := level.Text("target"); target != "" {
			limit = comparison(target)
		}
		lines = append(lines, fmt.Sprintf("`%s`: %s (%s)", level.Text("level"), limit, strings.ReplaceAll(level.Text("state"), "_", " ")))
	}
	return lines
}

// comparison is a target in words: "at most 2 %".
func comparison(target string) string {
	sign, limit, _ := strings.Cut(target, " ")
	words := map[string]string{"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}
	return words[sign] + " " + percent(limit, 100)
}

// percent is so many hundredths of a decimal, in per cent.
func percent(decimal string, hundredths int64) string {
	rate, ok := new(big.Rat).SetString(decimal)
	if !ok {
		return decimal
	}
	text := rate.Mul(rate, big.NewRat(hundredths, 1)).FloatString(9)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".") + " %"
}

// windowWords are the window of a rule, or the list of them.
func (d Definition) windowWords() string {
	choices := d.list("window")
	if len(choices) == 0 || choices[0].Text("days") == "" {
		return spanWords(d.Text("window"), d.Text("lag"))
	}
	var words []string
	for _, c := range choices {
		text := spanWords(c.Text("days"), d.Text("lag"))
		if least := c.Text("min_total"); least != "" {
			text += fmt.Sprintf(" if they have a denominator of %s or more", least)
		}
		words = append(words, text)
	}
	return strings.Join(words, ", else ")
}

func spanWords(window, lag string) string {
	number, unit := splitUnit(window)
	var words string
	switch unit {
	case "w":
		words = wholeWords(number, "week")
	case "mo":
		words = wholeWords(number, "month")
	default:
		words = fmt.Sprintf("%s of order dates", plural(number, "day"))
	}
	if lag, _ := splitUnit(lag); lag > 0 {
		words += fmt.Sprintf(" that end %s ago", plural(lag, "day"))
	}
	return words
}

func wholeWords(n int, unit string) string {
	if n == 1 {
		return "the whole " + unit + " before this one"
	}
	return fmt.Sprintf("the %d whole %ss before this one", n, unit)
}

// splitUnit cuts "30d" into 30 and d; 0 where there is no number.
func splitUnit(text string) (int, string) {
	unit := strings.TrimLeft(text, "0123456789")
	n, err := strconv.Atoi(strings.TrimSuffix(text, unit))
	if err != nil {
		return 0, unit
	}
	return n, unit
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// dayWords are the days of an evaluation: "the 20th of each month".
func dayWords(evaluate string) string {
	every, day, _ := strings.Cut(evaluate, " ")
	if every == "monthly" {
		return "day " + day + " of each month"
	}
	days := map[string]string{"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday"}
	return "each " + days[day]
}

// metricWords are a metric of the pack in words.
func (d Definition) metricWords() string {
	unit := d.Text("unit")
	if unit == "" {
		unit = "order"
	}
	numerator := d.Values("bad")
	if len(numerator) == 0 {
		numerator = d.Values("good")
	}
	words := fmt.Sprintf("%ss that are %s", unit, alternatives(numerator))
	if unless := d.Values("unless"); len(unless) > 0 {
		words += " and not " + alternatives(unless)
	}
	words += fmt.Sprintf(", among all %ss", unit)
	if total := d.Values("total"); len(total) > 0 {
		words += " that are `" + strings.Join(total, "` and `") + "`"
	}
	if channel := d.Text("channel"); channel != "" {
		words += " of the channel " + channel
	}
	return words
}

// alternatives are values of which one is had.
func alternatives(values []string) string {
	if len(values) > 3 {
		return "one of `" + strings.Join(values, "`, `") + "`"
	}
	return "`" + strings.Join(values, "` or `") + "`"
}

// HistoryDays is for how many days the counts of a date must be kept for the pack's longest window: `--history`.
func (p *Pack) HistoryDays() int {
	days := 0
	for _, r := range p.Rules {
		lag, _ := splitUnit(r.Text("lag"))
		spans := []string{r.Text("window")}
		for _, c := range r.list("window") {
			spans = append(spans, c.Text("days"))
		}
		for _, span := range spans {
			days = max(days, spanDays(span)+lag)
		}
	}
	return days
}

// spanDays is how far a window may reach back: whole weeks and months end up to a week or a month ago.
func spanDays(span string) int {
	n, unit := splitUnit(span)
	switch unit {
	case "d":
		return n
	case "w":
		return 7 * (n + 1)
	case "mo":
		return 31 * (n + 1)
	default:
		return 0
	}
}
