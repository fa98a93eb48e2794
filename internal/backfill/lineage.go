package backfill

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
)

// marks are what a group keeps with its offsets in each partition of the candidate's inputs.
func marks(ctx context.Context, client *stream.Client, c *Candidate, group, own string) (all []task.Mark, err error) {
	inputs, err := client.Identify(ctx, c.Topics.Inputs[:])
	if err != nil {
		return nil, err
	}
	for p := range inputs[c.Topics.Inputs[0]].Partitions {
		committed, err := client.Offsets(ctx, group, c.Topics.InputPartitions(p))
		if err != nil {
			return nil, err
		}
		mark, err := task.MarkOf(committed, own)
		if err != nil {
			return nil, fmt.Errorf("group %q: %w", group, err)
		}
		all = append(all, mark)
	}
	return all, nil
}

// inForce are the changelogs that hold the live state, by what the live group's offsets say.
func inForce(ctx context.Context, client *stream.Client, c *Candidate) (map[string]bool, error) {
	live, err := marks(ctx, client, c, c.Live, c.LiveTopics.Changelog)
	if err != nil {
		return nil, err
	}
	changelogs := map[string]bool{}
	for _, mark := range live {
		changelogs[mark.Changelog] = true
	}
	return changelogs, nil
}

// LiveChangelog is the changelog that holds the live state.
func (c *Candidate) LiveChangelog(ctx context.Context, client *stream.Client) (string, error) {
	changelogs, err := inForce(ctx, client, c)
	if err != nil {
		return "", err
	}
	names := slices.Sorted(maps.Keys(changelogs))
	if len(names) != 1 {
		return "", fmt.Errorf("partitions of %q have their states in %s: wait until the cut-over that is under way has ended", c.Live, strings.Join(names, " and "))
	}
	return names[0], nil
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
