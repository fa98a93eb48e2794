package scenario

import (
	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
)

// cacheBytes is what an engine keeps in memory of its state.
const cacheBytes = 1 << 20

// machine is an engine that a scenario runs on.
type machine struct{ *engine.Engine }

func open(keys *state.Partition, s *Scenario, set *rules.Set) (machine, error) {
	o := engine.Options{CacheBytes: cacheBytes, Rules: set, Zone: s.settings.zone, RetentionDays: int32(s.settings.retention), HistoryDays: int32(s.settings.history), Partition: s.settings.partition}
	if of := s.settings.partitions; of > 0 {
		o.Partitioner = func(key []byte) int32 { return stream.PartitionFor(key, of) }
	}
	for t := range events.NumTopics {
		o.TopicNames[t] = t.String()
	}
	m := machine{engine.New(keys, o)}
	return m, m.Open()
}

// apply puts a message through all that a task does with it.
func (m machine) apply(is message, offset int64) (outcome, error) {
	record := engine.Record{Message: state.Message{Topic: is.topic, Offset: offset, Timestamp: is.timestamp, Key: []byte(is.key), Value: is.value}}
	m.Decode(&record)
	return m.take(engine.Apply(&record))
}

func (m machine) pass(until events.Millis) (outcome, error) { return m.take(engine.Until(until)) }

// take has the engine take in a record or an instant, and gathers what comes of it.
func (m machine) take(in engine.Input) (o outcome, err error) {
	for done := false; !done; {
		if done, err = m.Step(in); err != nil {
			return o, err
		}
		c := m.Commit([events.NumTopics]int64{})
		m.Committed()
		for i := range c.Alerts {
			o.alerts = append(o.alerts, fieldsOf(c.Alerts[i].AppendJSON(nil)))
		}
		for _, l := range c.DeadLetters {
			o.dead = append(o.dead, letter{l.Topic, l.Offset, string(l.Reason), l.Err.Error()})
		}
	}
	return o, nil
}

func (m machine) report(seller string) (fields, bool, error) {
	report, known, err := m.ReportOf(seller)
	if err != nil || !known {
		return nil, false, err
	}
	return fieldsOf(report.AppendJSON(nil)), true, nil
}

func (m machine) streamTime() events.Millis { return m.StreamTime() }
