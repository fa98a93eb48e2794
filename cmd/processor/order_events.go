package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"sellerpulse/internal/app/inquire"
	"sellerpulse/internal/display"
	"sellerpulse/internal/inspect"
	"sellerpulse/internal/web/ask"
	"sellerpulse/pkg/events"
)

// orderEvents prints the events behind one order.
func (s *session) orderEvents(ctx context.Context, from inquire.Source, flags *ordersFlags) error {
	behind, err := inquire.Events(ctx, from, flags.seller, flags.order)
	if err != nil {
		return err
	}
	if flags.output.value == "json" {
		return s.writeJSON(behind)
	}
	return writeOrderEvents(s.stdout, behind)
}

// readEventsWithin is how long reading the events of an order from Kafka may take.
const readEventsWithin = time.Minute

// readEvents reads the events behind an order from Kafka.
func (s *session) readEvents(ctx context.Context, o *inspect.Order) (*ask.OrderEvents, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, readEventsWithin, fmt.Errorf("kafka did not answer within %v", readEventsWithin))
	defer cancel()
	client, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	reader := ask.Reader{Client: client, Inputs: s.shared.topics().Inputs, Schema: s.schemaOf(ctx)}
	behind, err := reader.OrderEvents(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("read events of order %q: %w", o.OrderID, err)
	}
	return behind, nil
}

// writeOrderEvents prints events for eyes, a line each.
func writeOrderEvents(w io.Writer, behind *ask.OrderEvents) error {
	_, err := fmt.Fprintf(w, "Events behind order %s of seller %s, as of %s UTC:\n\n", display.Cell(behind.OrderID, idWidth), display.Cell(behind.SellerID, idWidth), timeText(events.Millis(behind.AsOf)))
	switch {
	case err != nil:
		return err
	case behind.Status == inspect.Expired:
		_, err = fmt.Fprintln(w, "The order has expired: where its events are is not kept any more.")
		return err
	}
	t := newTable(w, "OCCURRED AT (UTC)", "RECORD", "KIND", "EVENT", "TELLS")
	t.narrow(4)
	for i := range behind.Events {
		e := &behind.Events[i]
		kind := textOf(e.Kind)
		if e.Missing != nil {
			kind = missingText(*e.Missing)
		}
		t.row(instantOf(e.OccurredAt), recordText(e), kind, textOf(e.EventID), registersText(e.Registers))
	}
	if err := t.write(); err != nil || behind.Omitted == 0 {
		return err
	}
	_, err = fmt.Fprintf(w, "\n%s not listed.\n", plural(behind.Omitted, "more event"))
	return err
}

// recordText is where an event is, as "orders/0@3".
func recordText(e *ask.Event) string {
	if e.Offset == nil {
		return e.Topic
	}
	return fmt.Sprintf("%s/%d@%d", e.Topic, e.Partition, *e.Offset)
}

// missingWords say why events are not there.
var missingWords = map[string]string{
	ask.Deleted: "deleted from its topic", ask.Unknown: "not known where it is", ask.Other: "another event is there",
}

func missingText(why string) string {
	if words := missingWords[why]; words != "" {
		return words
	}
	return why // that of a newer process
}

// registersText is what an event tells that still holds.
func registersText(registers []inspect.Register) string {
	var texts []string
	for _, r := range registers {
		text := strings.ReplaceAll(r.Name, "_", " ")
		if r.Part != nil {
			text += " of " + display.Cell(*r.Part, idWidth)
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return "-"
	}
	return strings.Join(texts, ", ")
}
