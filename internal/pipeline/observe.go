package pipeline

import (
	"time"

	"sellerpulse/pkg/events"
)

// observe tells metrics and status how far the task is.
func (t *task) observe() {
	t.meter()
	lag, blocked := int64(0), int64(0)
	for i := range events.NumTopics {
		n := t.inputs.lag(i)
		t.options().Metrics.lag(t.options().Topics.Inputs[i], t.partition, n)
		lag += n
		blocked += t.inputs.queues[i].blocked
		t.observeBlockage(i)
	}
	t.service.status.set(t.partition, func(s *TaskStatus) { s.Lag, s.Blocked, s.StreamTime = lag, blocked, t.engine.StreamTime() })
	if at := t.engine.StreamTime(); at != events.None {
		delay := 0.0
		if lag > 0 {
			delay = max(0, t.options().Clock().Sub(time.UnixMilli(at)).Seconds())
		}
		t.options().Metrics.delay(t.partition, delay)
	}
}

func (t *task) observeBlockage(topic events.Topic) {
	q, name := &t.inputs.queues[topic], t.options().Topics.Inputs[topic]
	t.options().Metrics.block(name, t.partition, q.blocked)
	if q.blocked > 0 || t.blockages[topic] != (blockage{}) {
		t.blockages[topic].observe(t.log.With("topic", name), t.options().Clock(), q.stable, q.blocked)
	}
}
