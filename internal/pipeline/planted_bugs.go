package pipeline

import (
	"context"
	"slices"

	"sellerpulse/internal/stream"
)

// Bugs that the fault campaign must catch (see test/campaign). They are only in builds with the tag "planted".
const (
	offsetsOutside     = "offsets-outside"      // input offsets are committed before, and outside of, the transaction
	applyBeforeFencing = "apply-before-fencing" // the state is restored before the earlier owner is fenced
	skipAbort          = "skip-abort"           // a transaction whose end is not known is gone on with
	stalePosition      = "stale-position"       // the local state is taken as it is, without what the changelog has after it
	silentBesideFailed = "silent-beside-failed" // no alerts are published where another partition of the process has failed
	takeEnlarged       = "take-enlarged"        // that topics are not what they were is not looked at
)

func (s *Status) failing() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.failures) > 0
}

// commitTransaction is the producer's Commit, but for planted bugs.
func (t *task) commitTransaction(ctx context.Context, c stream.Commit) (result stream.Result, err error) {
	if planted == offsetsOutside {
		if _, err := t.producer.Commit(ctx, stream.Commit{Group: c.Group, Offsets: c.Offsets}); err != nil {
			return result, err
		}
		c.Offsets = nil
	}
	if planted == silentBesideFailed && t.service.status.failing() {
		c.Outputs = slices.DeleteFunc(c.Outputs, func(o stream.Output) bool { return o.Topic == t.options().Topics.Alerts })
	}
	const most = 3
	for range most {
		result, err = t.producer.Commit(ctx, c)
		if planted != skipAbort || err == nil {
			break
		}
	}
	return result, err
}
