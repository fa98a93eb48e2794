package inspect

import (
	"fmt"

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

	// RecoversOn is the day on which a breach is over, as in alerts: promises and answers that fall due are not foreseen. It may be behind the days
	// that are told. It is null where there is no breach.
	RecoversOn *windows.Date `json:"recovers_on"`
	Days       []ForecastDay `json:"days"` // as of the start of each, but for today, which is as of now; the first is today
}

// ForecastDay is what a day brings.
type ForecastDay struct {
	Day  windows.Date `json:"day"`
	From windows.Date `json:"from"` // order dates of the window, both inclusive
	To   windows.Date `json:"to"`
	Numbers
	State   string        `json:"state"`
	Leaves  []DateNumbers `json:"leaves"`   // dates that were in the window the day before and are not now, the oldest first; without those of no orders
	Enters  []DateNumbers `json:"enters"`   // dates that were not, likewise
	WithDue DueNumbers    `json:"with_due"` // the same if undelivered promises and open return requests, as they fall due, are missed
}

// DueNumbers are the numbers and the state where what falls due until then is missed.
type DueNumbers struct {
	Numbers
	State string `json:"state"`
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
	counter := counterOfRule(r.Version)
	f := RuleForecast{Rule: r.Name, Part: r.value(), Metric: r.Metric.FullName(), Target: targetText(r.Target), RecoversOn: p.recoversOn(head, r)}
	now := r.state.Standing()
	withDue := now
	wasFrom, wasTo := windows.Date(0), windows.Date(0)
	for i, day := range ahead {
		window, numerator, denominator := r.numbers(day)
		from, to := window.Range(day)
		if i == 0 {
			wasFrom, wasTo = from, to
		}
		moreNumerator, moreDenominator := due.until(day, from, to, &counter, r)
		numeratorDue, denominatorDue := numerator+moreNumerator, denominator+moreDenominator
		if day > ahead[0] && r.Evaluate.Has(day) { // Today's state is what it is.
			now, withDue = r.Next(numerator, denominator, now), r.Next(numeratorDue, denominatorDue, withDue)
		}
		f.Days = append(f.Days, ForecastDay{
			Day: day, From: from, To: to, Numbers: numbersOf(numerator, denominator), State: now.State.String(),
			Leaves: r.days.listed(wasFrom, from-1, &counter), Enters: r.days.listed(wasTo+1, to, &counter),
			WithDue: DueNumbers{numbersOf(numeratorDue, denominatorDue), withDue.State.String()},
		})
		wasFrom, wasTo = from, to
	}
	return f
}

// listed lists the dates from one to another that have a denominator.
func (d days) listed(from, to windows.Date, counter *counter) []DateNumbers {
	list := []DateNumbers{}
	for i := d.find(from); i < len(d) && d[i].date <= to; i++ {
		if numerator, denominator := counter.of(&d[i].totals); denominator > 0 {
			list = append(list, DateNumbers{d[i].date, numbersOf(numerator, denominator)})
		}
	}
	return list
}
