package backfill

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"sellerpulse/internal/simulate"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// carryThrough runs the live application and a candidate that is built as another deployment of the same broker has it, cuts over to it, and has events come
// then. Subscribers have then seen one chain of alerts, and the reports of a state that was built like the candidate from the beginning.
func carryThrough(t *testing.T, live, mended *deployment, was, is *rules.Set, before, after []events.Event) *Outcome {
	t.Helper()
	live.produce(before)
	former := live.run(was, t.TempDir(), nil)
	candidate := mended.start("mended", is, t.TempDir())
	live.awaitRead(live.appID)
	mended.awaitRead(mended.candidate("mended").AppID)
	live.eventually("the live state is begun in all partitions", func() bool { return live.candidate("mended").checkBegun(t.Context(), live.client, partitions) == nil })
	done, err := mended.cutOver("mended", nil)
	if err != nil {
		t.Fatal(err)
	}
	mended.produce(after)
	mended.awaitRead(mended.appID)
	_, want := mended.whole("whole", is)
	mended.eventually("reports are those of a state built so from the beginning", func() bool { return maps.Equal(mended.reports(mended.topics.SellerHealth, 3), want) })
	mended.eventually("the alerts of the cut-over can be read", func() bool {
		return backfilled(mended.alerts(mended.topics.Alerts)) == done.Differences.Alerts
	})
	checkChains(t, mended.alerts(mended.topics.Alerts))
	candidate.end()
	former.stop()
	if err := <-former.done; err != nil {
		t.Logf("the former live process ended with %v", err)
	}
	return done
}

func parsed(t *testing.T, retentionDays int, text string) *rules.Set {
	t.Helper()
	set, err := rules.Parse([]byte(text), retentionDays)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// A fault in a number is mended in a version of the program that has another version of the facts. That the former one had days begin at another hour stands
// for the fault.
func TestCutOverToAMendedNumber(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		mended := newDeployment(t, broker)
		all := simulate.RandomMarketplace(simulate.RandomOptions{Seed: 3, Events: 3000, Sellers: 60, Start: enginetest.Noon.UnixMilli(), Days: 20})
		live := *mended
		live.zone = time.FixedZone("Etc/GMT-12", 12*60*60)
		mended.facts = 2
		set := parsed(t, 120, `rules:
  - {name: defects, metric: order_defect_rate, window: 3d, target: "< 0.2", class: contractual}
  - {name: late, metric: late_shipment_rate, window: 3d, target: "< 0.2", class: contractual}
  - {name: feedback, metric: negative_feedback_rate, window: 3d, target: "< 0.2", class: contractual}
`)
		if done := carryThrough(t, &live, mended, set, set, all[:2800], all[2800:]); done.Differences.Alerts == 0 {
			t.Errorf("nothing differs: %+v", done)
		}
	})
}

// Events that were sent again change nothing, so that nothing is told of a cut-over.
func TestCutOverAfterEventsWereSentAgain(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f, all := newDeployment(t, broker), market(4, 75)
		f.produce(all[500:1500])
		if done := carryThrough(t, f, f, rules.BuiltIn(), rules.BuiltIn(), all[:2300], all[2300:]); done.Differences.Rules != 0 {
			t.Errorf("differences %+v", done)
		}
	})
}

// Events that came so late that they went to the dead letters count in a candidate that keeps orders for longer, by a rule that looks back as far.
func TestCutOverToALongerRetention(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		live, all := newDeployment(t, broker), market(5, 75)
		longer := *live
		longer.retention = 400
		set := parsed(t, 400, `rules:
  - {name: odr-year, metric: order_defect_rate, window: 300d, target: "< 0.2", class: contractual}
  - {name: late-shipment-30d, metric: late_shipment_rate, window: 30d, target: "< 0.04", class: contractual}
`)
		late := simulate.RandomMarketplace(simulate.RandomOptions{Seed: 6, Events: 500, Sellers: 20, Start: enginetest.Noon.AddDate(0, 0, -150).UnixMilli(), Days: 60})
		live.produce(all[:2300])
		done := carryThrough(t, live, &longer, rules.BuiltIn(), set, late, all[2300:])
		expired := func(topic string) (n int) {
			for _, r := range live.records(topic, 1) {
				for _, h := range r.Headers {
					if strings.Contains(string(h.Value), "expired") {
						n++
					}
				}
			}
			return n
		}
		if was, is := expired(live.topics.DeadLetters), expired(live.candidate("mended").Topics.DeadLetters); was < 50 || is != 0 || done.Differences.Alerts == 0 {
			t.Errorf("of those that came late %d were refused by the live state and %d by the candidate; outcome %+v", was, is, done)
		}
	})
}

