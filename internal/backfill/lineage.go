package backfill

import (
	"context"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
)

// marks are what a group keeps with its offsets in each partition of the candidate's inputs.
func marks(ctx context.Context, client *stream.Client, c *Candidate, group, own string) ([]task.Mark, error) {
	return task.MarksOfAll(ctx, client, group, &c.Topics, own)
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
