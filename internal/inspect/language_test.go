package inspect_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/inspect"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// Under rules of every sort answers are what reports are: of each part, over the window chosen, and by the orders behind each number.
func TestAnswersUnderRandomRules(t *testing.T) {
	runs := 12
	if testing.Short() {
		runs = 3
	}
	for seed := range uint64(runs) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 61))
			pack := enginetest.RandomPack(r, "", enginetest.PackOptions{Days: 100, Rules: 6, Today: "2016-01-10"})
			set, err := rules.ParseAll(100, rules.File{Text: pack.YAML()})
			if err != nil {
				t.Fatal(err)
			}
			m := newMachine(t, time.UTC, engine.Options{Rules: set, RetentionDays: 100})
			parts := 0
			for now, e := range enginetest.RandomSales(r, 300) {
				if m.applyAt(now+1000, e); r.IntN(20) > 0 {
					continue
				}
				m.commit()
				a := m.ask()
				for _, seller := range a.sellers() {
					parts += a.checkRules(seller)
				}
				a.close()
			}
			if parts == 0 && seed == 0 {
				t.Error("there is no part: the test tests little")
			}
		})
	}
}

// checkRules compares what is told of a seller's rules with its report, and tells how many parts there are.
func (a *asked) checkRules(seller string) (parts int) {
	a.Helper()
	report, _, err := a.engine.ReportOf(seller)
	a.must(err)
	standings, err := a.Rules(seller)
	a.must(err)
	forecast, err := a.Forecast(seller, 3)
	a.must(err)
	if len(standings.Rules) != len(report.Rules) || len(forecast.Rules) != len(report.Rules) {
		a.Fatalf("%q: %d rules, forecast %d, reported %d", seller, len(standings.Rules), len(forecast.Rules), len(report.Rules))
	}
	for i := range report.Rules {
		want, s, f := &report.Rules[i], &standings.Rules[i], &forecast.Rules[i].Days[0]
		wanted := fmt.Sprintln(want.Rule, enginetest.Number(want.Part), want.From, want.To, naive(want.Numerator, want.Denominator), want.Target, want.State)
		got := fmt.Sprintln(s.Rule, enginetest.Number(s.Part), s.Window.From, s.Window.To, text(s.Numbers), plain(s.Target), s.State)
		ahead := fmt.Sprintln(forecast.Rules[i].Rule, enginetest.Number(forecast.Rules[i].Part), f.From, f.To, text(f.Numbers), plain(forecast.Rules[i].Target), f.State)
		if got != wanted || ahead != wanted || plain(s.Level) != want.Level {
			a.Errorf("%q: told %sand forecast %swant %s on level %q", seller, got, ahead, wanted, want.Level)
		}
		if want.Part != nil {
			parts++
		}
		a.checkBehind(seller, want)
	}
	return parts
}

// checkBehind compares the orders behind the misses of a rule with its numbers.
func (a *asked) checkBehind(seller string, want *outputs.RuleReport) {
	a.Helper()
	if a.options.Rules.Find(want.Rule).InForce(a.Today()).Windows[0].MinTotal > 0 {
		return // The window is not that of the question.
	}
	q := inspect.OrdersQuery{Rule: want.Rule, Value: want.Part, Part: inspect.Miss, Limit: 500}
	page, err := a.Orders(seller, q)
	a.must(err)
	misses := int64(0)
	for i := range page.Orders {
		o := &page.Orders[i]
		if rule := a.options.Rules.Find(want.Rule).InForce(a.Today()); rule.Good() {
			misses += o.Denominator - o.Numerator
		} else {
			misses += o.Numerator
		}
	}
	is := want.Numerator
	if a.options.Rules.Find(want.Rule).InForce(a.Today()).Good() {
		is = want.Denominator - want.Numerator
	}
	if misses != is || page.Numbers.Numerator != want.Numerator || page.Numbers.Denominator != want.Denominator {
		a.Errorf("%q, %s %s: %d misses of %s, want %d of %s", seller, want.Rule, enginetest.Number(want.Part), misses, text(*page.Numbers), is, naive(want.Numerator, want.Denominator))
	}
}

func plain(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
