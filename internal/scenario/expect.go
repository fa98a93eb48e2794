package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// expectation is what a line says must be so at its place in the story.
type expectation interface {
	check(r *run) (fault, error)
}

// fault is what is otherwise than a line expects. The zero value is nothing.
type fault struct {
	problem string // on one line

	// expected and found are of one form, to be set beside each other; both empty where what was found is not of the kind that was expected.
	expected, found string
}

// faultOf is that something of a seller is other than expected.
func faultOf(seller, what, expected, found string) fault {
	if expected == found {
		return fault{}
	}
	return fault{fmt.Sprintf("seller %s: %s %s, not %s", seller, what, found, expected), what + " " + expected, what + " " + found}
}

// expect reads what follows "then" or "and".
func (p *parser) expect(number int, rest string) error {
	if err := p.started(); err != nil {
		return err
	}
	w, err := split(rest)
	if err != nil {
		return err
	}
	e, err := p.expectation(w)
	if err == nil {
		err = w.end()
	}
	if err == nil {
		p.add(step{line: number, expect: e})
	}
	return err
}

func (p *parser) expectation(w *words) (expectation, error) {
	switch {
	case w.take("no", "alerts"):
		return noAlerts{}, nil
	case w.take("no", "dead", "letters"):
		return noDeadLetters{}, nil
	case w.take("alert"):
		return p.alert(w)
	case w.take("dead", "letter"):
		return p.deadLetter(w)
	case w.take("stream", "time"):
		m, err := p.moment(w)
		return streamTime{m.from(p.now)}, err
	}
	seller := p.sellers[0]
	if w.take("seller") {
		var err error
		if seller, err = w.next("the seller's name"); err != nil {
			return nil, err
		}
	}
	switch {
	case w.take("not", "reported"):
		return notReported{seller}, nil
	case w.take("product_lines_omitted"):
		return parseOmitted(w, seller)
	case w.take("status"):
		return parseStatus(w, seller)
	}
	ofMetric := w.take("metric")
	name, err := w.next("what is expected")
	if err != nil {
		return nil, err
	}
	if metric := rules.FindMetric(name); ofMetric || metric != nil {
		return parseMetric(w, seller, name, metric)
	}
	if next := w.peek(); next != "part" && next != "unreported" && !strings.Contains(next, "/") {
		return nil, fmt.Errorf("%q is nothing to expect: use a rule's name and its numbers, a metric's (%s, or that of a pack after the word \"metric\"), product_lines_omitted, status, not reported, alert, no alerts, dead letter, no dead letters or stream time",
			name, oneOf(metricNames()))
	}
	return p.rule(w, seller, name)
}

func metricNames() (names []string) {
	for _, m := range rules.Metrics() {
		names = append(names, m.Name)
	}
	return names
}

var (
	statuses = []string{"ACTIVE", "AT_RISK", "UNDER_REVIEW"}
	states   = []string{"NO_DATA", "OK", "AT_RISK", "BREACHED"}
	kinds    = []string{"BREACHED", "AT_RISK", "RESOLVED"}
)

// readState reads a state of a rule.
func readState(w *words, allowed []string) (string, error) {
	text, err := w.next("the state")
	if err == nil && !slices.Contains(allowed, text) {
		err = unknown("state", text, allowed...)
	}
	return text, err
}

// ratio is a numerator and a denominator.
type ratio struct{ numerator, denominator int64 }

func (r ratio) String() string { return fmt.Sprintf("%d/%d", r.numerator, r.denominator) }

func readRatio(w *words) (r ratio, err error) {
	text, err := w.next("the numbers")
	if err != nil {
		return r, err
	}
	n, d, ok := strings.Cut(text, "/")
	var err1, err2 error
	r.numerator, err1 = strconv.ParseInt(n, 10, 64)
	r.denominator, err2 = strconv.ParseInt(d, 10, 64)
	if !ok || err1 != nil || err2 != nil {
		return r, fmt.Errorf("%q are no numbers: write numerator and denominator like 1/100", text)
	}
	return r, nil
}

// readWindow reads the first and the last date of a window.
func readWindow(w *words) (string, error) {
	from, err := readDate(w)
	if err != nil {
		return "", err
	}
	if err := w.need("to"); err != nil {
		return "", err
	}
	to, err := readDate(w)
	return from + " to " + to, err
}

func readDate(w *words) (string, error) {
	text, err := w.next("a date")
	if err == nil {
		_, err = day(text)
	}
	return text, err
}

// omittedIs expects a number of product lines that a seller's report does not list.
type omittedIs struct {
	seller string
	lines  int64
}

func parseOmitted(w *words, seller string) (expectation, error) {
	text, err := w.next("the number of product lines")
	if err != nil {
		return nil, err
	}
	lines, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is no number of product lines: write it like 3", text)
	}
	return omittedIs{seller, lines}, nil
}

// statusIs expects the account status, or that by the rules of a pack.
type statusIs struct{ seller, pack, status string }

func parseStatus(w *words, seller string) (expectation, error) {
	text, err := w.next("the status")
	e := statusIs{seller: seller, status: text}
	if err == nil && !slices.Contains(statuses, text) && w.more() {
		e.pack = text
		e.status, err = w.next("the status")
	}
	if err == nil && !slices.Contains(statuses, e.status) {
		err = unknown("status", e.status, statuses...)
	}
	return e, err
}

type notReported struct{ seller string }

type noAlerts struct{}

type noDeadLetters struct{}

type streamTime struct{ at events.Millis }
