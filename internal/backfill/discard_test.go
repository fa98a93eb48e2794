package backfill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/test/brokertest"
)

// localState makes a state directory of a changelog.
func (f *fixture) localState(t *testing.T, changelog string) string {
	t.Helper()
	directory := filepath.Join(t.TempDir(), "state")
	db, err := state.Open(state.Options{Directory: directory, Owner: state.OwnerOf(changelog, f.client.ClusterID())})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return directory
}

// discard removes a candidate.
func (f *fixture) discard(t *testing.T, name, directory string) (*Remains, error) {
	t.Helper()
	r, err := f.app.Remains(t.Context(), f.client, name, directory)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.State.Close() }()
	return r, r.Discard(t.Context())
}

// left is what there is of a candidate.
func (f *fixture) left(t *testing.T, c *Candidate) (topics []string) {
	t.Helper()
	found, err := f.client.Identify(t.Context(), c.own())
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range c.own() {
		if _, ok := found[topic]; ok {
			topics = append(topics, topic)
		}
	}
	if at, err := readUpTo(t.Context(), f.client, c); err != nil || at != nil {
		t.Errorf("the group is at %v, %v", at, err)
	}
	return topics
}

// A discarded candidate leaves nothing, wherever discarding was interrupted before.
func TestDiscardGoesOnWhereItWasInterrupted(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 1)
		f.produce(t, f.app.Topics.Inputs[0], 0, time.Now(), 3)
		steps := []func(c *Candidate, directory string) error{
			func(c *Candidate, _ string) error {
				return OpenControl(f.client, c).Write(t.Context(), discardKey, true)
			},
			func(c *Candidate, _ string) error { return f.client.DeleteGroup(t.Context(), c.AppID) },
			func(_ *Candidate, directory string) error { return os.RemoveAll(directory) },
			func(c *Candidate, _ string) error {
				return f.client.DeleteTopics(t.Context(), []string{c.Topics.Alerts, c.Topics.DeadLetters})
			},
			func(c *Candidate, _ string) error {
				return f.client.DeleteTopics(t.Context(), []string{c.Topics.Changelog, c.Topics.SellerHealth})
			},
			func(c *Candidate, _ string) error { return f.client.DeleteTopics(t.Context(), []string{c.Control}) },
		}
		for n := range len(steps) + 1 {
			name := fmt.Sprintf("x%d", n)
			f.begun(t, name, plan())
			c := f.candidate(t, name)
			f.commit(t, c, 2)
			directory := f.localState(t, c.Topics.Changelog)
			for _, step := range steps[:n] {
				if err := step(c, directory); err != nil {
					t.Fatal(err)
				}
			}
			_, err := f.discard(t, name, directory)
			if all := n == len(steps); all == (err == nil) || all && !errors.As(err, new(*UnknownError)) {
				t.Errorf("after %d steps: error %v", n, err)
			}
			if left := f.left(t, c); len(left) > 0 {
				t.Errorf("after %d steps topics %q are left", n, left)
			}
			if _, err := os.Stat(directory); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("after %d steps the state directory is left: %v", n, err)
			}
			f.begun(t, name, plan()) // The name is free again.
		}
	})
}

func TestWhatIsBeingDiscardedIsNotStarted(t *testing.T) {
	f := newFixture(t, brokertest.Embedded(t), 1)
	f.begun(t, "x", plan())
	if err := OpenControl(f.client, f.candidate(t, "x")).Write(t.Context(), discardKey, true); err != nil {
		t.Fatal(err)
	}
	const want = "backfill \"x\": it is being discarded: finish that with `processor backfill discard x`, and then begin it anew"
	if _, err := Start(t.Context(), f.client, f.candidate(t, "x"), plan()); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if all, err := f.app.List(t.Context(), f.client); err != nil || len(all) != 1 || all[0].State != Discarding {
		t.Errorf("list is %+v, %v", all, err)
	}
}

// Nothing of a candidate that runs is removed.
func TestACandidateThatRunsIsNotDiscarded(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 1)
		f.begun(t, "x", plan())
		c := f.candidate(t, "x")
		ctx, leave := context.WithCancel(t.Context())
		left, joined := make(chan error, 1), make(chan struct{})
		go func() {
			left <- f.client.RunGroup(ctx, stream.GroupOptions{
				ID: c.AppID, Topics: c.Topics.Inputs[:], Protocol: "test", UserData: func() []byte { return nil },
				Assign: func([]stream.GroupMember) (map[string]stream.Assignment, error) { return nil, nil },
			}, func(*stream.Generation) error { close(joined); return nil })
		}()
		<-joined
		_, err := f.discard(t, "x", t.TempDir())
		if err == nil || !strings.HasPrefix(err.Error(), `backfill "x": it runs (processes: 1, on `) || !strings.HasSuffix(err.Error(), "): stop it first; nothing was removed") {
			t.Errorf("error %v", err)
		}
		if all, err := f.app.List(t.Context(), f.client); err != nil || len(all) != 1 || all[0].State != Running {
			t.Errorf("list is %+v, %v", all, err)
		}
		leave()
		if err := <-left; err != nil {
			t.Fatal(err)
		}
		if _, err := f.discard(t, "x", t.TempDir()); err != nil {
			t.Error(err)
		}
	})
}

