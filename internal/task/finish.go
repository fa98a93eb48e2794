package task

import (
	"context"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/limits"
	"sellerpulse/pkg/events"
)

// finish ends an orderly stop or a bounded run: what falls due until AsOf, the reports that are due, the last commit.
func (t *Task) finish(ctx context.Context) error {
	bounded := t.env.UntilEnd
	if bounded && t.inputs.finished() {
		if asOf := t.env.AsOf; asOf != events.None && t.engine.StreamTime() != events.None {
			if err := t.step(ctx, ctx, engine.Until(asOf)); err != nil {
				return err
			}
		}
		return t.publishAll(ctx)
	}
	if !bounded && t.owner.Owns() {
		return t.publishDue(ctx)
	}
	return t.commit(ctx)
}

// publishDue publishes the reports that are known to be due, some at a time, and commits.
func (t *Task) publishDue(ctx context.Context) error {
	for t.engine.ReportsDue(engine.Whenever) {
		if err := t.engine.PublishReports(engine.Whenever, limits.ReportsPerCommit); err != nil {
			return err
		}
		if err := t.commit(ctx); err != nil {
			return err
		}
	}
	return t.commit(ctx)
}

// publishAll publishes every report that is due: those that there was no room for too, which checkpoints find.
func (t *Task) publishAll(ctx context.Context) error {
	for {
		if err := t.publishDue(ctx); err != nil || !t.engine.ReportsMissed() {
			return err
		}
		if err := t.checkpoint(); err != nil {
			return err
		}
	}
}
