package stream

import (
	"encoding/binary"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

const (
	readCommitted = 1
	noSession     = -1 // a full request each time, forgotten by the broker afterwards
)

// fetchRequest asks one broker for several logs, read committed, in the order given: a broker that must stay within a size
// serves the first ones.
type fetchRequest struct {
	positions []Position
	maxBytes  int32 // of one log; a larger batch is sent all the same if it comes first
	maxWait   time.Duration
}

func (f fetchRequest) encode(clientID string) []byte {
	b := openRequest(nil, protocol.Fetch, fetchVersion, clientID)
	b = appendInt32(b, -1) // not a replica
	b = appendInt32(b, int32(f.maxWait/time.Millisecond))
	b = appendInt32(b, 1) // answer as soon as there is one byte
	// Of all logs together: what each may have keeps it small. The embedded broker forgets the aborted transactions of the log at which it is full.
	b = appendInt32(b, maxResponseBytes/2)
	b = append(b, readCommitted)
	b = appendInt32(b, 0)
	b = appendInt32(b, noSession)
	b = appendInt32(b, int32(len(f.positions)))
	for _, p := range f.positions {
		b = appendString(b, p.Topic)
		b = appendInt32(b, 1)
		b = appendInt32(b, p.Partition)
		b = appendInt32(b, -1) // leader epoch unknown
		b = appendInt64(b, p.Offset)
		b = appendInt64(b, -1)
		b = appendInt32(b, f.maxBytes)
	}
	b = appendInt32(b, 0) // nothing to forget
	return appendString(b, "")
}

func appendInt32(b []byte, v int32) []byte { return binary.BigEndian.AppendUint32(b, uint32(v)) }
func appendInt64(b []byte, v int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(v)) }