// The changelog that holds the live state stays, and so does a local copy of it.
func TestTheLiveChangelogIsNotDiscarded(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 1)
		d := f.begun(t, "x", plan())
		c := f.candidate(t, "x")
		d.Changelog, d.Former = f.app.Topics.Changelog, true
		if err := OpenControl(f.client, c).Write(t.Context(), DescriptionKey, d); err != nil {
			t.Fatal(err)
		}
		directory := f.localState(t, d.Changelog)
		r, err := f.discard(t, "x", directory)
		if err != nil || !slices.Equal(r.Kept, []string{d.Changelog}) {
			t.Errorf("kept %q, %v", r.Kept, err)
		}
		found, err := f.client.Identify(t.Context(), []string{d.Changelog, c.Control, c.Topics.Alerts})
		if _, ok := found[d.Changelog]; err != nil || !ok || len(found) != 1 {
			t.Errorf("there are %v, %v; want the live changelog alone", found, err)
		}
		if _, err := os.Stat(directory); err != nil {
			t.Error(err)
		}
	})
}

// A state directory is removed only if it is the candidate's and nobody has it open, and else nothing is.
func TestStateDirectoriesOfOthersStay(t *testing.T) {
	f := newFixture(t, brokertest.Embedded(t), 1)
	f.begun(t, "x", plan())
	c := f.candidate(t, "x")
	live, locked := f.localState(t, f.app.Topics.Changelog), f.localState(t, c.Topics.Changelog)
	db, err := state.Open(state.Options{Directory: locked, Owner: state.OwnerOf(c.Topics.Changelog, f.client.ClusterID())})
	if err != nil {
		t.Fatal(err)
	}
	for directory, want := range map[string]string{
		live: fmt.Sprintf("state directory %s belongs to %q, not to %q: name the candidate's with --state-dir; nothing was removed",
			live, state.OwnerOf(f.app.Topics.Changelog, f.client.ClusterID()), state.OwnerOf(c.Topics.Changelog, f.client.ClusterID())),
		locked: fmt.Sprintf("open state directory %s: the state directory is in use by another process: give each process a --state-dir of its own", locked),
	} {
		if _, err := f.discard(t, "x", directory); err == nil || err.Error() != want {
			t.Errorf("error %v\nwant  %s", err, want)
		}
		if _, err := os.Stat(directory); err != nil {
			t.Error(err)
		}
	}
	if left := f.left(t, c); len(left) != 5 {
		t.Errorf("topics %q are left, want all", left)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	other := t.TempDir() // Something else's.
	if err := os.WriteFile(filepath.Join(other, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.discard(t, "x", other); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(other, "file")); err != nil {
		t.Error(err)
	}
}

func TestUnknownNames(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		f := newFixture(t, broker, 1)
		check := func(want string) {
			t.Helper()
			for what, ask := range map[string]func() error{
				"status":  func() error { _, err := f.app.Status(t.Context(), f.client, "mendd"); return err },
				"discard": func() error { _, err := f.discard(t, "mendd", filepath.Join(t.TempDir(), "none")); return err },
			} {
				if err := ask(); err == nil || err.Error() != want {
					t.Errorf("%s: error %v, want %s", what, err, want)
				}
			}
		}
		check("backfill \"mendd\": there is none: begin one with `processor backfill start NAME`")
		f.begun(t, "other", plan())
		f.begun(t, "mended", plan())
		check(`backfill "mendd": there is no such one; did you mean mended?; there is mended, other`)
	})
}

// One that was killed before it was described says how to go on.
func TestIncompleteCandidates(t *testing.T) {
	f := newFixture(t, brokertest.Embedded(t), 1)
	if err := OpenControl(f.client, f.candidate(t, "x")).Create(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	const want = "backfill \"x\": whoever began it was killed before it was: begin it again with `processor backfill start x`, or remove it with `processor backfill discard x`"
	if _, err := f.app.Status(t.Context(), f.client, "x"); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if all, err := f.app.List(t.Context(), f.client); err != nil || len(all) != 1 || all[0].State != Incomplete {
		t.Errorf("list is %+v, %v", all, err)
	}
	if _, err := f.discard(t, "x", filepath.Join(t.TempDir(), "none")); err != nil {
		t.Error(err)
	}
}
