package task

import (
	"errors"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/stream"
)

// Diagnosis is what an error is about, and what the next try is to know of it.
type Diagnosis struct {
	Scope   Scope
	Failure *Failure // nil where nothing stops for long
	Isolate int      // records that the next try is to commit one by one: those before the culprit are not held back by it, and it alone is blamed
}

// maxTries is how often in a row a commit may be refused, or fenced while the group says that the partition is this process's, before that
// counts as what does not heal.
const maxTries = 20

// Diagnose says what an error of the task is about, after as many tries in a row.
func (t *Task) Diagnose(err error, tries int) Diagnosis {
	d := Diagnosis{Scope: t.scopeOf(err, tries)}
	d.Isolate = t.toIsolate(err, d.Scope)
	if d.Scope == OfPartition {
		d.Failure = t.failureOf(err)
	}
	return d
}

// DiagnoseStandby says what an error of a standby is about.
func (e *Environment) DiagnoseStandby(err error) Diagnosis {
	d := Diagnosis{Scope: e.scopeOf(err)}
	if e.wasLeft(err) {
		d.Scope = Passing
	}
	if d.Scope != Passing { // Whatever is wrong with a copy is wrong with that copy only.
		d.Scope, d.Failure = OfPartition, &Failure{Standby: true, Err: err}
		d.Failure.fillRemedy(e.IsChangelog)
	}
	return d
}

func (t *Task) scopeOf(err error, tries int) Scope {
	scope := t.env.scopeOf(err)
	if t.env.wasLeft(err) {
		scope = Passing
	}
	waits := errors.Is(err, stream.ErrUnreachable) || errors.Is(err, engine.ErrRegistry)
	if scope == Passing && !waits && tries >= maxTries {
		return OfPartition
	}
	return scope
}

// wasLeft is whether a changelog is gone that a cut-over has brought: it may have been left since, by another of which this process has not heard, and
// been discarded. Acquiring the partition again tells which one is the state.
func (e *Environment) wasLeft(err error) bool {
	topic, ok := errors.AsType[*stream.TopicError](err)
	return ok && topic.Gone() && topic.Topic != e.Topics.Changelog && e.IsChangelog(topic.Topic)
}

func (t *Task) toIsolate(err error, scope Scope) int {
	if scope == Passing && !errors.Is(err, engine.ErrRegistry) {
		return t.isolate
	}
	waiting := t.applied
	if t.refused != nil {
		waiting += t.refused.applied
	}
	if t.applying {
		waiting++
	}
	return max(t.isolate, waiting)
}

// failureOf says what is known of a task's failure.
func (t *Task) failureOf(err error) *Failure {
	f := &Failure{Err: err, commits: min(t.commits, 1)}
	if r, ok := t.culprit(err); ok {
		f.culprit, f.At = &r, atRecord(t.env.Topics.InputPartitions(t.partition)[r.topic], r.offset)
	}
	f.fillRemedy(t.env.IsChangelog)
	return f
}

// culprit is the record without which there would not be the error: the one that is being applied, or the only one of a commit that cannot be
// made, or is refused for what is in it.
func (t *Task) culprit(err error) (record, bool) {
	refused, ofTopic := errors.AsType[*stream.TopicError](err)
	switch {
	case t.refused != nil:
		return t.refused.last, t.refused.applied == 1 && !t.refused.midway && (!ofTopic || refused.OfContent())
	case t.applying:
		return t.at, true
	}
	return record{}, false
}

// Passed is whether the task has come further than the one that failed.
func (t *Task) Passed(f *Failure) bool {
	if f.culprit != nil {
		return t.savedOffsets[f.culprit.topic] > f.culprit.offset
	}
	return t.isolate == 0 && t.commits > f.commits
}
