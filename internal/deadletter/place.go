package deadletter

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sellerpulse/internal/stream"
)

// Place is a record's place as people write it, such as orders/2@17.
type Place stream.Position

// ErrPlace says that a text is no place.
var ErrPlace = errors.New("use topic/partition@offset, such as orders/2@17")

// ParsePlace reads a record's place. The error is [ErrPlace].
func ParsePlace(text string) (stream.Position, error) {
	topic, rest, ok := strings.Cut(text, "/")
	number, offset, cut := strings.Cut(rest, "@")
	partition, err1 := strconv.ParseUint(number, 10, 31)
	position, err2 := strconv.ParseUint(offset, 10, 63)
	if !ok || !cut || topic == "" || err1 != nil || err2 != nil {
		return stream.Position{}, ErrPlace
	}
	return stream.Position{TopicPartition: stream.TopicPartition{Topic: topic, Partition: int32(partition)}, Offset: int64(position)}, nil
}

// String is topic/partition@offset.
func (p Place) String() string { return fmt.Sprintf("%v@%d", p.TopicPartition, p.Offset) }

// MarshalText is String.
func (p Place) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
