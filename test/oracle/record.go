package oracle

import (
	"time"

	"sellerpulse/pkg/events"
)

// Record is one record of an input topic as it lies in a partition. Undecodable and Invalid say that its bytes cannot be read, or do
// not make an event; then Event counts for nothing. What makes a decoded Event invalid is found out here.
type Record struct {
	Topic       events.Topic
	Partition   int
	Offset      int64
	Timestamp   events.Millis // Kafka's
	Key         []byte
	Bytes       int // of its value and headers, each of which counts for its name, its value and 8
	Event       events.Event
	Undecodable bool
	Invalid     bool
}

// Options say what the numbers depend on beside the log. The zero value of each is the engine's default, but for ValidTracking, without
// which no tracking number is valid.
type Options struct {
	Zone          *time.Location
	RetentionDays int
	HistoryDays   int // for which a date counts; 0: the retention
	Rules         []Pack
	ValidTracking func(carrier, id string) bool
	Partitions    int // of each input topic; 0: any partition is right for any key
}

// Reasons of dead letters.
const (
	Undecodable = "undecodable"
	Invalid     = "invalid"
	Misrouted   = "misrouted"
	Future      = "future"
	Expired     = "expired"
	Orphan      = "orphan"
)

// DeadLetter is a record that could not be applied.
type DeadLetter struct {
	Topic     events.Topic
	Partition int
	Offset    int64
	Reason    string
}

// Merge puts the records of a partition's topics into the order in which a bounded replay takes them: of the topics' heads the one that
// occurred first, of equal ones that of the first topic. A head that is refused for what it is, whatever came before it, goes at once.
// partitions is that of [Options].
func Merge(logs [6][]Record, partitions int) []Record {
	var merged []Record
	for {
		next := nextTopic(&logs, partitions)
		if next < 0 {
			return merged
		}
		merged = append(merged, logs[next][0])
		logs[next] = logs[next][1:]
	}
}

// nextTopic is the topic whose head goes next, or -1.
func nextTopic(logs *[6][]Record, partitions int) int {
	next := -1
	for topic, log := range logs {
		if len(log) == 0 {
			continue
		}
		if log[0].refused(partitions) != "" {
			return topic
		}
		if next < 0 || log[0].Event.OccurredAt < logs[next][0].Event.OccurredAt {
			next = topic
		}
	}
	return next
}
