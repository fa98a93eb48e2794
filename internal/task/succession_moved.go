package task

import (
	"slices"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// moved are the inputs that the candidate reads from another topic than the live state was read from. Offsets in one mean nothing in the other: the candidate
// stays where it is in those, and in time, and the live state where that is.
type moved struct {
	is   [events.NumTopics]bool
	from [events.NumTopics]string // topic of each input that the live state was read from
	to   [events.NumTopics]int64  // offset up to which the candidate has read those that have moved
	live [events.NumTopics]int64  // of the live state, in all inputs
}

// newMoved compares the inputs of the live state, by its settings, with the candidate's.
func newMoved(live *state.Settings, inputs [events.NumTopics]string, offsets [events.NumTopics]int64) (m moved) {
	m.from, m.to = inputs, offsets
	if live == nil {
		return m
	}
	for i := range events.NumTopics {
		if t, known := live.Topics[i.String()]; known {
			m.from[i], m.is[i] = t.Name, t.Name != inputs[i]
		}
	}
	return m
}

func (m *moved) any() bool { return slices.Contains(m.is[:], true) }

// replace puts other offsets in the place of those of inputs that have moved.
func (m *moved) replace(offsets, by [events.NumTopics]int64) [events.NumTopics]int64 {
	for i := range events.NumTopics {
		if m.is[i] {
			offsets[i] = by[i]
		}
	}
	return offsets
}

// positions are those of the live state in the inputs that it was read from; with onlyMoved in those that have moved alone.
func (m *moved) positions(partition int32, onlyMoved bool) (all []stream.Position) {
	for i := range events.NumTopics {
		if m.is[i] || !onlyMoved {
			all = append(all, stream.Position{TopicPartition: stream.TopicPartition{Topic: m.from[i], Partition: partition}, Offset: m.live[i]})
		}
	}
	return all
}