// A partition without any event is cut over too.
func TestCutOverOfAnEmptyPartition(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f, all := newDeployment(t, broker), market(7, 1)
		if done := carryThrough(t, f, f, rules.BuiltIn(), rules.BuiltIn(), all[:20], all[20:]); done.Differences.Rules != 0 {
			t.Errorf("differences %+v", done)
		}
	})
}

// A loss is how a changelog is lost, and what else is.
type loss struct {
	name   string
	lose   func(f *deployment, admin *kadm.Client)
	alerts bool // that were published until then are lost too
	whole  bool // other partitions are whole, and live processes work on these
}

var losses = []loss{
	{"deleted", func(f *deployment, admin *kadm.Client) { f.deleteChangelog() }, false, false},
	{"made anew", func(f *deployment, admin *kadm.Client) { f.remakeChangelog() }, false, false},
	{"without its beginning, in one partition", func(f *deployment, admin *kadm.Client) {
		deleted := "delete"
		if _, err := admin.AlterTopicConfigs(f.t.Context(), []kadm.AlterConfig{{Name: "cleanup.policy", Value: &deleted}}, f.topics.Changelog); err != nil {
			f.t.Fatal(err)
		}
		deleteRecords(f.t, admin, f.topics.Changelog, 0)
	}, false, true},
	{"made anew, and alerts deleted", func(f *deployment, admin *kadm.Client) {
		f.remakeChangelog()
		for p := range int32(2) {
			deleteRecords(f.t, admin, f.topics.Alerts, p)
		}
	}, true, false},
}

func (f *deployment) deleteChangelog() {
	f.t.Helper()
	if err := f.client.DeleteTopics(f.t.Context(), []string{f.topics.Changelog}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *deployment) remakeChangelog() {
	f.t.Helper()
	f.deleteChangelog()
	specs := enginetest.TopicSpecs([events.NumTopics]string{}, partitions, map[string]int32{f.topics.Changelog: partitions})
	f.eventually("the changelog is made anew", func() bool { return f.client.CreateTopics(f.t.Context(), specs[:1]) == nil })
}

// deleteRecords deletes all records that a partition has.
func deleteRecords(t *testing.T, admin *kadm.Client, topic string, partition int32) {
	t.Helper()
	ends, err := admin.ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup(topic, partition)
	to := kadm.Offsets{}
	to.AddOffset(topic, partition, end.Offset, -1)
	if deleted, err := admin.DeleteRecords(t.Context(), to); err != nil || deleted.Error() != nil {
		t.Fatal(err, deleted.Error())
	}
}

// Where the live changelog is lost, what was published tells where sellers stand and how their alerts are numbered: subscribers get what is otherwise by now,
// and then what comes. The live processes, which had ended, go on with the new state.
func TestCutOverFromALostChangelog(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		for i := range losses {
			l := &losses[i]
			t.Run(l.name, func(t *testing.T) {
				own := *broker
				own.Prefix += fmt.Sprintf("lost-%d-", i)
				f, all := newDeployment(t, &own), market(8, 75)
				f.produce(all[:2000])
				live := f.run(rules.BuiltIn(), t.TempDir(), nil)
				f.awaitRead(f.appID)
				live.end()
				published := f.alerts(f.topics.Alerts)
				l.lose(f, brokertest.Admin(t, &own))
				f.produce(all[2000:2500]) // The live processes are gone; the candidate goes on.
				if l.whole {
					t.Cleanup(f.run(rules.BuiltIn(), t.TempDir(), nil).stop)
				}
				candidate := f.start("restored", stricter(t), t.TempDir())
				f.awaitRead(f.candidate("restored").AppID)
				if _, err := f.candidate("restored").LiveChangelog(t.Context(), f.client); !errors.As(err, new(*LostError)) {
					t.Errorf("to look at the live state: %v", err)
				}
				dry, err := f.cutOver("restored", func(c *Coordinator) { c.DryRun = true })
				if err != nil || dry.Lost != f.topics.Changelog || dry.Differences.Alerts == 0 {
					t.Fatalf("dry run: %+v, error %v", dry, err)
				}
				done, err := f.cutOver("restored", func(c *Coordinator) { c.MaxDifferences = dry.Differences.Rules })
				if err != nil || done.Differences != dry.Differences || done.Lost != f.topics.Changelog || done.Former != "" {
					t.Fatalf("cut-over: %+v, error %v; the dry run %+v", done, err, dry)
				}
				again := f.run(stricter(t), t.TempDir(), nil)
				f.produce(all[2500:])
				f.awaitRead(f.appID)
				_, want := f.whole("whole", stricter(t))
				f.eventually("reports are those of a state built so from the beginning", func() bool { return maps.Equal(f.reports(f.topics.SellerHealth, 3), want) })
				alerts := f.alerts(f.topics.Alerts)
				if !l.alerts {
					checkChains(t, alerts)
				} else {
					checkGoesOn(t, append(published, alerts...))
				}
				if n := backfilled(alerts); n != done.Differences.Alerts {
					t.Errorf("%d alerts of the cut-over, want %d", n, done.Differences.Alerts)
				}
				process := <-again.made
				f.eventually("a live process that was started again has a partition", func() bool { return len(process.Owned()) == 1 })
				again.end()
				candidate.end()
			})
		}
	})
}

