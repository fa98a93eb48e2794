package worker

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// copyOf is a copy of a state directory.
func copyOf(t *testing.T, directory string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(directory)); err != nil {
		t.Fatal(err)
	}
	return to
}

// remake deletes a topic and makes it anew, and the group with it, as one does who begins anew.
func (s *fixture) remake(a *kadm.Client, topic string) {
	s.t.Helper()
	s.remakeTopic(a, topic)
	enginetest.Eventually(s.t, "the group is deleted", func() bool {
		deleted, err := a.DeleteGroups(s.t.Context(), s.appID)
		return err == nil && deleted.Error() == nil
	})
}

// remakeTopic deletes a topic and makes it anew.
func (s *fixture) remakeTopic(a *kadm.Client, topic string) {
	s.t.Helper()
	if deleted, err := a.DeleteTopics(s.t.Context(), topic); err != nil || deleted.Error() != nil {
		s.t.Fatal(err, deleted.Error())
	}
	enginetest.Eventually(s.t, "the topic is made anew", func() bool {
		_, err := a.CreateTopic(s.t.Context(), s.partitions, 1, nil, topic)
		return err == nil
	})
}

// deleteRestored deletes all records of the changelog that a state directory has.
func (s *fixture) deleteRestored(a *kadm.Client, directory string) {
	s.t.Helper()
	db := s.openState(directory)
	defer db.Close()
	var has kadm.Offsets
	for p := range s.partitions {
		saved, err := db.Saved(p)
		if err != nil {
			s.t.Fatal(err)
		}
		has.AddOffset(s.topics.Changelog, p, saved.Position, -1)
	}
	if deleted, err := a.DeleteRecords(s.t.Context(), has); err != nil || deleted.Error() != nil {
		s.t.Fatal(err, deleted.Error())
	}
}

// A state is not restored from a changelog whose beginning was deleted: by retention for a while, or by hand. Who has what was deleted goes on.
func TestAChangelogWithoutItsBeginningRestoresNothing(t *testing.T) {
	all := sortedMarket(51, 30)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		for name, half := range map[string]bool{"half": true, "all": false} {
			t.Run(name, func(t *testing.T) {
				s := market(t, broker, name, 1, all[:len(all)/2])
				directory := t.TempDir()
				if err := s.run(t.Context(), directory, nil); err != nil {
					t.Fatal(err)
				}
				s.deleteRestored(brokertest.Admin(t, broker), directory)
				if half {
					s.produce(all[len(all)/2:])
					if err := s.run(t.Context(), directory, nil); err != nil {
						t.Fatalf("who has what was deleted: %v", err)
					}
				}
				before := s.output()
				err := s.run(t.Context(), t.TempDir(), nil)
				var lost *task.LostError
				if !errors.As(err, &lost) || lost.First == 0 || !strings.Contains(err.Error(), "--app-id") {
					t.Errorf("error %v, want that the changelog lacks its beginning", err)
				}
				enginetest.CompareLists(t, "output", s.output(), before)
				if err := s.run(t.Context(), directory, nil); err != nil {
					t.Errorf("who has what was deleted: %v", err)
				}
			})
		}
	})
}

// A local state does not go on with the records of another log of the changelog's name, however long that is and whatever it holds.
func TestAStateOfAnotherChangelogIsNotContinued(t *testing.T) {
	all := sortedMarket(52, 30)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 1)
		s.produce(all[:len(all)/4])
		old := t.TempDir()
		if err := s.run(t.Context(), old, nil); err != nil {
			t.Fatal(err)
		}
		s.remake(brokertest.Admin(t, broker), s.topics.Changelog)
		s.produce(all[len(all)/4:])
		anew := t.TempDir()
		otherRules := func(o *Options) { o.Rules = loosened(t) } // So that the settings are written again, behind where the old state ends.
		for _, change := range []func(*Options){nil, otherRules} {
			if err := s.run(t.Context(), anew, change); err != nil {
				t.Fatal(err)
			}
		}
		before := s.output()
		err := s.run(t.Context(), copyOf(t, old), otherRules)
		var replaced *task.ReplacedError
		if !errors.As(err, &replaced) || !slices.Equal(replaced.Topics, []string{s.topics.Changelog}) || !strings.Contains(err.Error(), "delete the state directory") {
			t.Errorf("error %v, want that the changelog was made anew", err)
		}
		enginetest.CompareLists(t, "output", s.output(), before)
		if err := s.run(t.Context(), t.TempDir(), otherRules); err != nil {
			t.Errorf("restored from the new changelog: %v", err)
		}
	})
}

// An application does not go on with the changelog of another, though all topics are the same.
func TestAChangelogIsOneApplications(t *testing.T) {
	all := sortedMarket(53, 20)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 1)
		s.produce(all)
		directory := t.TempDir()
		if err := s.run(t.Context(), directory, nil); err != nil {
			t.Fatal(err)
		}
		before := s.output()
		for name, of := range map[string]string{"its state": copyOf(t, directory), "no state": t.TempDir()} {
			err := s.run(t.Context(), of, func(o *Options) { o.AppID += "-other" })
			var refusal *engine.SettingsError
			if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "--app-id") || !strings.Contains(err.Error(), "--topic-changelog") {
				t.Errorf("with %s: error %v, want that the state is another application's", name, err)
			}
		}
		enginetest.CompareLists(t, "output", s.output(), before)
	})
}

// A group that has read what its inputs do not hold any more, and whose state is gone, does not begin without it.
func TestAGroupWithoutItsStateDoesNotBeginAnew(t *testing.T) {
	all := sortedMarket(54, 20)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		s := newFixture(t, broker, 1)
		s.produce(all)
		if err := s.run(t.Context(), t.TempDir(), nil); err != nil {
			t.Fatal(err)
		}
		a := brokertest.Admin(t, broker)
		for _, input := range s.topics.Inputs {
			s.deleteAll(a, input)
		}
		s.remakeTopic(a, s.topics.Changelog)
		err := s.run(t.Context(), t.TempDir(), nil)
		var offsets *task.OffsetsError
		if !errors.As(err, &offsets) || offsets.Known || !strings.Contains(err.Error(), "is empty") {
			t.Errorf("error %v, want that the state is gone", err)
		}
	})
}

// loosened are other rules than the built-in ones.
func loosened(t *testing.T) *rules.Set {
	t.Helper()
	text := bytes.Replace(rules.BuiltInFile(), []byte("0.01"), []byte("0.02"), 1)
	set, err := rules.Parse(text, 120)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
