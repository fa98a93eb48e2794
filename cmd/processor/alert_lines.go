package main

import (
	"fmt"
	"io"
	"strings"

	"sellerpulse/pkg/rules"
)

// alertLines writes alerts for eyes, a line each as they come, under one heading.
type alertLines struct {
	to      io.Writer
	colours bool
	seller  int // width of the sellers' column: that of the widest so far
}

// alertFormat is the columns of a line after time and kind.
const alertFormat = "  %-*s  %-22s  %8s  %-11s  %-7s  %9s  %10s  %-10s  %s\n"

func (l *alertLines) write(a *rules.Alert) error {
	if l.seller == 0 {
		l.seller = max(len("SELLER"), len(a.SellerID))
		_, err := fmt.Fprintf(l.to, "TIME (UTC)           KIND    "+alertFormat, l.seller, "SELLER", "RULE", "RATE", "COUNT", "TARGET",
			"TO BREACH", "TO RECOVER", "RECOVERS", "CAUSE")
		if err != nil {
			return err
		}
	}
	l.seller = max(l.seller, len(a.SellerID))
	line := fmt.Sprintf("%s  %s"+alertFormat, timeText(a.AsOf), l.kind(a.Kind()), l.seller, a.SellerID, a.Rule, rateText(a.Numerator, a.Denominator),
		fmt.Sprintf("%d/%d", a.Numerator, a.Denominator), targetText(a.Target), toBreachText(a), countText(a.OrdersToRecover), recoversText(a), causeText(&a.Cause))
	_, err := io.WriteString(l.to, line)
	return err
}

// toBreachText is how many more defects breach the rule.
func toBreachText(a *rules.Alert) string {
	if a.State == rules.Breached {
		return "-"
	}
	return countText(a.DefectsToBreach)
}

func recoversText(a *rules.Alert) string {
	if a.RecoversOn == nil {
		return "-"
	}
	return a.RecoversOn.String()
}

func causeText(c *rules.Cause) string {
	if c.Topic == "" {
		return c.Kind
	}
	return fmt.Sprintf("%s %s of order %s", c.Topic, c.Kind, c.OrderID)
}

// Colours of a terminal, by the kind of alert.
var kindColours = map[rules.AlertKind]string{rules.KindBreached: "\x1b[31;1m", rules.KindAtRisk: "\x1b[33m", rules.KindResolved: "\x1b[32m"}

const noColour = "\x1b[0m"

func (l *alertLines) kind(k rules.AlertKind) string {
	text := k.String() + strings.Repeat(" ", max(0, len("BREACHED")-len(k.String())))
	if !l.colours {
		return text
	}
	return kindColours[k] + text + noColour
}
