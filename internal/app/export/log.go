package export

import (
	"errors"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// log is one of those that are merged.
type log struct {
	stream.TopicPartition
	source    int // of the fetcher
	topic     events.Topic
	admission *engine.Admission
	wanted    *wanted
	refused   func(stream.Position, error)

	records   []stream.Record // fetched, and not looked at
	next, end int64           // of what is to be fetched
	outage    error           // of the schema registry, after which nothing is the next; nil without one
	head      engine.Record   // whose event is the next of this log
}

// advance goes on to the next record whose event is exported. Without one, more is to be fetched, or the log is at its end.
func (l *log) advance() bool {
	for len(l.records) > 0 {
		r := &l.records[0]
		ok := l.take(r)
		if l.outage != nil {
			return false
		}
		*r = stream.Record{} // Its bytes need not be kept for those behind it.
		l.records = l.records[1:]
		if ok {
			return true
		}
	}
	return false
}

func (l *log) take(r *stream.Record) bool {
	if r.Batch != nil {
		l.refused(l.at(r.Offset), r.Batch)
		return false
	}
	if !l.wanted.key(r.Key) {
		return false
	}
	h := &l.head
	h.Topic, h.Offset, h.Timestamp, h.Key, h.Value, h.Headers = l.topic, r.Offset, r.Timestamp, r.Key, r.Value, h.Headers[:0]
	for _, header := range r.Headers {
		h.Headers = append(h.Headers, state.Header(header))
	}
	if l.admission.Decode(h); errors.Is(h.Err, engine.ErrRegistry) {
		l.outage = h.Err
		return false
	}
	if h.Err != nil {
		l.refused(l.at(r.Offset), h.Err)
		return false
	}
	return l.wanted.at(h.Event.OccurredAt) && l.wanted.seller(h.Event.SellerID)
}

func (l *log) at(offset int64) stream.Position {
	return stream.Position{TopicPartition: l.TopicPartition, Offset: offset}
}

// add takes in what was fetched, up to the end.
func (l *log) add(chunk *stream.Chunk) {
	l.next = chunk.Next
	for n, r := range chunk.Records {
		if r.Offset >= l.end {
			l.records = chunk.Records[:n]
			return
		}
	}
	l.records = chunk.Records
}

func (l *log) ended() bool { return len(l.records) == 0 && l.next >= l.end }
