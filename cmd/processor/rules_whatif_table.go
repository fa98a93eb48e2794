package main

import (
	"fmt"
	"strconv"

	"sellerpulse/internal/state"
	"sellerpulse/internal/whatif"
	"sellerpulse/pkg/rules"
)

// writeWhatIf writes for eyes what rules would bring.
func (s *session) writeWhatIf(a *whatif.Answer) error {
	as := ""
	for _, p := range a.Partitions {
		as = max(as, p.AsOf)
	}
	if _, err := fmt.Fprintf(s.stdout, "%s in %s, as of %s\n\n", plural(a.Sellers, "seller"), plural(int64(len(a.Partitions)), "partition"), given(as)); err != nil {
		return err
	}
	if err := s.writeTriedRules(a); err != nil {
		return err
	}
	if a.ChangesTotal == 0 {
		_, err := fmt.Fprintln(s.stdout, "\nNobody would change.")
		return err
	}
	return s.writeTriedChanges(a)
}

func given(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func (s *session) writeTriedRules(a *whatif.Answer) error {
	heading := []string{"RULE"}
	for st := range rules.NumStates {
		heading = append(heading, st.String())
	}
	t := newTable(s.stdout, append(heading, "CHANGES", "ALERTS")...)
	t.right(2, 3, 4, 5, 6, 7)
	for i := range a.Rules {
		r := &a.Rules[i]
		row := []string{r.Rule}
		for st := range rules.NumStates {
			row = append(row, fromTo(r.Now[st.String()], r.Then[st.String()], r.Gone))
		}
		t.row(append(row, grouped(r.Changes), grouped(r.Alerts))...)
	}
	return t.write()
}

// fromTo is a number of sellers now, and then if it is another.
func fromTo(now, then int64, gone bool) string {
	switch {
	case gone && now > 0:
		return grouped(now) + " → silent"
	case now != then:
		return grouped(now) + " → " + grouped(then)
	}
	return grouped(now)
}

func (s *session) writeTriedChanges(a *whatif.Answer) error {
	if _, err := fmt.Fprintln(s.stdout); err != nil {
		return err
	}
	t := newTable(s.stdout, "SELLER", "RULE", "FROM", "TO", "NUMBERS", "RATE", "TARGET", "ALERT")
	t.narrow(1)
	t.right(5, 6)
	for i := range a.Changes {
		c := &a.Changes[i]
		name, numbers, rate, target, alert := c.Rule, "-", "-", "-", "no"
		if c.Part != nil {
			name = state.PartName(c.Rule, *c.Part)
		}
		if c.Numerator != nil {
			numbers = fmt.Sprintf("%s / %s", grouped(*c.Numerator), grouped(*c.Denominator))
		}
		if c.Rate != nil {
			rate = strconv.FormatFloat(*c.Rate*100, 'f', 2, 64) + " %"
		}
		if c.Target != nil {
			target = *c.Target
		}
		if c.Alert {
			alert = "yes"
		}
		t.row(c.SellerID, name, standing(&c.From, c.FromLevel), standing(c.To, c.ToLevel), numbers, rate, target, alert)
	}
	if err := t.write(); err != nil {
		return err
	}
	if more := a.ChangesTotal - int64(len(a.Changes)); more > 0 {
		_, err := fmt.Fprintf(s.stdout, "and %s: --limit tells more\n", plural(more, "change"))
		return err
	}
	return nil
}

// standing is a state and a level; nil for silence.
func standing(st, level *string) string {
	switch {
	case st == nil:
		return "silent"
	case level == nil:
		return *st
	}
	return *st + " " + *level
}
