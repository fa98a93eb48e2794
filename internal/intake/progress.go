package intake

import (
	"context"
	"fmt"

	"sellerpulse/internal/mapping"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
)

// Progress is how far the group of an application's intake is with a partition of a source, whichever process carries it over.
type Progress struct {
	stream.TopicPartition
	Committed  int64 // offset of the next record, as of the last commit; below 0 before the first
	First, End int64 // of what can be read now
	Anew       bool  // the topic was made anew since: it is going to be read from its first record
	latest     bool
}

// Lag is how many offsets are to be carried over: as many records, but for those that were compacted away or taken back.
func (p *Progress) Lag() int64 {
	switch {
	case p.Committed < 0 && p.latest:
		return 0
	case p.Anew:
		return p.End - p.First
	}
	return max(0, p.End-max(p.Committed, p.First))
}

// Look asks the brokers how far an application's intake by a mapping is, by topic and partition. No process of it need run.
func Look(ctx context.Context, client *stream.Client, appID string, m *mapping.Mapping, topics task.Topics) ([]Progress, error) {
	in := &Intake{options: Options{Client: client, Mapping: m, Topics: topics}}
	found, err := in.find(ctx, true)
	if err != nil {
		return nil, err
	}
	var logs []stream.TopicPartition
	for _, name := range found.names() {
		for p := range found.topics[name].Partitions {
			logs = append(logs, stream.TopicPartition{Topic: name, Partition: p})
		}
	}
	committed, err := client.Offsets(ctx, Group(appID, m.Name), logs)
	if err != nil {
		return nil, fmt.Errorf("read the offsets of the intake: %w", err)
	}
	ends, err := client.Ends(ctx, logs)
	if err != nil {
		return nil, fmt.Errorf("find the ends of the source topics: %w", err)
	}
	all := make([]Progress, len(logs))
	for i, tp := range logs {
		at, id := committed[tp], found.topics[tp.Topic].ID
		all[i] = Progress{
			TopicPartition: tp, Committed: at.Offset, First: ends[tp].First, End: ends[tp].LastStable, Anew: another(at, id), latest: m.Of(tp.Topic).Latest,
		}
	}
	return all, nil
}

// another is whether offsets were committed of a topic of the same name that was another one.
func another(committed stream.Committed, id string) bool {
	return committed.Offset >= 0 && committed.Metadata != "" && id != "" && committed.Metadata != id
}
