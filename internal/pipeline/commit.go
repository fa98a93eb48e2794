package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

var errCommit = errors.New("commit")

// commit makes everything since the last commit true at once: one transaction with the changed keys, alerts, reports, dead letters and
// input offsets; then the same changes in the local state.
func (t *task) commit(ctx context.Context) error {
	o := t.options()
	offsets := t.inputs.offsets()
	changed, _ := t.state.Changed()
	moved := offsets != t.savedOffset || t.engine.StreamTime() != t.savedTime
	if !changed && !moved && !t.engine.hasPending() && t.applied == 0 && t.committed && t.slot.owns() {
		return nil
	}
	started := o.Clock()
	t.committing = true
	t.engine.flush(offsets)
	outputs, err := t.outputs()
	if err != nil {
		return err
	}
	result, err := t.commitTransaction(ctx, stream.Commit{Group: o.AppID, Offsets: t.positions(offsets), Outputs: outputs})
	if err != nil {
		return fmt.Errorf("%w: %w", errCommit, err)
	}
	t.committing = false
	if o.onCommit != nil {
		if err := o.onCommit(); err != nil {
			return err
		}
	}
	position := t.state.Position()
	if next, ok := result.Next[outputs[0].TopicPartition]; ok {
		position = next
	}
	at := result.AppendedAt
	if at <= 0 {
		at = started.UnixMilli()
	}
	t.engine.store.Resize(t.service.crew.share(o.CacheBytes))
	if err := t.engine.store.Commit(state.Saved{Position: position, At: at}); err != nil {
		return err
	}
	t.count(&t.engine.pending)
	t.engine.pending.reset()
	t.careful = max(0, t.careful-t.applied)
	t.applied, t.savedOffset, t.savedTime, t.committed = 0, offsets, t.engine.StreamTime(), true
	t.commits++
	t.lastCommit = o.Clock()
	t.succeeded()
	if !o.ownClock {
		t.service.clock.tell(result.AppendedAt, t.lastCommit)
	}
	o.Metrics.commit.Observe(t.lastCommit.Sub(started).Seconds())
	return nil
}

func (t *task) positions(offsets [events.NumTopics]int64) (positions []stream.Position) {
	for i, tp := range t.options().Topics.of(t.partition) {
		positions = append(positions, stream.Position{TopicPartition: tp, Offset: offsets[i]})
	}
	return positions
}

// flush hands the state everything that changed in memory.
func (e *Engine) flush(offsets [events.NumTopics]int64) {
	if e.rebuild != nil {
		e.store.SetSettings(e.rebuild.from)
	}
	e.store.SetClock(state.Clock{StreamTime: e.streamTime, Offsets: offsets})
	e.store.Flush()
}

func (e *Engine) hasPending() bool {
	return len(e.pending.Alerts)+len(e.pending.Reports)+len(e.pending.DeadLetters) > 0
}

// outputs is what the transaction is to write, the changelog first.
func (t *task) outputs() ([]stream.Output, error) {
	topics, p := &t.options().Topics, t.service.partitions
	now := t.service.clock.now(t.options().Clock())
	out := outputSet{at: now}
	changelog := out.of(topics.Changelog, t.partition)
	err := t.state.Changes(func(key, value []byte) {
		out.outputs[changelog].Messages = append(out.outputs[changelog].Messages, stream.Message{Key: key, Value: value, Timestamp: now})
	})
	if err != nil {
		return nil, err
	}
	pending := &t.engine.pending
	for i := range pending.Alerts {
		a := &pending.Alerts[i]
		out.keyed(topics.Alerts, p.alerts, a.SellerID, a.AppendAvro(nil))
	}
	for i := range pending.Reports {
		r := &pending.Reports[i]
		out.keyed(topics.SellerHealth, p.sellerHealth, r.SellerID, r.AppendAvro(nil))
	}
	for i := range pending.DeadLetters {
		d := &pending.DeadLetters[i]
		to := out.of(topics.DeadLetters, t.partition%p.deadLetters)
		out.outputs[to].Messages = append(out.outputs[to].Messages, d.message(topics, t.partition, now))
	}
	return out.outputs, nil
}

// outputSet gathers messages by the log they go to.
type outputSet struct {
	outputs []stream.Output
	at      events.Millis
}

// of is the index of a log's output.
func (s *outputSet) of(topic string, partition int32) int {
	tp := stream.TopicPartition{Topic: topic, Partition: partition}
	for i := range s.outputs {
		if s.outputs[i].TopicPartition == tp {
			return i
		}
	}
	s.outputs = append(s.outputs, stream.Output{TopicPartition: tp})
	return len(s.outputs) - 1
}

func (s *outputSet) keyed(topic string, partitions int32, key string, value []byte) {
	k := []byte(key)
	i := s.of(topic, stream.PartitionFor(k, partitions))
	s.outputs[i].Messages = append(s.outputs[i].Messages, stream.Message{Key: k, Value: value, Timestamp: s.at})
}

// message is the dead letter as it is written: the record as it came, and headers that say where it came from and what is wrong.
func (d *DeadLetter) message(topics *Topics, partition int32, now events.Millis) stream.Message {
	m := stream.Message{Key: d.Key, Value: d.Value, Timestamp: now}
	for _, h := range d.Headers {
		m.Headers = append(m.Headers, stream.Header(h))
	}
	text := func(key, value string) {
		m.Headers = append(m.Headers, stream.Header{Key: key, Value: []byte(value)})
	}
	text("reason", string(d.Reason))
	text("error", d.Err.Error())
	text("source.topic", topics.Inputs[d.Topic])
	text("source.partition", strconv.Itoa(int(partition)))
	text("source.offset", strconv.FormatInt(d.Offset, 10))
	return m
}

// count tells the metrics what was published.
func (t *task) count(o *Output) {
	m := t.options().Metrics
	for i := range o.Alerts {
		m.alerts.WithLabelValues(o.Alerts[i].Rule, o.Alerts[i].Kind().String()).Inc()
	}
	for i := range o.DeadLetters {
		m.deadLetters.WithLabelValues(string(o.DeadLetters[i].Reason)).Inc()
	}
	m.reports.Add(float64(len(o.Reports)))
	t.tellSkipped(o.DeadLetters)
}
