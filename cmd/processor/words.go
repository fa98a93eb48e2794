package main

import (
	"strconv"
	"time"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// grouped is a number with commas between its thousands.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// plural is "1 event" or "2 events".
func plural(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return grouped(n) + " " + what
}

// timeText is an instant in UTC, to the second.
func timeText(at events.Millis) string {
	if at == events.None {
		return "-"
	}
	return time.UnixMilli(at).UTC().Format("2006-01-02 15:04:05")
}

// rateText is a rate in per cent, or "-" where there is none.
func rateText(numerator, denominator int64) string {
	if denominator == 0 {
		return "-"
	}
	return strconv.FormatFloat(100*float64(numerator)/float64(denominator), 'f', 2, 64) + "%"
}

// targetText is a target in per cent, such as "< 2.5%".
func targetText(t rules.Target) string {
	if t.IsZero() {
		return "-"
	}
	return t.Comparator.String() + " " + strconv.FormatFloat(100*float64(t.Limit.Number)/float64(t.Limit.Scale), 'g', 9, 64) + "%"
}

// countText is a number that may not be there.
func countText(n *int64) string {
	if n == nil {
		return "-"
	}
	return grouped(*n)
}
