package main

import (
	"context"
	"fmt"
	"io"

	"sellerpulse/internal/app/inquire"
	"sellerpulse/internal/display"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
)

// order prints all that is known of one order.
func (s *session) order(ctx context.Context, from inquire.Source, flags *ordersFlags) error {
	o, err := inquire.Order(ctx, from, flags.seller, flags.order)
	if err != nil {
		return err
	}
	if flags.output.value == "json" {
		return s.writeJSON(o)
	}
	return writeOrder(s.stdout, o)
}

// writeOrder prints an order for eyes: for how long it is kept, its facts, the rules that count it, and its row.
func writeOrder(w io.Writer, o *inspect.Order) error {
	_, err := fmt.Fprintf(w, "Order %s of seller %s: %s\n\n", display.Cell(o.OrderID, idWidth), display.Cell(o.SellerID, idWidth), orderStatus(o))
	switch {
	case err != nil:
		return err
	case o.Parked != nil:
		return writeParked(w, o.Parked)
	case o.Row == nil:
		return nil
	}
	for i, write := range []func(io.Writer, *inspect.Row) error{writeFacts, writeOrderRules, writeRow} {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if err := write(w, o.Row); err != nil {
			return err
		}
	}
	return nil
}

// orderStatus is what is known of an order, and until when.
func orderStatus(o *inspect.Order) string {
	asOf := fmt.Sprintf(", as of %s UTC", timeText(events.Millis(o.AsOf)))
	switch {
	case o.Status == inspect.Parked:
		return "its PLACED has not come: its events wait for it" + asOf
	case o.OrderDate == nil || o.ExpiresOn == nil || o.ForgottenOn == nil:
		return string(o.Status) + asOf
	case o.Status == inspect.Expired:
		return fmt.Sprintf("of %v, it counts nowhere since %v, and its key is kept until %v%s", *o.OrderDate, *o.ExpiresOn, *o.ForgottenOn-1, asOf)
	}
	counted := "counted"
	if o.Row != nil && !o.Row.Counted {
		counted = "not counted"
	}
	return fmt.Sprintf("of %v, %s, kept until %v%s", *o.OrderDate, counted, *o.ExpiresOn-1, asOf)
}

func writeFacts(w io.Writer, r *inspect.Row) error {
	t := newTable(w, "FACT", "SINCE (UTC)")
	for i := range r.Facts {
		t.row(factText(&r.Facts[i]), sinceText(&r.Facts[i].Since))
	}
	if len(r.Facts) == 0 {
		t.row("none", "-")
	}
	if r.FactsOmitted > 0 {
		t.row(plural(int64(r.FactsOmitted), "more fact"), "-")
	}
	return t.write()
}

func writeOrderRules(w io.Writer, r *inspect.Row) error {
	t := newTable(w, "RULE", "METRIC", "COUNT", "OF", "COUNTS FROM", "UNTIL", "TODAY")
	t.right(3, 4)
	t.narrow(1)
	for i := range r.Rules {
		rule := &r.Rules[i]
		today := "in the window"
		switch {
		case rule.NotCounted != nil:
			today = notCountedText(*rule.NotCounted)
		case rule.Miss:
			today = "a miss"
		case rule.Excused:
			today = "in the window, excused"
		}
		t.row(ruleText(rule.Rule, rule.Part), rule.Metric, grouped(rule.Numerator), grouped(rule.Denominator), rule.CountsFrom.String(), rule.CountsUntil.String(), today)
	}
	return t.write()
}

var notCountedWords = map[inspect.NotCounted]string{
	inspect.NotAnOrder: "not counted: not paid yet", inspect.OtherChannel: "counts another channel", inspect.Filtered: "counts other orders", inspect.Nothing: "nothing to count",
	inspect.AllExcused: "excused", inspect.TooEarly: "not yet in the window", inspect.TooLate: "left the window",
}

// notCountedText is why a rule does not count an order, in words.
func notCountedText(why inspect.NotCounted) string {
	if words := notCountedWords[why]; words != "" {
		return words
	}
	return string(why) // that of a newer process
}

// writeParked prints the events that wait for an order.
func writeParked(w io.Writer, p *inspect.Parking) error {
	t := newTable(w, "TOPIC", "OFFSET", "KIND", "EVENT", "OCCURRED AT (UTC)", "WAITS UNTIL (UTC)")
	t.right(2)
	t.narrow(4)
	for i := range p.Events {
		e := &p.Events[i]
		t.row(e.Topic, grouped(e.Offset), textOf(e.Kind), textOf(e.EventID), instantOf(e.OccurredAt), instantOf(&e.WaitsUntil))
	}
	if err := t.write(); err != nil || p.EventsOmitted == 0 {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s not listed.\n", plural(p.EventsOmitted, "more event"))
	return err
}

// textOf is a text that may not be there.
func textOf(text *string) string {
	if text == nil {
		return "-"
	}
	return *text
}
