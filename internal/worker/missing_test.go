package worker

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// alterTopic changes a setting of a topic.
func (s *fixture) alterTopic(broker *brokertest.Broker, topic, name, value string) {
	s.t.Helper()
	changed, err := brokertest.Admin(s.t, broker).AlterTopicConfigs(s.t.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: name, Value: &value}}, topic)
	if err != nil || changed[0].Err != nil {
		s.t.Fatal(err, changed)
	}
}

// deleteAll deletes all records of a log.
func (s *fixture) deleteAll(a *kadm.Client, topic string) {
	s.t.Helper()
	ends, err := a.ListEndOffsets(s.t.Context(), topic)
	if err != nil {
		s.t.Fatal(err)
	}
	if deleted, err := a.DeleteRecords(s.t.Context(), ends.Offsets()); err != nil || deleted.Error() != nil {
		s.t.Fatal(err, deleted.Error())
	}
}

// Records that were deleted before they were read are missed with an error that says so, and passed over only when that is asked for.
func TestDeletedRecordsAreMissed(t *testing.T) {
	all := sortedMarket(11, 30)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		for name, c := range map[task.OnMissing]struct{ jumps bool }{task.FailOnMissing: {false}, task.EarliestOnMissing: {true}, task.LatestOnMissing: {true}} {
			t.Run(string(name), func(t *testing.T) {
				s := market(t, broker, string(name), 1, all[:len(all)/2])
				directory := t.TempDir()
				if err := s.run(t.Context(), directory, nil); err != nil {
					t.Fatal(err)
				}
				s.produce(all[len(all)/2:])
				lost := s.topics.Inputs[events.Orders]
				s.deleteAll(brokertest.Admin(t, broker), lost)
				metrics := prometheus.NewRegistry()
				err := s.run(t.Context(), directory, func(o *Options) { o.OnMissing, o.Registerer = name, metrics })
				var missing *task.RangeError
				if !c.jumps && (!errors.As(err, &missing) || missing.Topic != lost || !strings.Contains(err.Error(), "--on-missing-offsets")) {
					t.Fatalf("error %v, want one of missing records of %s", err, lost)
				}
				if c.jumps {
					if skipped := count(t, metrics, "sellerpulse_skipped_records_total", "topic", lost); err != nil || skipped == 0 {
						t.Fatalf("error %v, %v records skipped", err, skipped)
					}
					// The place it went on at is the place now.
					if err := s.run(t.Context(), directory, nil); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	})
}

// A running task that finds its records gone does what it would do at start.
func TestRecordsDeletedUnderARunningTask(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		all := sortedMarket(12, 20)
		s := market(t, broker, "s", 1, all[:len(all)/2])
		w := s.workWith(broker, func(o *Options) { o.Clock, o.OnMissing = longAgo, task.EarliestOnMissing })
		s.awaitRead()
		lost := s.topics.Inputs[events.Orders]
		s.deleteAll(brokertest.Admin(t, broker), lost)
		s.produce(all[len(all)/2:])
		s.awaitRead()
		w.stop()
		checkNumbers(t, s.alerts())
	})
}

// A topic that was made anew under the name of the one that the state was read from is refused, or gone on with from where it is said.
func TestReplacedTopicsAreRefused(t *testing.T) {
	all := sortedMarket(13, 20)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := market(t, broker, "s", 1, all)
		directory := t.TempDir()
		if err := s.run(t.Context(), directory, nil); err != nil {
			t.Fatal(err)
		}
		name, a := s.topics.Inputs[events.Orders], brokertest.Admin(t, broker)
		if deleted, err := a.DeleteTopics(t.Context(), name); err != nil || deleted.Error() != nil {
			t.Fatal(err, deleted.Error())
		}
		enginetest.Eventually(t, "the topic is made anew", func() bool {
			_, err := a.CreateTopic(t.Context(), 1, 1, nil, name)
			return err == nil
		})
		s.produce(all) // More than there were: no offset is out of range.
		s.produce(all)
		err := s.run(t.Context(), directory, nil)
		var replaced *task.ReplacedError
		if !errors.As(err, &replaced) || !slices.Equal(replaced.Topics, []string{name}) {
			t.Fatalf("error %v, want that %s was made anew", err, name)
		}
		if err := s.run(t.Context(), directory, func(o *Options) { o.OnMissing = task.EarliestOnMissing }); err != nil {
			t.Fatal(err)
		}
		if err := s.run(t.Context(), directory, nil); err != nil { // The new topic is the one that the state was read from now.
			t.Fatal(err)
		}
	})
}

