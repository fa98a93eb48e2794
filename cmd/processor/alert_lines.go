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
	begun   bool
}

// alertFormat is the columns of a line: wide enough for most, and what does not fit pushes the rest on.
const alertFormat = "%-19s  %s  %-20s  %-22s  %8s  %-12s  %-8s  %9s  %-10s  %s\n"

func (l *alertLines) write(a *rules.Alert) error {
	if !l.begun {
		l.begun = true
		if _, err := fmt.Fprintf(l.to, alertFormat, "TIME (UTC)", "KIND    ", "SELLER", "RULE", "RATE", "OF", "TARGET", "MORE", "RECOVERS", "CAUSE"); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(l.to, alertFormat, timeText(a.AsOf), l.kind(a.Kind()), a.SellerID, a.Rule, rateText(a.Numerator, a.Denominator),
		fmt.Sprintf("%d/%d", a.Numerator, a.Denominator), targetText(a.Target), moreText(a), recoversText(a), causeText(&a.Cause))
	return err
}

// moreText is how many more defects breach the rule, or how many clean orders end the breach.
func moreText(a *rules.Alert) string {
	if a.State == rules.Breached {
		return "+" + countText(a.OrdersToRecover) + " clean"
	}
	if a.DefectsToBreach == nil {
		return "-"
	}
	return "-" + countText(a.DefectsToBreach) + " bad"
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
