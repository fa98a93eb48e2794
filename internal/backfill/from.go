package backfill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/pkg/windows"
)

// From is where a candidate begins to read. The zero value is with the first records that the inputs hold.
type From struct {
	Text      string            // as it was asked for
	Time      time.Time         // with the first record that arrived then or later; zero for none
	Positions []stream.Position // with these, the other partitions with their first records
}

// origin is where the inputs begin, by input and partition.
type origin struct {
	inputs  []string
	logs    []stream.TopicPartition // by partition, then by input
	ranges  map[stream.TopicPartition]stream.Range
	offsets map[stream.TopicPartition]int64
}

// resolve finds the offsets that are meant.
func (f *From) resolve(ctx context.Context, client *stream.Client, topics task.Topics, partitions int32) (*origin, error) {
	o := &origin{inputs: topics.Inputs[:], offsets: map[stream.TopicPartition]int64{}}
	for p := range partitions {
		o.logs = append(o.logs, topics.InputPartitions(p)...)
	}
	var err error
	if o.ranges, err = client.Ends(ctx, o.logs); err != nil {
		return nil, err
	}
	for _, log := range o.logs {
		o.offsets[log] = o.ranges[log].First
	}
	if !f.Time.IsZero() {
		o.offsets, err = client.OffsetsAt(ctx, o.logs, f.Time.UnixMilli())
	}
	for _, p := range f.Positions {
		holds, ok := o.ranges[p.TopicPartition]
		switch {
		case !ok:
			return nil, fmt.Errorf("--from %v@%d: there is no such partition of an input: the inputs are %q, with the partitions 0 to %d", p.TopicPartition, p.Offset, o.inputs, partitions-1)
		case p.Offset < holds.First || p.Offset > holds.LastStable:
			return nil, fmt.Errorf("--from %v@%d: the input begins at offset %d and ends at %d: name one from there to there", p.TopicPartition, p.Offset, holds.First, holds.LastStable)
		}
		o.offsets[p.TopicPartition] = p.Offset
	}
	return o, err
}

// table is the offsets by input and partition.
func (o *origin) table() [][]int64 {
	table := make([][]int64, len(o.inputs))
	for i, log := range o.logs {
		table[i%len(o.inputs)] = append(table[i%len(o.inputs)], o.offsets[log])
	}
	return table
}

// wholeSince is when the latest of the first records arrived, of those partitions that begin with another than offset 0; nil if all begin with it.
func (o *origin) wholeSince(ctx context.Context, client *stream.Client, now time.Time) (*time.Time, error) {
	var cut []stream.Position
	since := events.None
	for _, log := range o.logs {
		switch at := o.offsets[log]; {
		case at >= o.ranges[log].LastStable && at > 0:
			since = now.UnixMilli() // Nothing is left of what there was.
		case at > 0:
			cut = append(cut, stream.Position{TopicPartition: log, Offset: at})
		}
	}
	arrived, err := client.Arrived(ctx, cut)
	if since = max(since, arrived); err != nil || since == events.None {
		return nil, err
	}
	at := time.UnixMilli(since).UTC()
	return &at, nil
}

// PartialRule is a rule whose window has orders, still, of which not all events are there.
type PartialRule struct {
	Rule  string
	Until windows.Date // the first day on which its window is whole
}

// Partial tells of which rules the windows are not whole on a day.
func (d *Description) Partial(set *rules.Set, now time.Time) (partial []PartialRule, err error) {
	if d.WholeSince == nil {
		return nil, nil
	}
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		return nil, errors.Join(errors.New("read description of the candidate"), err)
	}
	calendar := windows.NewCalendar(zone)
	first, today := calendar.Date(d.WholeSince.UnixMilli())+1, calendar.Today(now.UnixMilli())
	for _, r := range set.Versions() {
		if from, _ := r.Window().Range(today); from < first {
			partial = append(partial, PartialRule{r.Name, today + (first - from)})
		}
	}
	return partial, nil
}
