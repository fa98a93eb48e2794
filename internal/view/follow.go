package view

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"sellerpulse/internal/panics"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
)

const (
	readers     = 4       // of partitions at the same time
	readerBytes = 4 << 20 // that what one of them reads at a time may take
)

// log is a partition that is followed. Its position is guarded by the view's lock.
type log struct {
	stream.TopicPartition
	alerts   bool
	letters  bool
	cut      bool      // there were records before its start
	start    int64     // first offset that it had when it was begun
	next     int64     // offset to be read next
	goal     int64     // end that it had when it was begun
	end      int64     // as last told
	time     int64     // greatest that a record read had
	begun    int64     // time of the first record that was read; 0 before
	answered time.Time // when its broker last did
}

// errAnew is that topics are not those that are followed.
var errAnew = errors.New("topics were made anew or have more partitions")

// Run follows the topics until ctx ends, which is no error, and is to be called once. An outage is waited for, however long it lasts: AsOf tells of it, and
// the log when it begins and when it ends. Where topics were made anew, or have got more partitions, all is read anew.
func (v *View) Run(ctx context.Context) error {
	defer v.end()
	pause := newPause()
	for ctx.Err() == nil {
		err := v.follow(ctx)
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, errAnew):
			v.o.Logger.Info("following anew", "reason", err)
		default:
			if first := v.fail(err); first {
				v.o.Logger.Warn("cannot follow what is published", "error", err)
				pause.Reset()
			}
			wait.For(ctx, pause.NextBackOff())
		}
	}
	return nil
}

// Ended is closed when nothing is followed any more.
func (v *View) Ended() <-chan struct{} { return v.ended }

func (v *View) hasEnded() bool {
	select {
	case <-v.ended:
		return true
	default:
		return false
	}
}

// newPause makes the pauses between tries.
func newPause() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = 100*time.Millisecond, 10*time.Second
	return b
}

// end notes that nothing is followed any more.
func (v *View) end() {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	close(v.ended)
	v.tell()
}

// follow follows the topics from where the view is, until something fails.
func (v *View) follow(ctx context.Context) error {
	if err := v.open(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group panics.Group
	run := func(work func(context.Context) error) {
		group.Go(func() error {
			err := panics.Survive(func() error { return work(ctx) })
			cancel(err)
			return err
		})
	}
	run(v.watch)
	for i := range min(readers, len(v.logs)) {
		var logs []*log
		for j := i; j < len(v.logs); j += readers {
			logs = append(logs, v.logs[j])
		}
		run(func(ctx context.Context) error { return v.read(ctx, logs) })
	}
	group.Wait()
	return context.Cause(ctx)
}

// open finds the topics, and begins anew where they are not those that have been followed.
func (v *View) open(ctx context.Context) error {
	found, err := v.identify(ctx)
	if err != nil {
		return err
	}
	for _, topic := range v.topics() {
		if _, ok := found[topic]; !ok {
			return fmt.Errorf("topic %q does not exist: create it with `processor topics`", topic)
		}
	}
	if !v.anew(found) {
		return nil
	}
	logs, err := v.openLogs(ctx, found)
	if err != nil {
		return err
	}
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.begin(found, logs)
	v.complete()
	return nil
}

// topics are those that are followed, that of alerts first.
func (v *View) topics() []string {
	return slices.DeleteFunc([]string{v.o.Alerts, v.o.SellerHealth, v.o.DeadLetters}, func(topic string) bool { return topic == "" })
}

func (v *View) identify(ctx context.Context) (map[string]stream.TopicIdentity, error) {
	return v.o.Client.Identify(ctx, v.topics())
}

// anew is whether the topics are others than those that are followed, or their positions are lost.
func (v *View) anew(found map[string]stream.TopicIdentity) bool {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return v.failure.lost || !maps.Equal(v.identities, found)
}

// openLogs makes the partitions of the topics, to be read from their start, and of dead letters from not too far before their end.
func (v *View) openLogs(ctx context.Context, found map[string]stream.TopicIdentity) ([]*log, error) {
	var logs []*log
	var all []stream.TopicPartition
	for _, topic := range v.topics() {
		for p := range found[topic].Partitions {
			all = append(all, stream.TopicPartition{Topic: topic, Partition: p})
		}
	}
	ranges, err := v.o.Client.Ends(ctx, all)
	if err != nil {
		return nil, err
	}
	answered := v.o.Clock()
	for _, tp := range all {
		first, end := ranges[tp].First, ranges[tp].LastStable
		l := &log{TopicPartition: tp, alerts: tp.Topic == v.o.Alerts, letters: tp.Topic == v.o.DeadLetters, start: first, goal: end, end: end, answered: answered}
		if from := end - int64(v.o.lettersRead); l.letters && first < from {
			l.start, l.cut = from, true
		}
		l.next = l.start
		logs = append(logs, l)
	}
	return logs, nil
}

// watch ends when the topics are others than those that are followed. What cannot be found out is waited for: readers tell of it.
func (v *View) watch(ctx context.Context) error {
	for wait.For(ctx, v.o.identityInterval) {
		found, err := v.identify(ctx)
		if err == nil && len(found) == len(v.topics()) && v.anew(found) {
			return errAnew
		}
	}
	return ctx.Err()
}
