package task

import (
	"sellerpulse/internal/engine"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// outputs is what the transaction is to write, the changelog first.
func (t *Task) outputs(c *engine.Commit) []stream.Output {
	topics, p, log := &t.env.Topics, &t.env.outputs, t.changelog
	now := t.clock.now(t.env.Clock())
	out := outputSet{at: now, batchBytes: t.env.batchBytes}
	out.outputs = append(out.outputs, stream.Output{TopicPartition: log.TopicPartition, MaxBatchBytes: log.batchBytes})
	for _, r := range c.Records {
		out.outputs[0].Messages = append(out.outputs[0].Messages, stream.Message{Key: r.Key, Value: r.Value, Timestamp: now})
	}
	for i := range c.Alerts {
		a := &c.Alerts[i]
		out.keyed(topics.Alerts, p.alerts, a.SellerID, t.env.Encoder.AppendAlert(nil, a))
	}
	for i := range c.Reports {
		r := &c.Reports[i]
		out.keyed(topics.SellerHealth, p.sellerHealth, r.SellerID, t.env.Encoder.AppendReport(nil, r))
	}
	for i := range c.DeadLetters {
		d := &c.DeadLetters[i]
		to := out.of(topics.DeadLetters, t.partition%p.deadLetters)
		out.outputs[to].Messages = append(out.outputs[to].Messages, DeadLetterMessage(d, topics.Inputs[d.Topic], t.partition, now, out.batchBytes[topics.DeadLetters]))
	}
	return out.outputs
}

// outputSet gathers messages by the log they go to.
type outputSet struct {
	outputs    []stream.Output
	at         events.Millis
	batchBytes map[string]int // the largest batch of each topic; of others as of the client
}

// of is the index of a log's output.
func (s *outputSet) of(topic string, partition int32) int {
	tp := stream.TopicPartition{Topic: topic, Partition: partition}
	for i := range s.outputs {
		if s.outputs[i].TopicPartition == tp {
			return i
		}
	}
	s.outputs = append(s.outputs, stream.Output{TopicPartition: tp, MaxBatchBytes: s.batchBytes[topic]})
	return len(s.outputs) - 1
}

func (s *outputSet) keyed(topic string, partitions int32, key string, value []byte) {
	k := []byte(key)
	i := s.of(topic, stream.PartitionFor(k, partitions))
	s.outputs[i].Messages = append(s.outputs[i].Messages, stream.Message{Key: k, Value: value, Timestamp: s.at})
}

// count tells the metrics what was published.
func (t *Task) count(o *engine.Output) {
	m := t.env.metrics
	for i := range o.Alerts {
		m.alerts.WithLabelValues(o.Alerts[i].Rule, o.Alerts[i].Kind().String()).Inc()
	}
	for i := range o.DeadLetters {
		m.deadLetters.WithLabelValues(string(o.DeadLetters[i].Reason)).Inc()
	}
	m.reports.Add(float64(len(o.Reports)))
	t.logSkipped(o.DeadLetters)
}
