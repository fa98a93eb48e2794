package worker

import (
	"slices"
	"strings"
	"testing"

	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// otherRules is the built-in rules with some that are stricter and one that is gone.
func otherRules(t testing.TB) *rules.Set {
	t.Helper()
	text := strings.ReplaceAll(string(rules.BuiltInFile()), `"< 0.04"`, `"< 0.7"`)
	text = strings.ReplaceAll(text, `"< 0.01"`, `"< 0.9"`)
	text = strings.ReplaceAll(text, "name: cancellation\n", "name: other-cancellation\n")
	set, err := rules.Parse([]byte(text), 120)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// awaitRevision waits until the states of all partitions go by a revision of the rules.
func (s *fixture) awaitRevision(revision int64) {
	s.t.Helper()
	enginetest.Eventually(s.t, "all partitions go by the new rules", func() bool {
		marks, err := task.MarksOfAll(s.t.Context(), s.client, s.appID, &s.topics, s.topics.Changelog)
		if err != nil || len(marks) != int(s.partitions) {
			return false
		}
		for _, m := range marks {
			if m.Revision != revision {
				return false
			}
		}
		return true
	})
}

// Rules that are put in force while two processes run, one with copies of the other's partitions, come to just the alerts and reports that restarts with
// them at the same points of the log do.
func TestRulesChangeWhileItRuns(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		market := sortedMarket(11, 20)
		parts := [][]events.Event{market[:len(market)/2], market[len(market)/2 : len(market)*3/4], market[len(market)*3/4:]}
		sets := []*rules.Set{rules.BuiltIn(), otherRules(t), rules.BuiltIn()}

		s := newFixture(t, broker, 2)
		live := func(o *Options) { o.Clock, o.Standbys, o.AppliedRules, o.Revision = longAgo, 1, true, 1 }
		members := []*member{s.workWith(broker, live), s.workWith(broker, live)}
		for i, part := range parts {
			for _, m := range members {
				m.worker.Environment().Rule(task.Ruled{Set: sets[i], Revision: int64(i + 1)})
			}
			if i > 0 { // Before, there is no state.
				s.awaitRevision(int64(i + 1))
			}
			s.produce(part)
			s.awaitRead()
		}
		for _, m := range members {
			m.stop()
		}
		if err := s.run(t.Context(), t.TempDir(), func(o *Options) { o.AsOf, o.AppliedRules, o.Revision = marketEnd, true, 3 }); err != nil {
			t.Fatal(err)
		}

		again := newFixture(t, &brokertest.Broker{Addresses: broker.Addresses, Prefix: broker.Prefix + "2-"}, 2)
		directory := t.TempDir()
		for i, part := range parts {
			again.produce(part)
			as := func(o *Options) {
				o.Rules = sets[i]
				if i == len(parts)-1 {
					o.AsOf = marketEnd
				}
			}
			if err := again.run(t.Context(), directory, as); err != nil {
				t.Fatal(err)
			}
		}
		ruled := 0
		for _, a := range s.alerts() {
			if a.Cause.Kind == "RULES" {
				ruled++
			}
		}
		if ruled == 0 {
			t.Error("no alert is because of other rules")
		}
		enginetest.CompareLists(t, "alerts", s.ownAlerts(), again.ownAlerts())
		enginetest.CompareLists(t, "reports", s.reportTexts(), again.reportTexts())
	})
}

// ownAlerts is the texts of all alerts, without what the names of topics begin with.
func (s *fixture) ownAlerts() []string {
	texts := enginetest.AlertTexts(s.alerts())
	for i := range texts {
		texts[i] = strings.ReplaceAll(texts[i], strings.TrimSuffix(s.appID, "app"), "")
	}
	slices.Sort(texts)
	return texts
}

// A state that goes by rules which were applied later than those that a process knows yet is left alone until it knows them.
func TestRulesThatAreNotKnownYetAreWaitedFor(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 1)
		s.produce(sortedMarket(12, 5))
		if err := s.run(t.Context(), t.TempDir(), func(o *Options) { o.AppliedRules, o.Revision = true, 2 }); err != nil {
			t.Fatal(err)
		}
		before := s.output()
		m := s.workWith(broker, func(o *Options) { o.Clock, o.AppliedRules, o.Revision, o.Rules = longAgo, true, 1, otherRules(t) })
		enginetest.Eventually(t, "the partition is tried", func() bool { return len(m.worker.Status().Tasks()) > 0 })
		m.worker.Environment().Rule(task.Ruled{Set: rules.BuiltIn(), Revision: 2})
		enginetest.Eventually(t, "the partition is worked on", func() bool { return len(m.runs()) == 1 })
		m.stop()
		enginetest.CompareLists(t, "output", s.output(), before)
	})
}
