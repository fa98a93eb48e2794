package letters

import (
	"context"
	"errors"
	"fmt"

	"sellerpulse/internal/mapping"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// mapped makes events of the records of dead letters by a mapping.
type mapped struct {
	mapping  *mapping.Mapping
	encoder  events.Encoder
	runners  map[*mapping.Source]*mapping.Runner
	messages []mapping.Message // scratch
}

func newMapped(o *Resubmission) *mapped {
	if o.Mapping == nil {
		return nil
	}
	return &mapped{mapping: o.Mapping, encoder: o.Encoder, runners: map[*mapping.Source]*mapping.Runner{}}
}

// runner is that of the source that has a topic; of a mapping that names no topics, of its only source.
func (m *mapped) runner(topic string) (*mapping.Runner, error) {
	source := m.mapping.Of(topic)
	if source == nil && len(m.mapping.Topics()) == 0 && !m.mapping.Patterned() && len(m.mapping.Sources) == 1 {
		source = m.mapping.Sources[0]
	}
	if source == nil {
		return nil, &Refusal{fmt.Errorf("mapping %s has no source for topic %q", m.mapping.Name, topic), "send it without --mapping, or name the topic in the mapping"}
	}
	if m.runners[source] == nil {
		m.runners[source] = source.NewRunner(m.encoder)
	}
	return m.runners[source], nil
}

// mappedRecords is what the mapping makes of a letter's record.
func (d *desk) mappedRecords(ctx context.Context, l *Letter) (all []outgoing, err error) {
	runner, err := d.mapped.runner(l.Source.Topic)
	if err != nil {
		return nil, err
	}
	if err := d.Restore(ctx, l); err != nil {
		return nil, err
	}
	record := mapping.Record{Topic: l.Source.Topic, Partition: l.Source.Partition, Offset: l.Source.Offset, Timestamp: l.At, Key: l.Key, Value: l.Value}
	for _, h := range l.Headers {
		record.Headers = append(record.Headers, mapping.Header(h))
	}
	d.mapped.messages, err = runner.Map(&record, d.mapped.messages[:0])
	if refused, ok := errors.AsType[*mapping.Error](err); ok {
		return nil, &Refusal{fmt.Errorf("the mapping makes no event of it: %w", refused), "mend the mapping: `processor mapping test` tries it on such a record"}
	}
	if err != nil {
		return nil, err
	}
	for _, m := range d.mapped.messages {
		headers := make([]stream.Header, len(m.Headers))
		for i, h := range m.Headers {
			headers[i] = stream.Header(h)
		}
		out, err := d.record(l, m.Topic, m.Key, m.Value, headers)
		if err != nil {
			return nil, err
		}
		all = append(all, out)
	}
	return all, nil
}
