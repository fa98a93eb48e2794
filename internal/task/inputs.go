package task

import (
	"context"
	"time"

	"sellerpulse/internal/panics"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// inputs merges a partition of the six input topics by event time, reading ahead.
//
// Of the topics the first waiting event with the smallest occurred_at goes first, equal ones in the topics' order; a topic whose last
// fetch did not reach the last stable offset is waited for. Bounded, the end is the one given, and nothing behind it is looked at.
type inputs struct {
	queues  [events.NumTopics]queue
	decode  func(*entry)
	bounded bool
	room    func() int // bytes that may be read ahead, and the answer to a fetch under way

	// One fetch at a time is under way, in a goroutine of its own: what it found comes out of answers.
	requests chan request
	answers  chan answer
	busy     bool
	failed   error // of a fetch, after which there is none: what was read before is applied first
}

type request struct {
	want  []bool
	wait  time.Duration
	bytes int // that it may bring, about, after decompression
}

type answer struct {
	chunks []stream.Chunk
	err    error
}

// lowWater is how many waiting records of a topic are enough.
const lowWater = 4096

// How the room is used. Half of it may be read ahead before nothing more is fetched. Topics of which nothing waits are fetched all the same, for
// without them no record is known to be the next; then five rounds may follow one another that bring one topic each.
//
//	1/2  read ahead
//	1/6  brought by a round on top of that
//	1/6  by rounds for topics of which nothing waits, a sixth of a round each
//	1/6  the answer to a round, before it is decompressed
const (
	aheadPart = 2
	roundPart = 6
)

// newInputs reads from the given offsets on, up to ends if those are given, until ctx ends. close is to follow.
func newInputs(ctx context.Context, client *stream.Client, topics []stream.TopicPartition, from [events.NumTopics]int64, ends *[events.NumTopics]int64, decode func(*entry), room func() int) *inputs {
	in := &inputs{decode: decode, room: room, bounded: ends != nil, requests: make(chan request, 1), answers: make(chan answer, 1)}
	positions := make([]stream.Position, len(topics))
	for i, tp := range topics {
		positions[i] = stream.Position{TopicPartition: tp, Offset: from[i]}
		in.queues[i].next = from[i]
		if ends != nil {
			in.queues[i].end = max(ends[i], from[i])
			in.queues[i].reached = from[i] >= ends[i]
		}
	}
	fetcher := client.NewFetcher(stream.FetchOptions{Positions: positions, Marks: true})
	go func() {
		defer close(in.answers)
		for r := range in.requests {
			fetcher.SetMaxWait(r.wait)
			fetcher.SetMaxBytes(r.bytes/len(r.want), r.bytes)
			var a answer
			a.err = panics.Survive(func() (err error) {
				a.chunks, err = fetcher.Fetch(ctx, r.want)
				return err
			})
			in.answers <- a
		}
	}()
	return in
}

// close ends the fetch under way, whose context must have ended, and waits for it.
func (in *inputs) close() {
	close(in.requests)
	for range in.answers {
	}
}

// idleWait is how long a fetch waits for new records where there are none.
const idleWait = 500 * time.Millisecond

// fetch asks for more where there is little left, unless a fetch is under way or has failed.
func (in *inputs) fetch() {
	if in.busy || in.failed != nil {
		return
	}
	want, any, all := make([]bool, len(in.queues)), false, true
	room := in.room()
	much := in.bytes() >= room/aheadPart
	for i := range in.queues {
		q := &in.queues[i]
		want[i] = (len(q.records) == 0 || len(q.records) < lowWater && !much) && !(in.bounded && q.reached)
		any = any || want[i]
		all = all && len(q.records) == 0
	}
	if !any {
		return
	}
	r := request{want: want, bytes: room / roundPart}
	if much {
		r.bytes /= len(in.queues)
	}
	if all {
		r.wait = idleWait
	} else {
		r.wait = 5 * time.Millisecond // There is work meanwhile, and it may soon need more of another topic.
	}
	in.busy = true
	in.requests <- r
}

// bytes is about how much memory takes what was read and not applied.
func (in *inputs) bytes() (bytes int) {
	for i := range in.queues {
		bytes += in.queues[i].bytes
	}
	return bytes
}

// receive takes in what a fetch found.
func (in *inputs) receive(a answer) {
	in.busy, in.failed = false, outOfRange(a.err)
	for _, c := range a.chunks {
		in.queues[c.Source].add(c, in.bounded)
	}
}

// first is the record whose turn it is. Without one, idle tells whether all that there is has been applied; else more must be fetched.
func (in *inputs) first() (r *entry, idle bool) {
	idle = true
	best := -1
	for i := range in.queues {
		q := &in.queues[i]
		if len(q.records) == 0 {
			idle = idle && q.reached
			continue
		}
		if !q.headRead {
			in.readHead(events.Topic(i), q)
		}
		if q.head.Err != nil {
			return &q.head, false
		}
		if best < 0 || q.head.Event.OccurredAt < in.queues[best].head.Event.OccurredAt {
			best = i
		}
	}
	if !idle || best < 0 {
		return nil, idle
	}
	return &in.queues[best].head, false
}

func (in *inputs) readHead(topic events.Topic, q *queue) {
	r := &q.records[0]
	h := &q.head
	h.Topic, h.Offset, h.Timestamp, h.Key, h.Value, h.Headers, h.batch = topic, r.Offset, r.Timestamp, r.Key, r.Value, nil, r.Batch
	for _, header := range r.Headers {
		h.Headers = append(h.Headers, state.Header(header))
	}
	in.decode(h)
	q.headRead = true
}

// done takes away a record that first has given.
func (in *inputs) done(r *entry) {
	q := &in.queues[r.Topic]
	q.bytes -= bytesOf(&q.records[0])
	q.records[0] = stream.Record{} // Its bytes need not be kept for those behind it.
	q.records = q.records[1:]
	q.headRead = false
}

// offsets is where to go on after what has been taken away.
func (in *inputs) offsets() (offsets [events.NumTopics]int64) {
	for i := range in.queues {
		q := &in.queues[i]
		offsets[i] = q.next
		if in.bounded {
			offsets[i] = min(q.next, q.end)
		}
		if len(q.records) > 0 {
			offsets[i] = q.records[0].Offset
		}
	}
	return offsets
}

// lag is how many records of a topic are known to wait.
func (in *inputs) lag(topic events.Topic) int64 {
	q := &in.queues[topic]
	return int64(len(q.records)) + q.behind
}

// blocked is whether anything waits behind a producer's open transaction.
func (in *inputs) blocked() bool {
	for i := range in.queues {
		if in.queues[i].blocked > 0 {
			return true
		}
	}
	return false
}

// finished is whether, bounded, all has been taken away.
func (in *inputs) finished() bool {
	for i := range in.queues {
		if q := &in.queues[i]; len(q.records) > 0 || !q.reached {
			return false
		}
	}
	return in.bounded
}
