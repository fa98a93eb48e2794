package task

import (
	"context"

	"sellerpulse/internal/engine"
)

// rebuild brings a state that was built with other settings to those in force. When ctx ends before it is done, what is done is committed.
func (t *Task) rebuild(ctx, graceful context.Context) error {
	if _, _, is := t.engine.Rebuilding(); !is {
		return nil
	}
	o, begun := t.env, t.env.Clock()
	logged := begun
	t.log.Info("rebuilding: the state was built with other settings")
	t.update(func(s *Status) { s.Phase = Rebuilding })
	for rebuilding := true; rebuilding && ctx.Err() == nil; {
		if _, err := t.engine.Step(engine.Resume()); err != nil {
			return err
		}
		if err := t.commitAsync(graceful, true); err != nil {
			return err
		}
		var done, all int
		done, all, rebuilding = t.engine.Rebuilding()
		t.update(func(s *Status) { s.Rebuilt, s.ToRebuild = done, all })
		if now := o.Clock(); now.Sub(logged) > progressInterval {
			logged = now
			t.log.Info("rebuilding", "sellers", done, "of", all, "seconds", round(now.Sub(begun).Seconds()))
		}
	}
	if err := t.awaitCommit(); err != nil || ctx.Err() != nil {
		return err
	}
	t.log.Info("rebuilt", "seconds", round(o.Clock().Sub(begun).Seconds()))
	t.update(func(s *Status) { s.Phase = Running })
	return nil
}
