package view

import (
	"encoding/binary"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"sellerpulse/internal/stream"
)

// positions is which alerts somebody has seen: by partition, those before an offset. As a text it holds for every process that follows the same topic.
type positions []int64

// cursor is the positions as a text.
func (p positions) cursor(topic uint64) string {
	b := binary.BigEndian.AppendUint64(nil, topic)
	for _, next := range p {
		b = binary.AppendUvarint(b, uint64(next))
	}
	return seal(cursorOfPositions, b)
}

// parsePositions reads what cursor wrote. A topic that has got more partitions since begins them at their start.
func parsePositions(text string, topic uint64, partitions int) (positions, error) {
	r, err := unseal(cursorOfPositions, text)
	if err != nil {
		return nil, err
	}
	var of [8]byte
	for i := range of {
		of[i] = r.byte()
	}
	p := make(positions, 0, partitions)
	negative := false
	for len(r.rest) > 0 && len(p) < partitions {
		next := int64(r.uint())
		p, negative = append(p, next), negative || next < 0
	}
	switch {
	case !r.ended() || negative:
		return nil, unreadable(text)
	case binary.BigEndian.Uint64(of[:]) != topic:
		return nil, fmt.Errorf("%w: the cursor is of another topic, or of one that was made anew: begin again without one", ErrQuery)
	}
	return p[:partitions], nil
}

// hashOf tells a topic from others, and from one of its name that was made anew, where the brokers tell.
func hashOf(topic string, identity stream.TopicIdentity) uint64 {
	return xxhash.Sum64String(topic + "\x00" + identity.ID)
}
