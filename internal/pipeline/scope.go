package pipeline

import (
	"errors"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
)

// scope is what an error is about, and so what stops for it.
type scope int8

const (
	passing     scope = iota // nothing stops for long: trying again soon may do
	ofPartition              // one partition, which trying again soon does not heal: it fails alone
	ofProcess                // all that this process does: it ends
)

// scopeOf judges an error of a task or of a standby.
func (o *Options) scopeOf(err error) scope {
	is := func(targets ...error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
	topic, ofTopic := errors.AsType[*stream.TopicError](err)
	switch {
	case err == nil:
		return passing
	case is(stream.ErrUnauthorized, stream.ErrUntrusted, stream.ErrUnsupported, stream.ErrClosed, state.ErrSettings), as[*engine.SettingsError](err), as[*ReplacedError](err):
		return ofProcess
	case as[*RangeError](err) && o.OnMissing.fails(), ofTopic && topic.Final():
		return ofPartition
	case as[*RangeError](err), as[*stream.OffsetError](err): // Acquiring the task again decides where to go on, in the changelog too.
		return passing
	case is(stream.ErrFenced, stream.ErrUnreachable, engine.ErrRegistry, errCommit, errLeftBehind): // What became of a transaction is found by acquiring the task again.
		return passing
	}
	return ofPartition
}

// fewTries is how often in a row a commit may be refused, or fenced while the group says that the partition is this process's, before that
// counts as what does not heal.
const fewTries = 20

// scopeOf judges an error of the task, after the tries that there were.
func (t *task) scopeOf(err error, tries *tries) scope {
	scope := t.options().scopeOf(err)
	waits := errors.Is(err, stream.ErrUnreachable) || errors.Is(err, engine.ErrRegistry)
	if scope == passing && !waits && tries.count >= fewTries {
		return ofPartition
	}
	return scope
}

// carefully is how many records the next try is to commit one by one, so that those before the one that cannot be passed are not held back by
// it, and it alone is blamed.
func (t *task) carefully(err error, scope scope) int {
	if scope == passing && !errors.Is(err, engine.ErrRegistry) {
		return t.careful
	}
	waiting := t.applied
	if t.refused != nil {
		waiting += t.refused.applied
	}
	if t.applying {
		waiting++
	}
	return max(t.careful, waiting)
}

func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
