package stream

import (
	"fmt"
	"slices"
)

// fetched is one log's part of a fetch response.
type fetched struct {
	TopicPartition
	code       int16
	end        int64 // high watermark
	lastStable int64
	logStart   int64
	aborted    []abortedTransaction // ordered by first offset
	records    []byte

	marks bool   // what cannot be read is marked by a record
	left  *int64 // how much memory further batches of the whole response may take; nil where that is not counted
}

// abortedTransaction tells that the producer's transaction that begins at the offset ended in an abort marker.
type abortedTransaction struct {
	producer, first int64
}

// parseFetch takes a fetch response apart. The records alias it.
func parseFetch(response []byte) ([]fetched, error) {
	r := reader{b: response}
	r.int32() // throttle time: the broker itself holds back the next answer
	if err := refused(r.int16()); err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	r.int32() // session
	var all []fetched
	for range r.count(6) {
		topic := r.text()
		for range r.count(38) {
			all = append(all, r.fetched(topic))
		}
	}
	return all, r.err("fetch response")
}

func (r *reader) fetched(topic string) fetched {
	f := fetched{TopicPartition: TopicPartition{topic, r.int32()}, code: r.int16()}
	f.end, f.lastStable, f.logStart = r.int64(), r.int64(), r.int64()
	if n := r.count(16); n > 0 {
		f.aborted = make([]abortedTransaction, n)
	}
	for i := range f.aborted {
		f.aborted[i] = abortedTransaction{producer: r.int64(), first: r.int64()}
	}
	slices.SortFunc(f.aborted, func(a, b abortedTransaction) int { return compare(a.first, b.first) })
	r.int32() // preferred replica: only given to those who name their rack
	if n := r.int32(); n > 0 {
		f.records = r.take(int(n))
	}
	return f
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// full is whether no further batch is to be decoded: what is behind is left for the next round. The first of a response always is.
func (f *fetched) full() bool { return f.left != nil && *f.left <= 0 }

func (f *fetched) took(bytes int64) {
	if f.left != nil {
		*f.left -= bytes
	}
}

// committed decodes the committed records from the offset on and tells the offset to go on with: after all whole batches, whatever they held.
// The error is a *BatchError; what is before a batch that cannot be read comes first, and the error when there is nothing before it.
func (f *fetched) committed(from int64) (records []Record, next int64, err error) {
	filter := abortFilter{waiting: f.aborted}
	next = from
	records = make([]Record, 0, countRecords(f.records))
	for rest := f.records; ; {
		b, after, err := nextBatch(rest)
		switch {
		case err == nil && (b == nil || f.full()):
			return records, next, nil
		case err == nil && b.lastOffset() < next:
			rest = after
			continue
		case err == nil && filter.retriable(b):
			var size int64
			records, size, err = b.appendRecords(records, next)
			f.took(size)
		}
		if err == nil {
			next, rest = b.lastOffset()+1, after
			continue
		}
		damage := f.damage(b, after, next, err)
		if !f.marks || !damage.Bounded() {
			if next > from {
				return records, next, nil
			}
			return nil, from, damage
		}
		records = append(records, damage.mark())
		next, rest = damage.Last+1, after
	}
}

// cut is whether the response ends within its first batch.
func (f *fetched) cut() bool {
	b, _, err := nextBatch(f.records)
	return len(f.records) > 0 && b == nil && err == nil
}

// abortFilter knows, going through a log in order, which producers' transactions are being read that will turn out aborted.
type abortFilter struct {
	waiting []abortedTransaction // that begin further on
	open    map[int64]bool       // producers
}

// retriable tells whether the batch's records are committed data.
func (f *abortFilter) retriable(b batch) bool {
	for len(f.waiting) > 0 && f.waiting[0].first <= b.lastOffset() {
		if f.open == nil {
			f.open = map[int64]bool{}
		}
		f.open[f.waiting[0].producer] = true
		f.waiting = f.waiting[1:]
	}
	if b.control() {
		if b.abortMarker() {
			delete(f.open, b.producerID())
		}
		return false
	}
	return !b.transactional() || !f.open[b.producerID()]
}

// abortMarker tells whether a control batch ends a transaction by aborting it: the marker's key is its version and its type.
func (b batch) abortMarker() bool {
	records, _, err := b.appendRecords(nil, 0)
	if err != nil || len(records) == 0 {
		return false
	}
	r := reader{b: records[0].Key}
	r.int16()
	return r.int16() == abortMarkerType && !r.broken
}
