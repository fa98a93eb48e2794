package limits

import "strconv"

// MaxMessage is the topic setting that bounds a record batch.
const MaxMessage = "max.message.bytes"

// defaultMaxMessage is what brokers take that do not tell.
const defaultMaxMessage = 1_048_588

// A broker that compresses a batch anew, as a topic's compression.type may ask for, can make one that does not compress a little larger:
// so much is left free.
const spare = 128 // one part in

// MaxMessageBytes is the largest batch that a topic with such settings takes.
func MaxMessageBytes(settings map[string]string) int {
	n, err := strconv.Atoi(settings[MaxMessage])
	if err != nil {
		return defaultMaxMessage
	}
	return n
}

// Batch is the largest batch that is written to a topic with such settings, uncompressed unless it is of one record.
func Batch(settings map[string]string) int {
	n := MaxMessageBytes(settings)
	return min(n-n/spare, Request/2)
}

// Needed is the least max.message.bytes of a topic that takes batches of such a size.
func Needed(batch int) int { return batch + batch/(spare-1) + 1 }
