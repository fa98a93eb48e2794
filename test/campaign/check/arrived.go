package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/test/campaign/market"
)

// refusal is a record of the stranger's topic that no mapping makes an event of.
type refusal struct {
	source
	reason   string
	compared bool
}

// Arrived finds where records lie that an intake has carried over, which has committed all of them: each once, and those of one partition of the stranger's in
// their order. It gives the records that there are in the inputs, in the order of their logs; those that were refused must be among the dead letters.
func (c *Checker) Arrived(ctx context.Context, records []market.Record) ([]market.Record, error) {
	looked := arrival{checker: c, sought: map[string]*market.Record{}, last: map[[3]int]int64{}, from: map[string]map[int32]kgo.Offset{}}
	arrived := make([]market.Record, 0, len(records))
	for _, r := range records {
		if s := r.Strange; s != nil && s.Refused != "" {
			c.refused[fmt.Sprintf("%s %d %d", c.options.App.Stranger(), s.Partition, s.Offset)] = &refusal{source: source{s.Key, s.Value}, reason: s.Refused}
			continue
		}
		arrived = append(arrived, r)
	}
	for i := range arrived {
		if arrived[i].Strange != nil {
			looked.seek(&arrived[i])
		}
	}
	if err := looked.find(ctx); err != nil {
		return nil, err
	}
	arrived = slices.DeleteFunc(arrived, func(r market.Record) bool { return r.Offset == nowhere })
	slices.SortStableFunc(arrived, func(a, b market.Record) int {
		return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Offset, b.Offset))
	})
	return arrived, nil
}

// nowhere is the offset of a record that did not arrive.
const nowhere = -1

// arrival is records that are looked for.
type arrival struct {
	checker *Checker
	sought  map[string]*market.Record       // by log and value, each of which is there once
	last    map[[3]int]int64                // of the stranger's partition, by that and the log it went to: the offset of what was found last
	from    map[string]map[int32]kgo.Offset // where to look on
}

func (a *arrival) seek(r *market.Record) {
	c := a.checker
	r.Offset = nowhere
	name := c.options.App.Input(r.Topic)
	a.sought[sought(name, int32(r.Partition), r.Value)] = r
	if a.from[name] == nil {
		a.from[name] = map[int32]kgo.Offset{}
	}
	a.from[name][int32(r.Partition)] = kgo.NewOffset().At(c.arrivedAt[c.index(r.Topic, r.Partition)])
}

func sought(topic string, partition int32, value []byte) string {
	return fmt.Sprintf("%s %d %s", topic, partition, value)
}

// find reads on until all are found. What is there twice is found to be other than was sent when the inputs are compared.
func (a *arrival) find(ctx context.Context) error {
	if len(a.sought) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	c := a.checker
	ends, err := c.settled(ctx, slices.Collect(maps.Keys(a.from)))
	if err != nil {
		return err
	}
	from := map[string]map[int32]kgo.Offset{} // The client keeps it, and what it has read is noted in the other.
	for topic, partitions := range a.from {
		from[topic] = maps.Clone(partitions)
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(c.options.Addresses...), kgo.ConsumePartitions(from),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	if err != nil {
		return fmt.Errorf("make reader: %w", err)
	}
	defer reader.Close()
	for len(a.sought) > 0 && a.behind(ends) {
		fetches := reader.PollFetches(ctx)
		if err := errors.Join(ctx.Err(), fetches.Err()); err != nil {
			return fmt.Errorf("look for what was carried over: %w", err)
		}
		fetches.EachRecord(a.take)
	}
	c.result.Lost += len(a.sought)
	for _, r := range a.sought {
		c.problem("record at offset %d of partition %d of %s was not carried over to partition %d of %v", r.Strange.Offset, r.Strange.Partition, c.options.App.Stranger(), r.Partition, r.Topic)
	}
	return nil
}

// behind is whether any log is not read to its end.
func (a *arrival) behind(ends kadm.ListedOffsets) bool {
	for topic, partitions := range a.from {
		for partition, from := range partitions {
			if end, _ := ends.Lookup(topic, partition); from.EpochOffset().Offset < end.Offset {
				return true
			}
		}
	}
	return false
}

func (a *arrival) take(found *kgo.Record) {
	a.from[found.Topic][found.Partition] = kgo.NewOffset().At(found.Offset + 1)
	if found.Attrs.IsControl() {
		return
	}
	key := sought(found.Topic, found.Partition, found.Value)
	r := a.sought[key]
	if r == nil {
		return // It came as it is, or is not to be there.
	}
	delete(a.sought, key)
	c := a.checker
	r.Offset = found.Offset
	way := [3]int{r.Strange.Partition, int(r.Topic), r.Partition}
	if last, some := a.last[way]; some && r.Strange.Offset < last {
		c.problem("record at offset %d of partition %d of %s was carried over behind the one at %d", r.Strange.Offset, r.Strange.Partition, c.options.App.Stranger(), last)
	}
	a.last[way] = r.Strange.Offset
	c.arrivedAt[c.index(r.Topic, r.Partition)] = found.Offset + 1
}
