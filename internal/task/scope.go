package task

import (
	"errors"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
)

// Scope is what an error is about, and so what stops for it.
type Scope int8

// The scopes of errors.
const (
	Passing     Scope = iota // nothing stops for long: trying again soon may do
	OfPartition              // one partition, which trying again soon does not heal: it fails alone
	OfProcess                // all that this process does: it ends
)

var (
	// errCommit says that it is not known what became of a transaction, which is found by acquiring the task again.
	errCommit = errors.New("commit")
	// errStale says that so much time has passed, the machine having been suspended perhaps, that what is read now may lack tombstones. How old
	// the state is is to be found out anew.
	errStale = errors.New("the changelog was not read for long: finding out whether the local state can be continued")
	// errSuperseded says that another changelog has been made the state, which is to be read instead.
	errSuperseded = errors.New("another changelog is the state now")
)

// scopeOf classifies an error of a task or of a standby.
func (o *Options) scopeOf(err error) Scope {
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
		return Passing
	case is(stream.ErrUnauthorized, stream.ErrUntrusted, stream.ErrUnsupported, stream.ErrClosed, state.ErrSettings), as[*engine.SettingsError](err), as[*engine.SupersededError](err), as[*ReplacedError](err), as[*CutOverError](err):
		return OfProcess
	case as[*RangeError](err) && o.OnMissing.fails(), ofTopic && topic.Final():
		return OfPartition
	case ofTopic && topic.Pending():
		return Passing
	case as[*RangeError](err), as[*stream.OffsetError](err): // Acquiring the task again decides where to go on, in the changelog too.
		return Passing
	case is(stream.ErrFenced, stream.ErrUnreachable, engine.ErrRegistry, errCommit, errStale, errSuperseded, ErrRuled), as[*engine.StaleRulesError](err):
		return Passing
	}
	return OfPartition
}