func TestChangedTopics(t *testing.T) {
	were := map[string]stream.TopicIdentity{"orders": {ID: "a1", Partitions: 4}, "claims": {ID: "", Partitions: 4}, "log": {ID: "c1", Partitions: 4}}
	for name, c := range map[string]struct {
		change func(map[string]stream.TopicIdentity)
		want   string
	}{
		"as they were":         {func(map[string]stream.TopicIdentity) {}, ""},
		"more partitions":      {func(m map[string]stream.TopicIdentity) { m["orders"] = stream.TopicIdentity{ID: "a1", Partitions: 8} }, `"orders" has 8 partitions, and had 4`},
		"another id":           {func(m map[string]stream.TopicIdentity) { m["orders"] = stream.TopicIdentity{ID: "b2", Partitions: 4} }, "deleted and made anew"},
		"ids that came later":  {func(m map[string]stream.TopicIdentity) { m["claims"] = stream.TopicIdentity{ID: "b2", Partitions: 4} }, ""},
		"one that was deleted": {func(m map[string]stream.TopicIdentity) { delete(m, "claims") }, `"claims": it was deleted while this process ran: create all topics`},
		"a changelog":          {func(m map[string]stream.TopicIdentity) { delete(m, "log") }, `"log": it was deleted while this process ran: build the state anew`},
	} {
		t.Run(name, func(t *testing.T) {
			are := maps.Clone(were)
			c.change(are)
			err := changedTopics(were, are, func(topic string) bool { return topic == "log" })
			if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// enlarge gives the inputs and the changelog as many partitions, and waits until everybody knows of them.
func (s *fixture) enlarge(broker *brokertest.Broker, partitions int32) {
	s.t.Helper()
	names := append(slices.Clone(s.topics.Inputs[:]), s.topics.Changelog)
	grown, err := brokertest.Admin(s.t, broker).UpdatePartitions(s.t.Context(), int(partitions), names...)
	if err != nil || grown.Error() != nil {
		s.t.Fatal(err, grown.Error())
	}
	enginetest.Eventually(s.t, "the topics are enlarged", func() bool {
		found, err := s.client.Identify(s.t.Context(), names)
		return err == nil && !slices.ContainsFunc(names, func(name string) bool { return found[name].Partitions != partitions })
	})
}

// Topics that were enlarged while nothing ran are refused, by whoever has the state, by whoever has to restore it, and by those who own new
// partitions only, of which there is no state.
func TestTopicsEnlargedBetweenRunsAreRefused(t *testing.T) {
	all := sortedMarket(14, 20)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 2)
		s.produce(all[:len(all)/2])
		directory := t.TempDir()
		if err := s.run(t.Context(), directory, nil); err != nil {
			t.Fatal(err)
		}
		before := s.output()
		s.enlarge(broker, 4)
		s.partitions = 4
		s.produce(all[len(all)/2:])
		for name, of := range map[string]string{"its state": directory, "no state": t.TempDir()} {
			err := s.run(t.Context(), of, nil)
			var refusal *engine.SettingsError
			if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "partitions of topic orders was 2 and is 4") || !strings.Contains(err.Error(), "make the topics anew") {
				t.Errorf("with %s: error %v, want a refusal that names both numbers and the remedy", name, err)
			}
		}
		enginetest.CompareLists(t, "output", s.output(), before)
		db := s.openState(t.TempDir())
		defer db.Close()
		w, err := New(t.Context(), s.options(db))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []int32{2, 3} {
			var refusal *engine.SettingsError
			if err := w.runTask(t.Context(), p); !errors.As(err, &refusal) {
				t.Errorf("partition %d: error %v, want a refusal", p, err)
			}
		}
	})
}

// A state of the first version, which did not write how many partitions there were, tells by where its sellers are.
func TestEnlargedTopicsOfAnOlderStateAreRefused(t *testing.T) {
	all := sortedMarket(15, 20)
	broker := brokertest.Embedded(t)
	s := newFixture(t, broker, 1)
	s.produce(all)
	directory := t.TempDir()
	if err := s.run(t.Context(), directory, nil); err != nil {
		t.Fatal(err)
	}
	db := s.openState(directory)
	p, err := db.Partition(0)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := p.Settings()
	if err != nil {
		t.Fatal(err)
	}
	state.NewStore(p, state.StoreOptions{}).SetSettings(&state.Settings{Zone: stored.Zone, Retention: stored.Retention, Rules: stored.Rules})
	saved, err := db.Saved(0)
	if err = errors.Join(err, p.Checkpoint(saved), p.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	s.enlarge(broker, 3)
	err = s.run(t.Context(), directory, nil)
	var refusal *engine.SettingsError
	if !errors.As(err, &refusal) {
		t.Fatalf("error %v, want a refusal", err)
	}
	// Whichever partition is looked at first says it: that of the sellers, or one that compares itself with what the changelog had.
	if text := err.Error(); !strings.Contains(text, "was in partition 0 and is of partition") && !strings.Contains(text, "partitions of topic orders was 1 and is 3") {
		t.Errorf("error %v, want that a seller is in another partition", err)
	}
}

// A topic that is given more partitions under a running service ends it: sellers would be in other partitions than their state.
func TestAnEnlargedTopicEndsTheService(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 2)
		w := s.workWith(broker, func(o *Options) { o.Clock, o.identityInterval = longAgo, 1 })
		enginetest.Eventually(t, "it runs", func() bool { return len(w.runs()) == 2 })
		grown, err := brokertest.Admin(t, broker).UpdatePartitions(t.Context(), 3, s.topics.Inputs[events.Claims])
		if err != nil || grown.Error() != nil {
			t.Fatal(err, grown.Error())
		}
		if err := <-w.done; err == nil || !strings.Contains(err.Error(), "has 3 partitions, and had 2") {
			t.Errorf("error %v, want that the topic was enlarged", err)
		}
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
		w.client.Close()
	})
}
