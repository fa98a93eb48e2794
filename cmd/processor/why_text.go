package main

import (
	"fmt"
	"io"
	"strings"

	"sellerpulse/internal/display"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
)

// writeExplanation explains an alert for eyes: what it says, what changed, what tipped it, the orders, and how far it is to recover.
func writeExplanation(w io.Writer, e *explanation) error {
	a := e.alert
	if _, err := fmt.Fprintf(w, "%s\n\n%s\n%s\n\n", alertHead(a), tippedText(&a.Cause), changedText(e)); err != nil {
		return err
	}
	if err := writeChange(w, e); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "\n%s", recoverText(e)); err != nil {
		return err
	}
	return writeAlertOrders(w, e)
}

// alertHead says what the alert tells.
func alertHead(a *outputs.Alert) string {
	class := strings.ToLower(a.Class.String())
	if a.Provisional {
		class += ", provisional"
	}
	return fmt.Sprintf("Alert %s: %s, was %s, at %s UTC\nRule %s (%s): %s %s over %s of order dates, %s",
		display.Cell(a.ID(), cellWidth), a.State, a.PreviousState, timeText(a.AsOf), display.Cell(a.Rule, idWidth), class, a.Metric, targetText(a.Target),
		plural(int64(a.Window.Count), "day"), channelText(a.Channel.String()))
}

// tippedText says what tipped the state.
func tippedText(c *outputs.Cause) string {
	switch {
	case c.Topic != "":
		return fmt.Sprintf("Tipped by %s %s of order %s: event %s, record %s/%d@%d.", c.Topic, c.Kind, display.Cell(c.OrderID, idWidth), display.Cell(c.EventID, idWidth), c.Topic, c.Partition, c.Offset)
	case c.Kind == outputs.TimeCause().Kind:
		return "Tipped by time: order dates entered or left the window, or a promise or an answer fell due."
	case c.Kind == outputs.RulesCause().Kind:
		return "Tipped by a change of the rules."
	case c.Kind == outputs.BackfillCause().Kind:
		return "Tipped by a backfill that was cut over to: the orders may be as before, and count otherwise."
	}
	return "Tipped by " + c.Kind + "."
}

// changedText says with which state the alert is compared.
func changedText(e *explanation) string {
	switch {
	case e.previous != nil:
		return fmt.Sprintf("Since alert %d of the rule, at %s UTC:", e.previous.Transition, timeText(e.previous.AsOf))
	case e.alert.Transition == 1:
		return "It is the seller's first alert of the rule."
	default:
		return fmt.Sprintf("Alert %d of the rule, the one before, is not kept any more.", e.alert.Transition-1)
	}
}

// recoverText says how far it was from the alert to the next state, and how far it is now.
func recoverText(e *explanation) string {
	a := e.alert
	text := "At the alert: " + farText(a.Metric, a.State.String(), a.OrdersToRecover, a.DefectsToBreach, dateText(a.RecoversOn)) + "\n"
	switch {
	case e.now != nil:
		r := e.now
		text += fmt.Sprintf("Now, as of %s UTC: %s\n", timeText(events.Millis(e.asked.AsOf)), farText(a.Metric, r.State, r.OrdersToRecover, r.DefectsToBreach, dateText(r.RecoversOn)))
	case e.asked != nil:
		text += "Now the rule is not in force.\n"
	}
	return text
}

// farText is how far it is to recover, or to a breach.
func farText(metric string, state string, toRecover, toBreach *int64, recovers string) string {
	_, units := metricWords(metric)
	switch {
	case state == rules.Breached.String() && toRecover == nil:
		return fmt.Sprintf("breached; no number of clean %s ends it; if nothing else happens it recovers on %s.", units, recovers)
	case state == rules.Breached.String():
		return fmt.Sprintf("breached; %s more clean %s end it, or if nothing else happens it recovers on %s.", grouped(*toRecover), units, recovers)
	case toBreach != nil:
		return strings.ToLower(strings.ReplaceAll(state, "_", " ")) + "; " + missesText(*toBreach) + " it."
	}
	return "there is no data."
}

// missesText is "1 more miss breaches" or "2 more misses breach".
func missesText(n int64) string {
	if n == 1 {
		return "1 more miss breaches"
	}
	return grouped(n) + " more misses breach"
}

// dateText is a date that may not be there.
func dateText[D fmt.Stringer](d *D) string {
	if d == nil {
		return "-"
	}
	return (*d).String()
}
