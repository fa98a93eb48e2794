package export

import (
	"container/heap"
	"context"
	"fmt"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// How much is fetched of a log at a time: its share of room, within bounds. A batch that is larger comes whole.
const (
	room       = 64 << 20
	leastFetch = 64 << 10
	mostFetch  = 1 << 20
)

// merge merges the logs: of those events that are next in theirs the one with the smallest occurred_at, equal ones in the topics' order.
type merge struct {
	logs    []*log
	fetcher *stream.Fetcher
	heads   heads  // of the logs whose next event is known
	waiting []*log // whose is not
	last    *log   // whose event was handed out
	first   int64  // records before those that there are, of all logs
	all     int64
	read    func(records, all int64)
}

func newMerge(ctx context.Context, o Options) (*merge, error) {
	m, w := &merge{read: o.Read}, wantedBy(&o)
	var logs []stream.TopicPartition
	for _, p := range o.partitions() {
		admission := engine.NewAdmission(admissionOptions(&o, p))
		for topic, tp := range o.Topics.InputPartitions(p) {
			logs = append(logs, tp)
			m.logs = append(m.logs, &log{source: len(m.logs), TopicPartition: tp, topic: events.Topic(topic), admission: admission, wanted: &w, refused: o.Refused})
		}
	}
	ranges, err := o.Client.Ends(ctx, logs)
	if err != nil {
		return nil, err
	}
	positions := make([]stream.Position, len(logs))
	for i, l := range m.logs {
		l.next, l.end = ranges[l.TopicPartition].First, ranges[l.TopicPartition].LastStable
		positions[i] = stream.Position{TopicPartition: l.TopicPartition, Offset: l.next}
		m.first, m.all = m.first+l.next, m.all+l.end-l.next
	}
	m.waiting = append(m.waiting, m.logs...)
	m.fetcher = o.Client.NewFetcher(stream.FetchOptions{Positions: positions, Marks: true, MaxBytes: int32(min(max(room/max(len(logs), 1), leastFetch), mostFetch))})
	return m, nil
}

func admissionOptions(o *Options, partition int32) engine.Options {
	options := engine.Options{Partition: partition, Schema: o.Schema}
	if !o.TrustPartition {
		options.Partitioner = func(key []byte) int32 { return stream.PartitionFor(key, o.Partitions) }
	}
	return options
}

// next is the next event; nil at the end.
func (m *merge) next(ctx context.Context) (*events.Event, error) {
	if m.last != nil {
		m.pass()
	}
	for {
		if err := m.settle(); err != nil {
			return nil, err
		}
		if len(m.waiting) == 0 {
			break
		}
		if err := m.fetch(ctx); err != nil {
			return nil, err
		}
	}
	if len(m.heads) == 0 {
		return nil, nil
	}
	m.last = m.heads[0]
	return &m.last.head.Event, nil
}

// pass goes on behind the event that was handed out last, which is the first of the heads.
func (m *merge) pass() {
	if m.last.advance() {
		heap.Fix(&m.heads, 0)
	} else {
		heap.Pop(&m.heads)
		m.waiting = append(m.waiting, m.last)
	}
	m.last = nil
}

// settle finds the next events of the logs that wait, as far as they were fetched. Its error is an outage of the schema registry.
func (m *merge) settle() error {
	still := m.waiting[:0]
	for _, l := range m.waiting {
		switch {
		case l.advance():
			heap.Push(&m.heads, l)
		case l.outage != nil:
			return fmt.Errorf("read %v: %w", l.TopicPartition, l.outage)
		case !l.ended():
			still = append(still, l)
		}
	}
	m.waiting = still
	return nil
}

// fetch asks for more of the logs that wait.
func (m *merge) fetch(ctx context.Context) error {
	want := make([]bool, len(m.logs))
	for _, l := range m.waiting {
		want[l.source] = true
	}
	chunks, err := m.fetcher.Fetch(ctx, want)
	if err != nil {
		return err
	}
	for i := range chunks {
		m.logs[chunks[i].Source].add(&chunks[i])
	}
	m.tell()
	return nil
}

func (m *merge) tell() {
	if m.read == nil {
		return
	}
	at := int64(0)
	for _, l := range m.logs {
		at += min(l.next, l.end)
	}
	m.read(at-m.first, m.all)
}

// heads are logs by what is next of them, a heap.
type heads []*log

func (h heads) Len() int { return len(h) }

func (h heads) Less(i, j int) bool {
	a, b := &h[i].head, &h[j].head
	if a.Event.OccurredAt != b.Event.OccurredAt {
		return a.Event.OccurredAt < b.Event.OccurredAt
	}
	if a.Topic != b.Topic {
		return a.Topic < b.Topic
	}
	return h[i].Partition < h[j].Partition
}

func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(l any)   { *h = append(*h, l.(*log)) }

func (h *heads) Pop() any {
	last := len(*h) - 1
	l := (*h)[last]
	*h = (*h)[:last]
	return l
}
