package main

import (
	"errors"
	"strings"
	"time"

	"sellerpulse/internal/backfill"
)

// origin is a flag of where to begin: the first records, those since a time, or records by their places.
type origin struct{ backfill.From }

func (o *origin) String() string {
	if o.Text == "" {
		return "earliest"
	}
	return o.Text
}

func (o *origin) Type() string { return "text" }

func (o *origin) Set(text string) error {
	from := backfill.From{Text: text}
	if text != "earliest" {
		var places records
		t, err := time.Parse(time.RFC3339, text)
		switch {
		case err == nil && t.UnixMilli() > 0:
			from.Time = t
		case err == nil || strings.Trim(text, ", ") == "" || places.Set(text) != nil:
			return errors.New("use earliest, a time such as 2026-03-01T00:00:00Z, or records such as orders/2@17,claims/2@5")
		default:
			from.Positions = places
		}
	}
	o.From = from
	return nil
}
