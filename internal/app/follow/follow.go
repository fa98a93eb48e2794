package follow

import (
	"context"
	"fmt"

	"sellerpulse/internal/stream"
)

// Log reads partitions of a topic.
type Log struct {
	client  *stream.Client
	logs    []stream.TopicPartition
	bytes   int // that what is read at a time may take
	fetcher *stream.Fetcher
	whole   bool // no partition had lost any of its first records when it was opened
	next    []int64
	ends    []int64 // nil: without end
}

// begins says where to begin to read a partition.
type begins func(stream.Range) int64

func fromStart(r stream.Range) int64 { return r.First }
func fromEnd(r stream.Range) int64   { return r.LastStable }

// partitionsOf lists the partitions of a topic.
func partitionsOf(ctx context.Context, client *stream.Client, topic string) ([]stream.TopicPartition, error) {
	found, err := client.Topics(ctx, []string{topic})
	if err != nil {
		return nil, err
	}
	description, ok := found[topic]
	if !ok {
		return nil, fmt.Errorf("topic %q does not exist: create it with `processor topics`", topic)
	}
	logs := make([]stream.TopicPartition, description.Partitions)
	for p := range logs {
		logs[p] = stream.TopicPartition{Topic: topic, Partition: int32(p)}
	}
	return logs, nil
}

// Open prepares to read partitions from their start to the ends that they have now. What is read at a time takes about so many bytes.
func Open(ctx context.Context, client *stream.Client, logs []stream.TopicPartition, bytes int) (*Log, error) {
	l := &Log{client: client, logs: logs, bytes: bytes}
	return l, l.open(ctx, fromStart, true)
}

// open prepares to read the logs, up to the ends that they have now if bounded.
func open(ctx context.Context, client *stream.Client, logs []stream.TopicPartition, begin begins, bounded bool) (*Log, error) {
	l := &Log{client: client, logs: logs, bytes: stream.DefaultUnpacked}
	return l, l.open(ctx, begin, bounded)
}

func (l *Log) open(ctx context.Context, begin begins, bounded bool) error {
	ranges, err := l.client.Ends(ctx, l.logs)
	if err != nil {
		return err
	}
	l.whole = true
	for _, tp := range l.logs {
		l.whole = l.whole && ranges[tp].First == 0
		l.next = append(l.next, begin(ranges[tp]))
		if bounded {
			l.ends = append(l.ends, ranges[tp].LastStable)
		}
	}
	l.fetch()
	return nil
}

// fetch begins to fetch what is to be handed out next.
func (l *Log) fetch() {
	positions := make([]stream.Position, len(l.logs))
	for i, tp := range l.logs {
		positions[i] = stream.Position{TopicPartition: tp, Offset: l.next[i]}
	}
	const least, most, inflates = 64 << 10, 1 << 20, 4 // what is fetched of one partition, and how much larger it may be unpacked
	each := min(max(l.bytes/inflates/len(l.logs), least), most)
	l.fetcher = l.client.NewFetcher(stream.FetchOptions{Positions: positions, MaxBytes: int32(each), Unpacked: l.bytes})
}

// Extend moves the ends to those that the partitions have now: the next Read goes on to them.
func (l *Log) Extend(ctx context.Context) error {
	ranges, err := l.client.Ends(ctx, l.logs)
	if err != nil {
		return err
	}
	for i, tp := range l.logs {
		l.ends[i] = max(l.ends[i], ranges[tp].LastStable)
	}
	l.fetch()
	return nil
}

// Whole is whether the partitions had all records that they ever got, when they were opened.
func (l *Log) Whole() bool { return l.whole }

// Left is how many offsets there are up to the ends.
func (l *Log) Left() (n int64) {
	for i := range l.logs {
		n += max(0, l.ends[i]-l.next[i])
	}
	return n
}

// Read hands out record after record until the ends, or else until ctx ends.
func (l *Log) Read(ctx context.Context, each func(stream.TopicPartition, *stream.Record) error) error {
	want := make([]bool, len(l.logs))
	for l.wanted(want) {
		chunks, err := l.fetcher.Fetch(ctx, want)
		if err != nil {
			return err
		}
		for _, chunk := range chunks {
			if err := l.take(&chunk, each); err != nil {
				return err
			}
		}
	}
	return nil
}

// wanted marks the logs of which something is still to be read.
func (l *Log) wanted(want []bool) (any bool) {
	for i := range want {
		want[i] = l.ends == nil || l.next[i] < l.ends[i]
		any = any || want[i]
	}
	return any
}

// take hands out a chunk, up to the end.
func (l *Log) take(chunk *stream.Chunk, each func(stream.TopicPartition, *stream.Record) error) error {
	i := chunk.Source
	l.next[i] = chunk.Next
	if l.ends != nil {
		l.next[i] = min(l.next[i], l.ends[i])
	}
	for r := range chunk.Records {
		record := &chunk.Records[r]
		if l.ends != nil && record.Offset >= l.ends[i] {
			break
		}
		if err := each(l.logs[i], record); err != nil {
			return err
		}
	}
	return nil
}
