package backfill

import (
	"context"

	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
)

// Changelog is the name of the changelog that is the state of an application.
func Changelog(_ context.Context, _ *stream.Client, _ string, topics task.Topics) (string, error) {
	return topics.Changelog, nil
}
