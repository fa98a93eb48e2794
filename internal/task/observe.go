package task

import (
	"time"

	"sellerpulse/internal/memory"
	"sellerpulse/pkg/events"
)

// observe tells metrics and status how far the task is.
func (t *Task) observe() {
	t.meter()
	lag, blocked := int64(0), int64(0)
	for i := range events.NumTopics {
		n := t.inputs.lag(i)
		t.env.metrics.lag(t.env.Topics.Inputs[i], t.partition, n)
		lag += n
		blocked += t.inputs.queues[i].blocked
		t.observeBlockage(i)
	}
	at, delay := t.engine.StreamTime(), time.Duration(0)
	if at != events.None {
		if lag > 0 {
			delay = max(0, t.env.Clock().Sub(time.UnixMilli(at)))
		}
		t.env.metrics.delay(t.partition, delay.Seconds())
	}
	t.update(func(s *Status) { s.Lag, s.Delay, s.Blocked, s.StreamTime = lag, delay, blocked, at })
}

func (t *Task) observeBlockage(topic events.Topic) {
	q, name := &t.inputs.queues[topic], t.env.Topics.Inputs[topic]
	t.env.metrics.block(name, t.partition, q.blocked)
	if q.blocked > 0 || t.blockages[topic] != (blockage{}) {
		t.blockages[topic].observe(t.log.With("topic", name), t.env.Clock(), q.stable, q.blocked)
	}
}

// meter tells how much memory the task has.
func (t *Task) meter() {
	used, m := t.engine.Memory(), t.env.Memory
	m.Set(memory.Cache, t.partition, used.Cache)
	m.Set(memory.Timers, t.partition, used.Timers)
	m.Set(memory.Unsaved, t.partition, used.Unsaved)
	m.Set(memory.Waiting, t.partition, t.engine.Waiting().Bytes)
	m.Set(memory.Fetched, t.partition, t.inputs.bytes())
}
