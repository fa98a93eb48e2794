package pages

import (
	"encoding/json"
	"strings"

	"sellerpulse/internal/inspect"
	"sellerpulse/internal/web/ask"
	"sellerpulse/pkg/events"
)

// eventRow is an event behind an order.
type eventRow struct{ Instant, At, Topic, Kind, Wrote, Place, JSON, Class string }

// events lists the events behind the order, as they came. Where Kafka does not answer the page does without them, and says so.
func (p *Pages) events(q *request, page *orderPage, behind []inspect.WrittenBy) error {
	ctx, cancel := p.reading(q, reportTimeout)
	defer cancel()
	all, err := p.States.Events(ctx, page.Seller, page.Order, behind)
	if err != nil {
		p.Logger.Warn("an order is shown without its events", "error", err)
		page.EventsSay = q.t("They cannot be read from Kafka at the moment.")
		q.Tag = "" // A page that has them is another.
		return nil
	}
	for i := range all {
		e := &all[i]
		row := eventRow{At: dash, Topic: e.Topic, Wrote: q.wrote(e.Registers), Class: "good"}
		if e.Missing != nil {
			row.Class, row.Kind = "none", q.t(missingNames[*e.Missing])
		} else {
			var known struct{ Kind string }
			if err := json.Unmarshal(e.Event, &known); err != nil {
				return err
			}
			row.Instant, row.At, row.Kind, row.JSON = e.OccurredAt.String(), q.at(events.Millis(*e.OccurredAt)), known.Kind, string(e.Event)
			row.Place = place(e.Topic, e.Partition, *e.Offset)
		}
		page.Events = append(page.Events, row)
	}
	return nil
}

// missingNames say why an event cannot be shown.
var missingNames = map[string]string{
	ask.Unknown: "where it is was not kept by the version that applied it", ask.Deleted: "the topic does not have it any more", ask.Other: "another event is in its place: the topic was made anew",
}

// wrote says what an event made known.
func (w *words) wrote(registers []inspect.Register) string {
	var texts []string
	for _, r := range registers {
		text := strings.ReplaceAll(r.Name, "_", " ")
		if r.Part != nil {
			text += " (" + isolated(*r.Part) + ")"
		}
		texts = append(texts, text)
	}
	return w.t("made known: %s", strings.Join(texts, ", "))
}
