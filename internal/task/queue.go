package task

import (
	"unsafe"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/stream"
)

// entry is a record whose turn it is, or is soon.
type entry struct {
	engine.Record
	batch *stream.BatchError // not nil where the record stands for a batch that cannot be read
}

// queue is what has been read of one topic and not applied.
type queue struct {
	records  []stream.Record
	bytes    int   // of the records
	next     int64 // offset behind the records
	end      int64 // bounded: where to stop
	reached  bool  // the last fetch reached the last stable offset, or bounded, the end
	behind   int64 // records between the last fetch and the last stable offset
	stable   int64 // last stable offset, which is where an open transaction begins, if there is one
	blocked  int64 // records behind it, once all before it has been fetched
	head     entry
	headRead bool
}

func (q *queue) add(c stream.Chunk, bounded bool) {
	records := c.Records
	q.next = max(q.next, c.Next)
	q.reached = c.Next >= c.LastStable
	q.behind = max(0, c.LastStable-c.Next)
	q.stable, q.blocked = c.LastStable, 0
	if q.reached {
		q.blocked = max(0, c.End-c.LastStable)
	}
	if bounded {
		q.reached = q.next >= q.end
		for len(records) > 0 && records[len(records)-1].Offset >= q.end {
			records = records[:len(records)-1]
		}
	}
	for i := range records {
		q.bytes += bytesOf(&records[i])
	}
	if len(q.records) == 0 {
		q.records = records
		return
	}
	q.records = append(q.records, records...)
}

// bytesOf is about how much memory a record takes: headers without a name or a value too.
func bytesOf(r *stream.Record) int {
	size := int(unsafe.Sizeof(*r)) + len(r.Key) + len(r.Value)
	for i := range r.Headers {
		size += int(unsafe.Sizeof(r.Headers[i])) + len(r.Headers[i].Key) + len(r.Headers[i].Value)
	}
	return size
}
