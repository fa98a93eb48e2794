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
		parts := cutInto(market, 5)
		sets := []*rules.Set{rules.BuiltIn(), otherRules(t), shopRules(t), rules.BuiltIn(), shopRules(t)}

		s := newFixture(t, broker, 2)
		live := func(o *Options) {
			o.Clock, o.Standbys, o.AppliedRules, o.Revision, o.CheckpointInterval = longAgo, 1, true, 1, 1
		}
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
		if err := s.run(t.Context(), t.TempDir(), func(o *Options) {
			o.AsOf, o.AppliedRules, o.Revision, o.Rules = marketEnd, true, int64(len(sets)), sets[len(sets)-1]
		}); err != nil {
			t.Fatal(err)
		}

		again := s.restarted(broker, parts, sets)
		ruled := 0
		for _, a := range s.alerts() {
			if a.Cause.Kind == "RULES" {
				ruled++
			}
		}
		if ruled == 0 {
			t.Error("no alert is because of other rules")
		}
		s.compare(again)
	})
}

// restarted is what comes of parts of a log by a service that is restarted with other rules before each of them.
func (s *fixture) restarted(broker *brokertest.Broker, parts [][]events.Event, sets []*rules.Set) *fixture {
	s.t.Helper()
	again := newFixture(s.t, &brokertest.Broker{Kind: broker.Kind, Addresses: broker.Addresses, Prefix: broker.Prefix + "2-"}, s.partitions)
	directory := s.t.TempDir()
	for i, part := range parts {
		again.produce(part)
		as := func(o *Options) {
			o.Rules = sets[i]
			if i == len(parts)-1 {
				o.AsOf = marketEnd
			}
		}
		if err := again.run(s.t.Context(), directory, as); err != nil {
			s.t.Fatal(err)
		}
	}
	return again
}

// compare compares what came of the same log: reports, and alerts where what is sent at once is seen at once. On Apache Kafka one topic's events are there a
// moment before another's, and an event that is seen too late by its time has other alerts.
func (s *fixture) compare(again *fixture) {
	s.t.Helper()
	checkNumbers(s.t, s.alerts())
	if s.kind == brokertest.EmbeddedKind {
		enginetest.CompareLists(s.t, "alerts", s.ownAlerts(), again.ownAlerts())
	}
	enginetest.CompareLists(s.t, "reports", s.reportTexts(), again.reportTexts())
}

// cutInto is events in so many parts that follow one another.
func cutInto(all []events.Event, n int) (parts [][]events.Event) {
	for i := range n {
		parts = append(parts, all[len(all)*i/n:len(all)*(i+1)/n])
	}
	return parts
}

// shopRules count what the built-in ones do not.
func shopRules(t testing.TB) *rules.Set {
	t.Helper()
	set, err := rules.Parse([]byte(shopPack), 120)
	if err != nil {
		t.Fatal(err)
	}
	return set
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
