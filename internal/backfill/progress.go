package backfill

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"sellerpulse/internal/stream"
)

// Reading is how far something is in the inputs.
type Reading struct {
	Read   int64 `json:"read"`   // offsets, since it was begun
	Behind int64 `json:"behind"` // offsets that are still to be read
}

func (r *Reading) add(other Reading) {
	r.Read += other.Read
	r.Behind += other.Behind
}

// Done is what part of all is read, from 0 to 1.
func (r Reading) Done() float64 {
	if r.Behind == 0 {
		return 1
	}
	return float64(r.Read) / float64(r.Read+r.Behind)
}

// PartitionProgress is how far a candidate is in a partition of all inputs.
type PartitionProgress struct {
	Partition int32 `json:"partition"`
	Reading
	LiveBehind int64 `json:"live_behind"` // of the live state
}

// Progress is how far a candidate is, as far as it has committed.
type Progress struct {
	At         time.Time           `json:"at"`
	Partitions []PartitionProgress `json:"partitions"`
	Reading
	LiveBehind int64 `json:"live_behind"`

	ranges map[stream.TopicPartition]stream.Range // of the inputs
}

// Look looks how far a candidate is, by what Kafka has. Of the live state it says nothing.
func Look(ctx context.Context, client *stream.Client, c *Candidate, d *Description) (*Progress, error) {
	begins := d.Begins()
	logs := slices.Collect(maps.Keys(begins))
	ranges, err := client.Ends(ctx, logs)
	if err != nil {
		return nil, err
	}
	offsets, err := client.EndedOffsets(ctx, c.AppID, logs)
	if err != nil {
		return nil, err
	}
	p := &Progress{At: time.Now().UTC(), Partitions: make([]PartitionProgress, d.Partitions()), ranges: ranges}
	for i := range p.Partitions {
		p.Partitions[i].Partition = int32(i)
	}
	for _, log := range logs {
		next := max(offsets[log].Offset, begins[log])
		r := Reading{Read: next - begins[log], Behind: max(0, ranges[log].LastStable-next)}
		p.Partitions[log.Partition].add(r)
		p.add(r)
	}
	return p, nil
}

// lookAtLive looks how far the live state is in the same inputs.
func (p *Progress) lookAtLive(ctx context.Context, client *stream.Client, group string) error {
	offsets, err := client.EndedOffsets(ctx, group, slices.Collect(maps.Keys(p.ranges)))
	if err != nil {
		return err
	}
	for log, holds := range p.ranges {
		behind := max(0, holds.LastStable-max(offsets[log].Offset, holds.First))
		p.Partitions[log.Partition].LiveBehind += behind
		p.LiveBehind += behind
	}
	return nil
}

// Rate is how many offsets a second were read since an earlier look.
func (p *Progress) Rate(since *Progress) float64 {
	seconds := p.At.Sub(since.At).Seconds()
	if seconds <= 0 {
		return 0
	}
	return float64(p.Read-since.Read) / seconds
}

// Left is for how long there is something to read at a rate, if it ends at all.
func (p *Progress) Left(rate float64) (left time.Duration, ends bool) {
	if rate <= 0 {
		return 0, p.Behind == 0
	}
	const longest = 365 * 24 * time.Hour
	return time.Duration(min(float64(p.Behind)/rate, longest.Seconds()) * float64(time.Second)), true
}

// CaughtUp is whether no more is left than is read in a moment.
func (p *Progress) CaughtUp(rate float64) bool {
	const moment = 300 * time.Millisecond // Whoever keeps up is behind by what comes between two commits.
	left, ends := p.Left(rate)
	return p.Behind == 0 || ends && left < moment
}

// Count is a number of records, or as many as were counted in the time that there was.
type Count struct {
	Records int64 `json:"records"`
	AtLeast bool  `json:"at_least,omitempty"` // There may be more.
}

// count counts the records of a topic, of all partitions, for no longer than a time: nothing but the records themselves tells how many there are.
func count(ctx context.Context, client *stream.Client, topic string, partitions int32, most time.Duration) (n Count, err error) {
	var logs []stream.TopicPartition
	for p := range partitions {
		logs = append(logs, stream.TopicPartition{Topic: topic, Partition: p})
	}
	ranges, err := client.Ends(ctx, logs)
	if err != nil {
		return n, fmt.Errorf("count the records of %q: %w", topic, err)
	}
	positions, want, left := make([]stream.Position, len(logs)), make([]bool, len(logs)), 0
	for i, log := range logs {
		positions[i] = stream.Position{TopicPartition: log, Offset: ranges[log].First}
		if want[i] = ranges[log].First < ranges[log].LastStable; want[i] {
			left++
		}
	}
	fetcher, begun := client.NewFetcher(stream.FetchOptions{Positions: positions, Marks: true}), time.Now()
	for left > 0 {
		if time.Since(begun) > most {
			n.AtLeast = true
			return n, nil
		}
		chunks, err := fetcher.Fetch(ctx, want)
		if err != nil {
			return n, fmt.Errorf("count the records of %q: %w", topic, err)
		}
		for i := range chunks {
			c := &chunks[i]
			n.Records += int64(len(c.Records))
			if want[c.Source] && c.Next >= ranges[logs[c.Source]].LastStable {
				want[c.Source] = false
				left--
			}
		}
	}
	return n, nil
}
