package backfill

import (
	"context"
	"fmt"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
)

// committed is what a group has committed of all partitions of inputs.
func committed(ctx context.Context, client *stream.Client, group string, topics *task.Topics) (map[stream.TopicPartition]stream.Committed, error) {
	inputs, err := client.Identify(ctx, topics.Inputs[:])
	if err != nil {
		return nil, err
	}
	var logs []stream.TopicPartition
	for _, topic := range topics.Inputs {
		for p := range inputs[topic].Partitions {
			logs = append(logs, stream.TopicPartition{Topic: topic, Partition: p})
		}
	}
	offsets, err := client.Offsets(ctx, group, logs)
	for log, c := range offsets {
		if c.Offset < 0 {
			delete(offsets, log)
		}
	}
	return offsets, err
}

// inForce are the changelogs that hold the live state: those which the live group's offsets name, and the application's own where they name none.
func inForce(ctx context.Context, client *stream.Client, c *Candidate) (map[string]bool, error) {
	offsets, err := committed(ctx, client, c.Live, &c.LiveTopics)
	if err != nil {
		return nil, err
	}
	live := map[string]bool{}
	for log, at := range offsets {
		mark, err := task.MarkOf(map[stream.TopicPartition]stream.Committed{log: at}, c.LiveTopics.Changelog)
		if err != nil {
			return nil, fmt.Errorf("group %q: %w", c.Live, err)
		}
		live[mark.Changelog] = true
	}
	if len(live) == 0 {
		live[c.LiveTopics.Changelog] = true
	}
	return live, nil
}

// cutOverTo is the application that the candidate's state has become that of; empty if of none.
func cutOverTo(ctx context.Context, client *stream.Client, c *Candidate) (string, error) {
	offsets, err := committed(ctx, client, c.AppID, &c.Topics)
	if err != nil {
		return "", err
	}
	for log, at := range offsets {
		mark, err := task.MarkOf(map[stream.TopicPartition]stream.Committed{log: at}, c.Topics.Changelog)
		if err != nil {
			return "", fmt.Errorf("group %q: %w", c.AppID, err)
		}
		if mark.CutOver != "" {
			return mark.CutOver, nil
		}
	}
	return "", nil
}
