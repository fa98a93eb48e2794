package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// standingText tells where a seller stands with a rule or a part, and by what numbers.
func standingText(seller string, r *outputs.RuleReport) string {
	counts := "from ever"
	if r.CountsFrom != nil {
		counts = r.CountsFrom.String()
	}
	return fmt.Sprintf("%s %s: %v %q, next %v, %d/%d, %v to %v, %s, %v, since %d",
		seller, nameOf(r), r.State, r.Level, r.ProjectedState, r.Numerator, r.Denominator, r.From, r.To, counts, r.Target, r.Since)
}

func nameOf(r *outputs.RuleReport) string {
	if r.Part == nil {
		return r.Rule
	}
	return state.PartName(r.Rule, *r.Part)
}

// reports are those of all sellers, by id.
func (m *machine) reports() map[string]outputs.Report {
	m.t.Helper()
	all := map[string]outputs.Report{}
	m.must(m.engine.store.Sellers(func(id string, _ bool) (bool, error) {
		seller, err := m.engine.store.Seller(id, m.engine.today)
		all[id] = m.engine.Report(seller)
		return true, err
	}))
	return all
}

// alertText is an alert without the orders behind it.
func alertText(a *outputs.Alert) string {
	plain := *a
	plain.OrderIDs = nil
	return string(plain.AppendJSON(nil))
}

// outcome is what a change of rules comes to: where sellers stand, what falls silent, and what is published.
type outcome struct{ standings, gone, alerts []string }

// tried is what a trial says of a change, given the reports of before.
func (m *machine) tried(o Options, before map[string]outputs.Report) (is outcome, recounts bool) {
	m.t.Helper()
	view := m.db.Snapshot()
	trial, err := NewTrial(view, 0, o)
	m.must(err)
	m.must(trial.Each(func(of *Tried) error {
		for i := range of.Rules {
			r := &of.Rules[i]
			text := standingText(of.SellerID, &r.RuleReport)
			if had := before[of.SellerID]; slices.ContainsFunc(had.Rules, func(w outputs.RuleReport) bool { return nameOf(&w) == nameOf(&r.RuleReport) }) {
				text += fmt.Sprintf(", was %v %q", r.Was.State, r.Was.Level)
			}
			is.standings = append(is.standings, text)
		}
		is.standings = append(is.standings, fmt.Sprint(of.SellerID, of.Status, of.Statuses))
		for name, was := range of.Gone {
			is.gone = append(is.gone, fmt.Sprintf("%s %s %v %q", of.SellerID, name, was.State, was.Level))
		}
		for i := range of.Alerts {
			is.alerts = append(is.alerts, alertText(&of.Alerts[i]))
		}
		return nil
	}))
	recounts = trial.Recounts()
	m.must(trial.Close())
	m.must(view.Close())
	return is, recounts
}

// applied is what came of a change of rules, given the reports of before.
func (m *machine) applied(before map[string]outputs.Report, alerts int) (is outcome) {
	for id, now := range m.reports() {
		was, had := map[string]*outputs.RuleReport{}, before[id]
		for i := range had.Rules {
			was[nameOf(&had.Rules[i])] = &had.Rules[i]
		}
		for i := range now.Rules {
			r := &now.Rules[i]
			r.PartsOmitted = 0
			text := standingText(id, r)
			if w := was[nameOf(r)]; w != nil {
				text += fmt.Sprintf(", was %v %q", w.State, w.Level)
			}
			is.standings = append(is.standings, text)
			delete(was, nameOf(r))
		}
		is.standings = append(is.standings, fmt.Sprint(id, now.Status, now.Statuses))
		for name, w := range was {
			if w.State != rules.NoData {
				is.gone = append(is.gone, fmt.Sprintf("%s %s %v %q", id, name, w.State, w.Level))
			}
		}
	}
	for i := range m.output.Alerts[alerts:] {
		is.alerts = append(is.alerts, alertText(&m.output.Alerts[alerts:][i]))
	}
	return is
}

// A trial tells what putting rules in force comes to, whatever they are: where every seller stands, what falls silent and each alert; and
// changes nothing, which its second time shows.
func TestTrialsTellWhatApplyingBrings(t *testing.T) {
	runs := 16
	if testing.Short() {
		runs = 4
	}
	counted := map[bool]int{}
	for seed := range uint64(runs) {
		r := rand.New(rand.NewPCG(seed, 77))
		days := 40 + r.IntN(80)
		set, _ := spoken(t, r, days, overridden)
		retention := days
		if seed%2 == 1 {
			retention = 10 + r.IntN(20) // Counts outlive their orders.
		}
		m := newMachine(t, Options{Rules: set, Zone: time.UTC, RetentionDays: int32(retention), HistoryDays: int32(days), TopicNames: topicNames})
		for i, record := range salesLog(r, 400) {
			m.apply(&record)
			if m.commit(); i%80 != 79 {
				continue
			}
			m.checkpoint()
			to := m.options
			if to.Rules, _ = spoken(t, r, days, overridden); r.IntN(3) == 0 || i == 79 {
				to.Rules = set // Back, to rules whose states are kept; at first to those in force.
			}
			before, alerts := m.reports(), len(m.output.Alerts)
			want, recounts := m.tried(to, before)
			again, _ := m.tried(to, before)
			counted[recounts]++
			m.options.Rules = to.Rules
			m.restart(false)
			m.commit()
			got := m.applied(before, alerts)
			when := fmt.Sprintf("seed %d, record %d: ", seed, i)
			for _, lists := range [][3]any{{"standings", want, got}, {"a second trial", want, again}} {
				a, b := lists[1].(outcome), lists[2].(outcome)
				compare(t, when+lists[0].(string), a.standings, b.standings)
				compare(t, when+lists[0].(string)+", gone", a.gone, b.gone)
				compare(t, when+lists[0].(string)+", alerts", a.alerts, b.alerts)
			}
			if t.Failed() {
				t.Fatalf("rules:\n%s", to.Rules.Canonical())
			}
		}
	}
	if counted[true] == 0 || counted[false] == 0 {
		t.Errorf("trials that count orders anew, and not: %v", counted)
	}
}

// compare compares lists, whatever their order is.
func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	enginetest.CompareLists(t, what, got, want)
}

// Of a state without an event nothing can be told.
func TestTrialOfNothing(t *testing.T) {
	m := newMachine(t, Options{Rules: rules.BuiltIn(), Zone: time.UTC, RetentionDays: 120, TopicNames: topicNames})
	view := m.db.Snapshot()
	if _, err := NewTrial(view, 0, m.options); !errors.Is(err, ErrNothing) {
		t.Errorf("a trial of nothing: %v", err)
	}
	m.must(view.Close())
}
