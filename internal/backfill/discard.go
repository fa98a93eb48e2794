package backfill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
)

// discardKey is the key under which a control topic says that its candidate is being discarded.
const discardKey = "discard"

// DiscardingError says that removing a candidate was begun.
type DiscardingError struct{ Name string }

// Error says how to go on.
func (e *DiscardingError) Error() string {
	return fmt.Sprintf("it is being discarded: finish that with `processor backfill discard %s`, and then begin it anew", e.Name)
}

// Remains is what there is of a candidate.
type Remains struct {
	Topics []string    // the control topic last
	Kept   []string    // topics that hold the live state, which stay
	Group  string      // that has offsets; empty if it has none
	State  *LocalState // nil for none

	candidate *Candidate
	client    *stream.Client
}

// LocalState is the state directory of a process of a candidate, which nobody can open meanwhile.
type LocalState struct {
	Directory string
	view      *state.View
}

// Close lets go of it.
func (s *LocalState) Close() error {
	if s == nil {
		return nil
	}
	return s.view.Close()
}

// Remains finds all that there is of a candidate, as it is to be discarded: its topics and, if there is one, the state in a directory, which must be
// the candidate's. It refuses one that runs. Remains.State is to be closed.
func (a *Application) Remains(ctx context.Context, client *stream.Client, name, directory string) (*Remains, error) {
	c, err := a.Candidate(name)
	if err != nil {
		return nil, err
	}
	r := &Remains{candidate: c, client: client}
	if err := r.findTopics(ctx); err != nil {
		return nil, fmt.Errorf("backfill %q: %w", name, err)
	}
	if err := r.idle(ctx); err != nil {
		return nil, err
	}
	if !slices.Contains(r.Kept, c.Topics.Changelog) {
		owner := state.OwnerOf(c.Topics.Changelog, client.ClusterID())
		if r.State, err = openLocal(directory, owner, "name the candidate's with --state-dir; nothing was removed"); err != nil {
			return nil, err
		}
	}
	if len(r.Topics) == 0 && r.Group == "" && r.State == nil {
		return nil, a.unknown(ctx, client, name)
	}
	return r, nil
}

func (r *Remains) findTopics(ctx context.Context) error {
	c := r.candidate
	control := OpenControl(r.client, c)
	exists, err := control.Exists(ctx)
	if err != nil {
		return err
	}
	if exists {
		values, _, err := control.Read(ctx)
		if err != nil {
			return err
		}
		if value := values[DescriptionKey]; value != nil {
			d, err := decodeDescription(value)
			if err != nil {
				return err
			}
			c.Describe(d)
		}
	}
	live, err := inForce(ctx, r.client, c)
	if err != nil {
		return err
	}
	at, err := readUpTo(ctx, r.client, c)
	if err != nil {
		return err
	}
	if at != nil {
		r.Group = c.AppID
	}
	found, err := r.client.Identify(ctx, c.own())
	if err != nil {
		return err
	}
	for _, topic := range c.own() {
		switch _, ok := found[topic]; {
		case ok && live[topic]:
			r.Kept = append(r.Kept, topic)
		case ok:
			r.Topics = append(r.Topics, topic)
		}
	}
	return nil
}

// idle refuses a candidate that processes run.
func (r *Remains) idle(ctx context.Context) error {
	members, err := r.client.Consumers(ctx, r.candidate.AppID)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return nil
	}
	var hosts []string
	for _, m := range members {
		if host := strings.TrimPrefix(m.Host, "/"); !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return fmt.Errorf("backfill %q: it runs (processes: %d, on %s): stop it first; nothing was removed", r.candidate.Name, len(members), strings.Join(hosts, ", "))
}

// CheckDirectory refuses a state directory that is in use, or not the candidate's, before anything is made.
func CheckDirectory(client *stream.Client, c *Candidate, directory string) error {
	local, err := openLocal(directory, state.OwnerOf(c.Topics.Changelog, client.ClusterID()), "name another with --state-dir")
	return errors.Join(err, local.Close())
}

// openLocal takes a state directory for as long as it is open; nil if there is none.
func openLocal(directory, owner, remedy string) (*LocalState, error) {
	if _, err := os.Stat(directory); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	view, err := state.OpenView(state.Options{Directory: directory})
	if errors.Is(err, state.ErrNoState) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	is, err := view.Owner()
	if err == nil && is != owner && is != "" { // One that was killed before it had written anything has no owner yet.
		err = fmt.Errorf("state directory %s belongs to %q, not to %q: %s", directory, is, owner, remedy)
	}
	if err != nil {
		return nil, errors.Join(err, view.Close())
	}
	return &LocalState{Directory: directory, view: view}, nil
}

// Discard removes all that was found, and the group. Interrupted, it goes on when it is called again: the control topic, by which the candidate is
// found, is the last to go.
func (r *Remains) Discard(ctx context.Context) error {
	c := r.candidate
	if slices.Contains(r.Topics, c.Control) {
		if err := OpenControl(r.client, c).Write(ctx, discardKey, time.Now().UTC()); err != nil {
			return fmt.Errorf("backfill %q: %w", c.Name, err)
		}
	}
	err := r.client.DeleteGroup(ctx, c.AppID)
	if errors.Is(err, stream.ErrInUse) {
		if err := r.idle(ctx); err != nil {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("backfill %q: %w", c.Name, err)
	}
	if r.State != nil {
		if err := os.RemoveAll(r.State.Directory); err != nil {
			return fmt.Errorf("remove state directory %s: %w", r.State.Directory, err)
		}
	}
	data := slices.DeleteFunc(slices.Clone(r.Topics), func(topic string) bool { return topic == c.Control })
	if err := r.client.DeleteTopics(ctx, data); err != nil {
		return fmt.Errorf("backfill %q: %w", c.Name, err)
	}
	if len(data) == len(r.Topics) {
		return nil
	}
	if err := r.client.DeleteTopics(ctx, []string{c.Control}); err != nil {
		return fmt.Errorf("backfill %q: %w", c.Name, err)
	}
	return nil
}