// checkGoesOn holds what a subscriber relies on even where alerts were lost before the next came: no number twice, and states that follow.
func checkGoesOn(t *testing.T, alerts []outputs.Alert) {
	t.Helper()
	last := map[string]outputs.Alert{}
	for _, a := range alerts {
		key := a.SellerID + " " + a.Rule
		before := last[key]
		if a.Transition <= before.Transition {
			t.Errorf("alert %s follows number %d", a.ID(), before.Transition)
		}
		if was := before.State; told(was) != told(a.PreviousState) || told(was) && was != a.PreviousState {
			t.Errorf("alert %s comes from %v, and the one before had led to %v", a.ID(), a.PreviousState, was)
		}
		last[key] = a
	}
}

// Before any process of the live application has worked on a partition there is nothing to take the place of.
func TestCutOverBeforeThereIsALiveState(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newDeployment(t, broker)
		f.produce(market(8, 10))
		candidate := f.start("early", rules.BuiltIn(), t.TempDir())
		f.awaitRead(f.candidate("early").AppID)
		if _, err := f.cutOver("early", nil); err == nil || !strings.Contains(err.Error(), "has no state of partition 0 yet") {
			t.Errorf("cut-over from nothing: %v", err)
		}
		candidate.end()
	})
}

// An input that moved is taken as far as the candidate has read it, all others to just the live offsets; the former state goes on with the former topic.
func TestCutOverToAnInputThatMoved(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		live, all := newDeployment(t, broker), market(9, 75)
		moved := live.move(events.Feedback, "feedback-v2")
		feedback := func(e events.Event) bool { return e.Topic == events.Feedback }
		before, after := all[:2300], all[2300:]
		moved.produce(slices.DeleteFunc(slices.Clone(before), func(e events.Event) bool { return !feedback(e) }))
		moved.produce(slices.DeleteFunc(slices.Clone(before[:300]), func(e events.Event) bool { return !feedback(e) })) // Some of it twice, at offsets of its own.
		done := carryThrough(t, live, moved, rules.BuiltIn(), rules.BuiltIn(), before, after)
		if done.Differences.Rules != 0 {
			t.Errorf("differences %+v", done)
		}
		back := live.start(done.Former, rules.BuiltIn(), t.TempDir())
		live.awaitRead(live.candidate(done.Former).AppID)
		again, err := live.cutOver(done.Former, nil)
		if err != nil || again.Differences.Rules == 0 {
			t.Errorf("cut back to the former topic, which has no later feedback: %+v, error %v", again, err)
		}
		checkChains(t, live.alerts(live.topics.Alerts))
		back.end()
	})
}

// Where events come to the new topic alone, the live state's time stands still. The cut-over is at the candidate's time then, and what fell due until then is
// part of the difference.
func TestCutOverToAnInputThatAloneGoesOn(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		live, all := newDeployment(t, broker), market(9, 75)
		moved := live.move(events.Feedback, "feedback-v2")
		feedback := func(some []events.Event) []events.Event {
			return slices.DeleteFunc(slices.Clone(some), func(e events.Event) bool { return e.Topic != events.Feedback })
		}
		live.produce(all[:2300])
		moved.produce(feedback(all[:2300]))
		former := live.run(rules.BuiltIn(), t.TempDir(), nil)
		candidate := moved.start("moved", rules.BuiltIn(), t.TempDir())
		live.awaitRead(live.appID)
		moved.produce(feedback(all[2300:]))
		moved.awaitRead(moved.candidate("moved").AppID)
		if _, err := moved.cutOver("moved", nil); err != nil {
			t.Fatal(err)
		}
		_, want := moved.whole("whole", rules.BuiltIn())
		moved.eventually("reports are those of a state built so from the beginning", func() bool { return maps.Equal(moved.reports(moved.topics.SellerHealth, 3), want) })
		checkChains(t, moved.alerts(moved.topics.Alerts))
		candidate.end()
		former.leave()
	})
}

// move is the deployment with an input in another topic, which it makes.
func (f *deployment) move(input events.Topic, to string) *deployment {
	f.t.Helper()
	moved := *f
	moved.topics.Inputs[input] = f.broker.Prefix + to
	if err := f.client.CreateTopics(f.t.Context(), []stream.TopicSpec{{Name: moved.topics.Inputs[input], Partitions: partitions, ReplicationFactor: 1}}); err != nil {
		f.t.Fatal(err)
	}
	return &moved
}
