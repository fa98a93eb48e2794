package engine

import (
	"sellerpulse/internal/state"
	"sellerpulse/pkg/events"
)

// Input is what a step takes in: a record, or else an instant up to which there is none.
type Input struct {
	Record *Record
	Until  events.Millis
}

// Apply is the input of a record.
func Apply(r *Record) Input { return Input{Record: r} }

// Until is the input of an instant.
func Until(at events.Millis) Input { return Input{Until: at} }

// Resume is the input that only goes on with what was begun: a rebuild, or an instant.
func Resume() Input { return Input{Until: events.None} }

// Step takes in a record, after all that falls due before it, or what falls due up to an instant. It goes on with what was begun first. Where it
// is not done, as much waits as one commit is to carry: commit, and take the same step again. An error is one of the state's, or what keeps the
// record from being judged, after which the engine is not to be used any more.
func (e *Engine) Step(in Input) (done bool, err error) {
	if done, err = e.finishInstant(); !done || err != nil {
		return false, err
	}
	if done, err = e.finishRebuild(); !done || err != nil {
		return false, err
	}
	if in.Record != nil {
		return e.apply(in.Record)
	}
	return e.advance(in.Until)
}

// full is whether as much waits as one commit is to carry, or as much was looked at as is to be done between two.
func (e *Engine) full() bool {
	w := e.Waiting()
	return w.Keys+e.work >= e.options.CommitKeys || w.Bytes >= e.options.CommitBytes
}

// Waiting is what waits for a commit.
type Waiting struct {
	Keys    int // of the changelog
	Bytes   int // about, of the changelog and of outputs
	Alerts  int
	Outputs int // alerts, reports and dead letters
}

// Waiting is what waits for a commit now.
func (e *Engine) Waiting() Waiting {
	keys, bytes := e.store.Waiting()
	p := &e.pending
	return Waiting{Keys: keys, Bytes: bytes + p.bytes, Alerts: len(p.Alerts), Outputs: len(p.Alerts) + len(p.Reports) + len(p.DeadLetters)}
}

// Commit hands over all that changed since the last one, with the offsets of the inputs up to which that is. No other may be under way.
func (e *Engine) Commit(offsets [events.NumTopics]int64) *Commit {
	if e.rebuild != nil {
		e.store.SetSettings(e.rebuild.from)
	}
	e.clock.Offsets = offsets
	c := &Commit{Output: e.pending, Records: e.store.Take(e.clock), Offsets: offsets, StreamTime: e.clock.StreamTime}
	e.pending, e.work = Output{}, 0
	return c
}

// Committed notes that the last commit has succeeded.
func (e *Engine) Committed() { e.store.Committed() }

// CheckpointDue is whether so many bytes wait for a checkpoint, or are held in memory until then, that one is due.
func (e *Engine) CheckpointDue(bytes int) bool { return e.store.Full(bytes) }

// Resize changes how many bytes of sellers and orders are kept in memory, from the next commit on, and how many one commit is to carry.
func (e *Engine) Resize(cacheBytes, commitBytes int) {
	e.options.CommitBytes = commitBytes
	e.store.Resize(cacheBytes)
}

// Memory is how much of it the state has.
func (e *Engine) Memory() state.Memory { return e.store.Memory() }

// Checkpoint makes the database what the last commit is, which must have succeeded, and nothing been taken in since. It looks for sellers whose
// reports are due, if there is room for them.
func (e *Engine) Checkpoint(saved state.Saved) error {
	if err := e.store.Checkpoint(saved); err != nil {
		return err
	}
	return e.findReports()
}
