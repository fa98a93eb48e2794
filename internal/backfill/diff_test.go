package backfill

import (
	"fmt"
	"testing"
	"time"

	"sellerpulse/internal/backfill/diff"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
)

// compare compares a candidate with the live state, and counts the rules of sellers that are in another state, of rules that both have.
func (f *deployment) compare(name string) (sum *diff.Summary, states int64) {
	f.t.Helper()
	a := Application{Topics: f.topics, Prefix: f.broker.Prefix, ID: f.appID}
	c, d, err := a.Find(f.t.Context(), f.client, name)
	if err != nil {
		f.t.Fatal(err)
	}
	sideOf := func(t task.Topics) diff.Topics {
		return diff.Topics{Inputs: t.Inputs, Changelog: t.Changelog, SellerHealth: t.SellerHealth, Alerts: t.Alerts}
	}
	o := diff.Options{Client: f.client, Name: name, Live: sideOf(c.LiveTopics), Candidate: sideOf(c.Topics), Wait: 20 * time.Second}
	if d.Former {
		o.AlertsSince = d.CreatedAt.UnixMilli()
		if f.broker.Kind == brokertest.EmbeddedKind {
			o.AlertsSince = d.CreatedAt.AddDate(-20, 0, 0).UnixMilli() // It has the processes' time.
		}
	}
	if o.Live.Changelog, err = c.LiveChangelog(f.t.Context(), f.client); err != nil {
		f.t.Fatal(err)
	}
	sum, err = diff.Run(f.t.Context(), o, func(s *diff.Seller) error {
		for _, r := range s.Rules {
			if r.Live != nil && r.Candidate != nil && r.Live.State != r.Candidate.State {
				states++
			}
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return sum, states
}

// What differs before a cut-over is what that changes; what differs after it, from the former state, is the same the other way round, and the alerts
// are those by which subscribers were told.
func TestWhatDiffersIsWhatACutOverChanges(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newDeployment(t, broker)
		f.produce(market(5, 75))
		live := f.run(rules.BuiltIn(), t.TempDir(), nil)
		candidate := f.start("stricter", stricter(t), t.TempDir())
		f.awaitRead(f.appID)
		f.awaitRead(f.candidate("stricter").AppID)
		before, states := f.compare("stricter")
		if before.Different == 0 || before.Moving != 0 || before.Lag.BehindLive != 0 {
			t.Errorf("before: %+v, want differences, and nothing that moves or lags", before)
		}
		done, err := f.cutOver("stricter", nil)
		if err != nil {
			t.Fatal(err)
		}
		if states != done.Differences.Rules {
			t.Errorf("%d rules of sellers are in another state, and the cut-over changes %d", states, done.Differences.Rules)
		}
		after, states := f.compare(done.Former)
		if states != done.Differences.Rules || after.AlertsLive != done.Differences.Alerts || after.AlertsCandidate != 0 || after.Moving != 0 {
			t.Errorf("after: %+v, %d states; want those and the alerts of the cut-over: %+v", after, states, done.Differences)
		}
		live.stop()
		if err := <-live.done; err != nil {
			t.Logf("the former process, of other rules than the group now: %v", err)
		}
		candidate.end()
	})
}

// Counts that have outlived their orders are compared as all others: a candidate of the same rules froze what the live state did, and one of other rules stands
// where the cut-over to it would have sellers stand.
func TestFrozenCountsAreCompared(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newDeployment(t, broker)
		f.retention, f.history = 20, 150
		f.produce(market(8, 40))
		const text = `rules:
  - {name: whole, metric: order_defect_rate, window: 120d, target: "%s", class: contractual}
`
		set, other := parsed(t, int(f.history), fmt.Sprintf(text, "< 0.9")), parsed(t, int(f.history), fmt.Sprintf(text, "< 0.1"))
		live := f.run(set, t.TempDir(), nil)
		same, stricter := f.start("same", set, t.TempDir()), f.start("stricter", other, t.TempDir())
		for _, group := range []string{f.appID, f.candidate("same").AppID, f.candidate("stricter").AppID} {
			f.awaitRead(group)
		}
		if sum, _ := f.compare("same"); sum.Different != 0 || sum.Sellers == 0 {
			t.Errorf("of the same rules: %+v, want no difference", sum)
		}
		_, states := f.compare("stricter")
		if done, err := f.cutOver("stricter", nil); err != nil || done.Differences.Rules != states || states == 0 {
			t.Errorf("%d rules of sellers are in another state, and the cut-over changes %+v, %v", states, done, err)
		}
		live.leave()
		same.end()
		stricter.end()
	})
}
