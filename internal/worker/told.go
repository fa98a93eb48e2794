package worker

import (
	"context"

	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
)

// Told is what a member of a group tells of itself.
type Told struct {
	Member string // its id in the group
	Facts  []state.Fact
}

// Fact is the value of a fact; empty where it is not told.
func (t *Told) Fact(name string) string {
	for _, f := range t.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Members tells what the members of a group tell of themselves.
func Members(ctx context.Context, client *stream.Client, group string) (all []Told, err error) {
	members, _, err := client.Members(ctx, group)
	if err != nil {
		return nil, err
	}
	for i := range members {
		data := toldBy(&members[i])
		all = append(all, Told{members[i].ID, data.Facts})
	}
	return all, nil
}
