package inspect_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
	"sellerpulse/test/enginetest"
)

// What a forecast says of a day, with what falls due, is what the engine says on that day if nothing happened; without it, what sliding windows
// over all rows come to. The day of recovery is the first of it without a breach.
func TestForecastComesTrue(t *testing.T) {
	runs := 15
	if testing.Short() {
		runs = 5
	}
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 43))
			m := newMachine(t, zoneOf(t, zones[seed%5]), engine.Options{})
			for now, e := range enginetest.RandomEvents(r, 150) {
				m.applyAt(now+1000, e)
			}
			for i := range 5 {
				m.applyOpen(fmt.Sprint("S", i%3), fmt.Sprint("open ", i), m.engine.StreamTime()+r.Int64N(day))
			}
			m.commit()
			const days = 100
			forecasts := map[string]*inspect.Forecast{}
			a := m.ask()
			for _, seller := range a.sellers() {
				f, err := a.Forecast(seller, days)
				m.must(err)
				a.checkForecast(seller, f)
				forecasts[seller] = f
			}
			a.close()
			due, breached := 0, 0
			for i := range days + 1 {
				for seller, f := range forecasts {
					for j := range f.Rules {
						m.checkDay(seller, i, &f.Rules[j])
						if d := &f.Rules[j].Days[i]; text(d.Numbers) != text(d.WithDue.Numbers) {
							due++
						}
						breached += int(one(f.Rules[j].RecoversOn != nil))
					}
				}
			}
			if due == 0 || breached == 0 {
				t.Errorf("%d numbers differ by what falls due, %d breaches: the test tests nothing", due, breached)
			}
		})
	}
}

// applyOpen places an order of which a promise and an answer are yet to fall due.
func (m *machine) applyOpen(seller, order string, at events.Millis) {
	m.Helper()
	p := placed(seller, order, at)
	p.DeliverBy = at + 3*day
	confirmed := fact(events.ShipmentConfirmed, &p, at, "s")
	confirmed.Carrier, confirmed.TrackingID = events.Text{Value: "s10", Given: true}, events.Text{Value: "RB123456785GB", Given: true}
	for _, e := range []events.Event{p, confirmed, fact(events.ShipmentScanned, &p, at, "s"), fact(events.ReturnRequested, &p, at, "r")} {
		m.apply(e)
	}
}

// checkDay moves the engine to the start of a forecast's day and compares.
func (m *machine) checkDay(seller string, i int, rule *inspect.RuleForecast) {
	m.Helper()
	d := &rule.Days[i]
	if i > 0 {
		m.advance(windows.NewCalendar(m.options.Zone).Start(d.Day))
	}
	report, _, err := m.engine.ReportOf(seller)
	m.must(err)
	for j := range report.Rules {
		want := &report.Rules[j]
		if want.Rule != rule.Rule {
			continue
		}
		got := fmt.Sprintln(d.From, d.To, text(d.WithDue.Numbers), d.WithDue.State)
		if want := fmt.Sprintln(want.From, want.To, naive(want.Numerator, want.Denominator), want.State); got != want {
			m.Errorf("%q: %s on %v is %s, want %s", seller, rule.Rule, d.Day, got, want)
		}
	}
}

// checkForecast compares what the days bring without what falls due with all rows.
func (a *asked) checkForecast(seller string, f *inspect.Forecast) {
	a.Helper()
	rows := a.rows(seller)
	for i := range f.Rules {
		rule := a.options.Rules.Find(f.Rules[i].Rule).Versions[0]
		over := false
		for j, d := range f.Rules[i].Days {
			count := func(from, to windows.Date) (int64, int64) {
				return (&filter{rule.Channel(), nil, from, to}).count(rows, rule.Metric)
			}
			if got, want := text(d.Numbers), naive(count(rule.Window().Range(d.Day))); got != want {
				a.Errorf("%q: %s on %v is %s, want %s", seller, rule.Name, d.Day, got, want)
			}
			if f.DueCut || j == 0 {
				continue
			}
			before := f.Rules[i].Days[j-1]
			sum := before.Numbers
			for _, left := range d.Leaves {
				sum.Numerator, sum.Denominator = sum.Numerator-left.Numerator, sum.Denominator-left.Denominator
			}
			for _, entered := range d.Enters {
				sum.Numerator, sum.Denominator = sum.Numerator+entered.Numerator, sum.Denominator+entered.Denominator
			}
			if sum.Numerator != d.Numerator || sum.Denominator != d.Denominator {
				a.Errorf("%q: %s on %v is %s, and what moved comes to %+v", seller, rule.Name, d.Day, text(d.Numbers), sum)
			}
			if on := f.Rules[i].RecoversOn; on != nil && !over && d.State != "BREACHED" {
				if over = true; *on != d.Day {
					a.Errorf("%q: %s is over on %v, want %v", seller, rule.Name, d.Day, *on)
				}
			}
		}
		if on := f.Rules[i].RecoversOn; on != nil && !over && *on <= f.Today+windows.Date(f.Days) {
			a.Errorf("%q: %s recovers on %v, and no day says so", seller, rule.Name, *on)
		}
	}
}

// A day that the zone leaves out is not foreseen: the day after it begins at its instant.
func TestForecastLeavesOutADay(t *testing.T) {
	m := newMachine(t, zoneOf(t, "Pacific/Apia"), engine.Options{})
	at := time.Date(2011, 12, 29, 12, 0, 0, 0, m.options.Zone).UnixMilli()
	m.apply(placed("S", "O", at))
	m.commit()
	a := m.ask()
	defer a.close()
	f, err := a.Forecast("S", 3)
	m.must(err)
	var days []string
	for _, d := range f.Rules[0].Days {
		days = append(days, d.Day.String())
	}
	if got, want := fmt.Sprint(days), "[2011-12-29 2011-12-31 2012-01-01]"; got != want {
		t.Errorf("days are %s, want %s", got, want)
	}
	for _, days := range []int{-1, 0, 181} {
		var refused *inspect.QueryError
		if _, err := a.Forecast("S", days); !errors.As(err, &refused) {
			t.Errorf("%d days: %v", days, err)
		}
	}
}

// placed is an order of a seller, of no product line and without promises.
func placed(seller, order string, at events.Millis) events.Event {
	return events.Event{
		Topic: events.Orders, Kind: events.OrderPlaced, EventID: "e", OccurredAt: at, SellerID: seller, OrderID: order,
		OrderDate: at, Channel: events.MFN, ShipBy: events.None, DeliverBy: events.None,
	}
}

// fact is an event of an order that has no other fields.
func fact(kind events.Kind, order *events.Event, at events.Millis, part string) events.Event {
	return events.Event{
		Topic: kind.Topic(), Kind: kind, EventID: "e", OccurredAt: at, SellerID: order.SellerID, OrderID: order.OrderID, PartID: part,
		OrderDate: events.None, ShipBy: events.None, DeliverBy: events.None,
	}
}
