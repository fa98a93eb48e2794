package backfill

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
)

// committed is what a group has committed of the inputs that there are, by partition.
func committed(ctx context.Context, client *stream.Client, group string, topics *task.Topics) ([]map[stream.TopicPartition]stream.Committed, error) {
	inputs, err := client.Identify(ctx, topics.Inputs[:])
	if err != nil {
		return nil, err
	}
	var logs []stream.TopicPartition
	var all []map[stream.TopicPartition]stream.Committed
	for _, topic := range topics.Inputs {
		for p := range inputs[topic].Partitions {
			logs = append(logs, stream.TopicPartition{Topic: topic, Partition: p})
			if int(p) == len(all) {
				all = append(all, map[stream.TopicPartition]stream.Committed{})
			}
		}
	}
	offsets, err := client.EndedOffsets(ctx, group, logs)
	for log, c := range offsets {
		if c.Offset >= 0 {
			all[log.Partition][log] = c
		}
	}
	return all, err
}

// marks are what a group keeps with its offsets of the candidate's inputs, by partition.
func marks(ctx context.Context, client *stream.Client, c *Candidate, group, own string) ([]task.Mark, error) {
	return task.MarksOfAll(ctx, client, group, &c.Topics, own)
}

// inForce are the changelogs that hold the live state, by what the live group's offsets say of its inputs, and of the candidate's if they are others.
func inForce(ctx context.Context, client *stream.Client, c *Candidate) (map[string]bool, error) {
	live, read := map[string]bool{}, []*task.Topics{&c.LiveTopics}
	if c.Topics.Inputs != c.LiveTopics.Inputs {
		read = append(read, &c.Topics)
	}
	for _, topics := range read {
		all, err := task.MarksOfAll(ctx, client, c.Live, topics, c.LiveTopics.Changelog)
		if err != nil {
			return nil, err
		}
		for _, mark := range all {
			live[mark.Changelog] = true
		}
	}
	return live, nil
}

// LostError says that the live changelog is lost, so that there is no state to look at.
type LostError struct{ Changelog, Name string }

// Error names the changelog and what compares all the same.
func (e *LostError) Error() string {
	return fmt.Sprintf("the live changelog %q is lost, so that there is no state to compare with; `processor backfill cut-over %s --dry-run` compares with the alerts and reports that were published", e.Changelog, e.Name)
}

// LiveChangelog is the changelog that holds the live state. One that does not exist, or has an empty partition of which the live group has read, is lost.
func (c *Candidate) LiveChangelog(ctx context.Context, client *stream.Client) (string, error) {
	changelogs, err := inForce(ctx, client, c)
	if err != nil {
		return "", err
	}
	names := slices.Sorted(maps.Keys(changelogs))
	if len(names) != 1 {
		return "", fmt.Errorf("partitions of %q have their states in %s: wait until the cut-over that is under way has ended", c.Live, strings.Join(names, " and "))
	}
	return names[0], c.checkLost(ctx, client, names[0])
}

func (c *Candidate) checkLost(ctx context.Context, client *stream.Client, changelog string) error {
	found, err := client.Identify(ctx, []string{changelog})
	if err != nil {
		return err
	}
	is, exists := found[changelog]
	if !exists {
		return &LostError{changelog, c.Name}
	}
	var logs []stream.TopicPartition
	for p := range is.Partitions {
		logs = append(logs, stream.TopicPartition{Topic: changelog, Partition: p})
	}
	ends, err := client.Ends(ctx, logs)
	if err != nil {
		return err
	}
	for _, log := range logs {
		if ends[log].LastStable > ends[log].First {
			continue
		}
		if has, err := begun(ctx, client, c, log.Partition); err != nil || has {
			return cmp.Or(err, error(&LostError{changelog, c.Name}))
		}
	}
	return nil
}

// WasCutOver is whether the candidate's state has become the live one, in all partitions, by what its group's offsets say.
func (c *Candidate) WasCutOver(ctx context.Context, client *stream.Client) (bool, error) {
	own, err := marks(ctx, client, c, c.AppID, c.Topics.Changelog)
	if err != nil {
		return false, err
	}
	for _, mark := range own {
		if mark.CutOver == "" {
			return false, nil
		}
	}
	return len(own) > 0, nil
}
