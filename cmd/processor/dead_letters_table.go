package main

import (
	"fmt"

	"sellerpulse/pkg/events"
)

// writeLines writes a line of JSON of each.
func writeLines[T any](s *session, all []T) error {
	for i := range all {
		if err := s.writeJSON(&all[i]); err != nil {
			return err
		}
	}
	return nil
}

// letterTables writes how many there are, and below that the newest.
func (s *session) letterTables(l *letterList, counts bool) error {
	if l.all == 0 {
		_, err := fmt.Fprintln(s.stdout, "no dead letters")
		return err
	}
	t := newTable(s.stdout, "REASON", "TOPIC", "COUNT", "SENT AGAIN", "FIRST (UTC)", "LAST (UTC)")
	t.right(3, 4)
	for _, k := range l.counts() {
		t.row(k.Reason, k.Topic, grouped(k.Count), grouped(k.Resubmitted), timeText(k.first), timeText(k.last))
	}
	if err := t.write(); err != nil || counts {
		return err
	}
	fmt.Fprintln(s.stdout)
	if err := s.newestTable(l); err != nil {
		return err
	}
	if more := l.all - int64(len(l.newest)); more > 0 {
		fmt.Fprintf(s.stdout, "\nthe newest of %s: --limit lists more\n", grouped(l.all))
	}
	return nil
}

func (s *session) newestTable(l *letterList) error {
	t := newTable(s.stdout, "PUBLISHED (UTC)", "SOURCE", "REASON", "SELLER", "EVENT", "SENT AGAIN", "ERROR")
	t.narrow(4)
	for i := range l.newest {
		line := &l.newest[i]
		t.row(timeText(line.at), line.Source.String(), string(line.Reason), orDash(line.SellerID), orDash(line.Kind), yesOrNo(line.Resubmitted), line.Error)
	}
	return t.write()
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func yesOrNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// instantText is an instant as JSON has it.
func instantJSON(at events.Millis) string { return string(events.AppendInstant(nil, at)) }
