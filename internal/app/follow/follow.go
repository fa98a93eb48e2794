package follow

import (
	"context"
	"fmt"

	"sellerpulse/internal/stream"
)

// log reads all partitions of a topic.
type log struct {
	logs    []stream.TopicPartition
	fetcher *stream.Fetcher
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

// open prepares to read the logs, up to the ends that they have now if bounded.
func open(ctx context.Context, client *stream.Client, logs []stream.TopicPartition, begin begins, bounded bool) (*log, error) {
	ranges, err := client.Ends(ctx, logs)
	if err != nil {
		return nil, err
	}
	l := &log{logs: logs, next: make([]int64, len(logs))}
	positions := make([]stream.Position, len(logs))
	for i, tp := range logs {
		l.next[i] = begin(ranges[tp])
		positions[i] = stream.Position{TopicPartition: tp, Offset: l.next[i]}
		if bounded {
			l.ends = append(l.ends, ranges[tp].LastStable)
		}
	}
	l.fetcher = client.NewFetcher(stream.FetchOptions{Positions: positions})
	return l, nil
}

// read hands out record after record until the ends, or else until ctx ends.
func (l *log) read(ctx context.Context, each func(stream.TopicPartition, *stream.Record) error) error {
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
func (l *log) wanted(want []bool) (any bool) {
	for i := range want {
		want[i] = l.ends == nil || l.next[i] < l.ends[i]
		any = any || want[i]
	}
	return any
}

func (l *log) take(chunk *stream.Chunk, each func(stream.TopicPartition, *stream.Record) error) error {
	i := chunk.Source
	for r := range chunk.Records {
		record := &chunk.Records[r]
		if l.ends != nil && record.Offset >= l.ends[i] {
			break
		}
		if err := each(l.logs[i], record); err != nil {
			return err
		}
	}
	l.next[i] = chunk.Next
	return nil
}
