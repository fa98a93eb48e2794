package inspect

import (
	"fmt"

	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// Forecast is what days to come bring to a seller if nothing else happens: windows slide over the orders there are.
type Forecast struct {
	Head
	Days   int            `json:"days"`
	Rules  []RuleForecast `json:"rules"`   // in the order of the rules
	DueCut bool           `json:"due_cut"` // not all orders were read for what falls due of them: with_due lacks that of the oldest
}

// RuleForecast is what days to come bring under a rule.
type RuleForecast struct {
	Rule   string  `json:"rule"`
	Part   *string `json:"part" doc:"The value of the field that the rule tells orders apart by; null of a rule that does not."`
	Metric string  `json:"metric"`
	Target *string `json:"target"` // null where no level is BREACHED

	// RecoversOn is the day on which a breach is over, as in alerts: promises and answers that fall due, and versions to come, are not foreseen. It may be behind
	// the days that are told. It is null where there is no breach.
	RecoversOn *windows.Date `json:"recovers_on"`
	Days       []ForecastDay `json:"days"` // as of the start of each, but for today, which is as of now; the first is today
}

// ForecastDay is what a day brings, by the version of the rule that is in force on it. Where none is there is no state, and the numbers are those of the version
// before.
type ForecastDay struct {
	Day       windows.Date `json:"day"`
	Evaluated bool         `json:"evaluated"` // the state may move at its start; of today, it may have
	From      windows.Date `json:"from"`      // order dates of the window that is chosen by these numbers, both inclusive
	To        windows.Date `json:"to"`
	Numbers
	Target  *string       `json:"target"` // of the version; null where it has none
	State   string        `json:"state"`
	Level   *string       `json:"level"`
	Leaves  []DateNumbers `json:"leaves"`   // dates that were in the window the day before and are not now, the oldest first; without those of no orders
	Enters  []DateNumbers `json:"enters"`   // dates that were not, likewise
	WithDue DueNumbers    `json:"with_due"` // the same if undelivered promises and open return requests, as they fall due, are missed
}

// DueNumbers are the numbers and the state where what falls due until then is missed, and the window that is chosen by them.
type DueNumbers struct {
	From windows.Date `json:"from"`
	To   windows.Date `json:"to"`
	Numbers
	State string  `json:"state"`
	Level *string `json:"level"`
}

// Forecast tells what so many days from today on bring.
func (p *Partition) Forecast(seller string, days int) (*Forecast, error) {
	if days < 1 || days > p.options.MaxForecast {
		return nil, &QueryError{"days", fmt.Sprintf("%d is not from 1 to %d", days, p.options.MaxForecast)}
	}
	head, states, err := p.seller(seller)
	if err != nil {
		return nil, err
	}
	stands, err := p.stands(&head, states)
	if err != nil {
		return nil, fmt.Errorf("add up seller %q: %w", seller, err)
	}
	ahead := p.daysFrom(head.Today, days)
	due, cut, err := p.due(&head, ahead[len(ahead)-1])
	if err != nil {
		return nil, fmt.Errorf("find what falls due of seller %q: %w", seller, err)
	}
	answer := &Forecast{Head: head, Days: days, Rules: []RuleForecast{}, DueCut: cut}
	for i := range stands {
		answer.Rules = append(answer.Rules, p.forecast(&head, &stands[i], ahead, due))
	}
	return answer, nil
}

// daysFrom lists today and the days after it that the zone has.
func (p *Partition) daysFrom(today windows.Date, days int) (list []windows.Date) {
	for day := today; day <= today+windows.Date(days); day++ {
		if day == today || p.calendar.Has(day) {
			list = append(list, day)
		}
	}
	return list
}

func (p *Partition) forecast(head *Head, r *stand, ahead []windows.Date, due dues) RuleForecast {
	f := RuleForecast{Rule: r.Name, Part: r.value(), Metric: r.Metric.FullName(), Target: targetText(r.Target), RecoversOn: p.recoversOn(head, r)}
	now := r.state.Standing()
	withDue, was := now, ForecastDay{}
	under := *r
	for i, day := range ahead {
		next, inForce := r.on(day)
		if inForce {
			under = next
		}
		d := under.foreseen(day, due)
		moves := day > head.Today // Today's state is what it is.
		switch {
		case !inForce:
			d.Evaluated, now, withDue = moves && now != (rules.Standing{}), rules.Standing{}, rules.Standing{}
		case moves && d.Evaluated:
			now = under.Next(d.Numerator, d.Denominator, now)
			withDue = under.Next(d.WithDue.Numerator, d.WithDue.Denominator, withDue)
		}
		d.State, d.Level, d.WithDue.State, d.WithDue.Level = now.State.String(), level(now), withDue.State.String(), level(withDue)
		if i == 0 {
			was = d
		}
		t := under.tally()
		d.Leaves = append(t.listed(was.From, min(was.To, d.From-1)), t.listed(max(was.From, d.To+1), was.To)...)
		d.Enters = append(t.listed(d.From, min(d.To, was.From-1)), t.listed(max(d.From, was.To+1), d.To)...)
		f.Days = append(f.Days, d)
		was = d
	}
	return f
}

// foreseen is what there is to count at the start of a day: the window is placed for it, and of several chosen.
func (s *stand) foreseen(day windows.Date, due dues) (d ForecastDay) {
	window, numerator, denominator := s.numbers(day)
	d = ForecastDay{Day: day, Evaluated: s.Evaluate.Has(day), Numbers: numbersOf(numerator, denominator), Target: targetText(s.Target)}
	d.From, d.To = window.Range(day)
	counter, t := counterOfRule(s.Version), s.tally()
	window, numerator, denominator = s.Choose(func(w windows.Window) (int64, int64) {
		from, to := w.Range(day)
		n, m := t.between(from, to)
		moreN, moreM := due.until(day, from, to, &counter, s)
		return n + moreN, m + moreM
	})
	d.WithDue.From, d.WithDue.To = window.Range(day)
	d.WithDue.Numbers = numbersOf(numerator, denominator)
	return d
}
