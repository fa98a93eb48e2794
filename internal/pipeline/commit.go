package pipeline

import (
	"context"
	"errors"
	"fmt"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

var errCommit = errors.New("commit")

// commit makes everything since the last commit true at once: one transaction with the changed base records, alerts, reports, dead letters and
// input offsets. The local state follows with a checkpoint, less often.
func (t *task) commit(ctx context.Context) error {
	o := t.options()
	offsets := t.inputs.offsets()
	changed, _ := t.engine.store.Waiting()
	moved := offsets != t.savedOffset || t.engine.StreamTime() != t.savedTime
	if changed == 0 && !moved && !t.engine.hasPending() && t.applied == 0 && t.committed && t.slot.owns() {
		return nil
	}
	started := o.Clock()
	t.committing = true
	t.engine.flush(offsets)
	outputs := t.outputs()
	result, err := t.producer.Commit(ctx, stream.Commit{Group: o.AppID, Offsets: t.positions(offsets), Outputs: outputs})
	if err != nil {
		return fmt.Errorf("%w: %w", errCommit, err)
	}
	t.committing = false
	if o.onCommit != nil {
		if err := o.onCommit(); err != nil {
			return err
		}
	}
	changelog := outputs[0].TopicPartition
	at := result.AppendedAt[changelog]
	if at <= 0 {
		at = started.UnixMilli()
	}
	t.saved = state.Saved{Position: result.Next[changelog], At: at}
	t.engine.store.Committed()
	t.count(&t.engine.pending)
	t.service.tally.commit(t.applied, &t.engine.pending, &o.Topics, t.partition)
	t.engine.pending.reset()
	t.careful = max(0, t.careful-t.applied)
	t.applied, t.savedOffset, t.savedTime, t.committed = 0, offsets, t.engine.StreamTime(), true
	t.commits++
	t.lastCommit = o.Clock()
	t.succeeded()
	if !o.ownClock {
		t.clock.tell(result.AppendedAt[changelog], t.lastCommit)
	}
	o.Metrics.commit.Observe(t.lastCommit.Sub(started).Seconds())
	return t.checkpointIfDue()
}

// checkpointIfDue makes the local state what the last commit is, once enough time has passed or enough is waiting; or at once where the
// partition is about to move, so that this process can follow its next owner from there.
func (t *task) checkpointIfDue() error {
	o := t.options()
	due := t.lastCommit.Sub(t.lastCheckpoint) >= o.CheckpointInterval || !t.slot.owns()
	if !due && !t.engine.store.Full(t.service.crew.share(o.CheckpointBytes)) {
		return nil
	}
	return t.checkpoint()
}

// checkpoint makes the local state what the last commit is. Nothing must have been applied since.
func (t *task) checkpoint() error {
	started := t.options().Clock()
	t.engine.store.Resize(t.service.crew.share(t.options().CacheBytes))
	if err := t.engine.store.Checkpoint(t.saved); err != nil {
		return err
	}
	t.lastCheckpoint = t.options().Clock()
	t.options().Metrics.checkpoint.Observe(t.lastCheckpoint.Sub(started).Seconds())
	return nil
}

func (t *task) positions(offsets [events.NumTopics]int64) (positions []stream.Position) {
	for i, tp := range t.options().Topics.of(t.partition) {
		positions = append(positions, stream.Position{TopicPartition: tp, Offset: offsets[i]})
	}
	return positions
}

// flush completes what the next commit is to append to the changelog.
func (e *Engine) flush(offsets [events.NumTopics]int64) {
	if e.rebuild != nil {
		e.store.SetSettings(e.rebuild.from)
	}
	e.store.SetClock(state.Clock{StreamTime: e.streamTime, Offsets: offsets})
}

// waiting is about how many bytes wait for a commit.
func (e *Engine) waiting() int {
	_, bytes := e.store.Waiting()
	return bytes + e.pending.bytes
}

func (e *Engine) hasPending() bool {
	return len(e.pending.Alerts)+len(e.pending.Reports)+len(e.pending.DeadLetters) > 0
}

// outputs is what the transaction is to write, the changelog first.
func (t *task) outputs() []stream.Output {
	topics, p := &t.options().Topics, t.service.partitions
	now := t.clock.now(t.options().Clock())
	out := outputSet{at: now, takes: t.service.takes}
	changelog := out.of(topics.Changelog, t.partition)
	for _, r := range t.engine.store.Records() {
		out.outputs[changelog].Messages = append(out.outputs[changelog].Messages, stream.Message{Key: r.Key, Value: r.Value, Timestamp: now})
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
		out.outputs[to].Messages = append(out.outputs[to].Messages, d.message(topics.Inputs[d.Topic], t.partition, now, out.takes[topics.DeadLetters]))
	}
	return out.outputs
}

// outputSet gathers messages by the log they go to.
type outputSet struct {
	outputs []stream.Output
	at      events.Millis
	takes   map[string]int // the largest batch of each topic; of others as of the client
}

// of is the index of a log's output.
func (s *outputSet) of(topic string, partition int32) int {
	tp := stream.TopicPartition{Topic: topic, Partition: partition}
	for i := range s.outputs {
		if s.outputs[i].TopicPartition == tp {
			return i
		}
	}
	s.outputs = append(s.outputs, stream.Output{TopicPartition: tp, MaxBatchBytes: s.takes[topic]})
	return len(s.outputs) - 1
}

func (s *outputSet) keyed(topic string, partitions int32, key string, value []byte) {
	k := []byte(key)
	i := s.of(topic, stream.PartitionFor(k, partitions))
	s.outputs[i].Messages = append(s.outputs[i].Messages, stream.Message{Key: k, Value: value, Timestamp: s.at})
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
