package statement

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sellerpulse/pkg/windows"
)

// Bounds of a statement.
const (
	MaxBytes   = 4 << 20
	maxFigures = 10_000
)

// Figure is a rate that a marketplace tells, over order dates, both inclusive.
type Figure struct {
	Name    string       `json:"name"`          // as the marketplace has it
	Rule    string       `json:"rule"`          // the rule or metric of ours that has the same; empty where none has
	Channel string       `json:"channel"`       // ALL, MFN or AFN; empty: that of the rule or metric
	From    windows.Date `json:"from,omitzero"` // missing where it does not say
	To      windows.Date `json:"to,omitzero"`

	Counts *Counts `json:"counts"` // null where a rate alone is told
	Rate   string  `json:"rate"`   // per cent, in decimal, as many digits as are told; empty where counts are

	MadeAt time.Time `json:"-"`   // when the marketplace counted; zero where it does not say
	Why    string    `json:"why"` // there is none of ours, or the figure is not one
}

// Counts are the numerator and the denominator of a rate.
type Counts struct {
	Numerator   int64 `json:"numerator"`
	Denominator int64 `json:"denominator"`
}

// Options say what a statement does not.
type Options struct {
	Marketplace string        // whose figures are wanted, where an Amazon report has those of several; empty for the only one
	Rule        string        // the rule or metric that a Walmart summary is about
	From, To    *windows.Date // the order dates of a Walmart summary, instead of the days before it was made
}

// ErrForm says that a file is none of the statements that are known.
var ErrForm = errors.New("it is neither JSON of Amazon's seller performance report, of eBay's seller standards or of a Walmart performance summary, nor CSV with the columns rule, from, to, numerator and denominator")

// Parse reads a statement of whatever form.
func Parse(text []byte, o Options) ([]Figure, error) {
	figures, err := parse(text, o)
	if err != nil {
		return nil, err
	}
	for i := range figures {
		if f := &figures[i]; f.From > f.To {
			return nil, fmt.Errorf("read %s: its dates are from %v to %v", f.Name, f.From, f.To)
		}
	}
	return figures, nil
}

func parse(text []byte, o Options) ([]Figure, error) {
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("read statement: it has more than %d bytes", MaxBytes)
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\uFEFF")))
	if !bytes.HasPrefix(text, []byte("{")) {
		return parseCSV(text)
	}
	var form struct {
		PerformanceMetrics json.RawMessage `json:"performanceMetrics"`
		StandardsProfiles  json.RawMessage `json:"standardsProfiles"`
		StandardsLevel     string          `json:"standardsLevel"`
		Payload            json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return nil, fmt.Errorf("read statement: %w", err)
	}
	switch {
	case form.PerformanceMetrics != nil:
		return parseAmazon(form.PerformanceMetrics, o)
	case form.StandardsProfiles != nil:
		return parseEBay(form.StandardsProfiles)
	case form.StandardsLevel != "":
		return parseEBay(append(append([]byte{'['}, text...), ']'))
	case form.Payload != nil:
		return parseWalmart(form.Payload, o)
	}
	return nil, ErrForm
}

// dateOf is the date that a time of ISO 8601 begins with, as marketplaces write it, with or without a time of day.
func dateOf(text string) (windows.Date, error) {
	if len(text) > len(time.DateOnly) && text[len(time.DateOnly)] == 'T' {
		text = text[:len(time.DateOnly)]
	}
	return windows.ParseDate(text)
}
