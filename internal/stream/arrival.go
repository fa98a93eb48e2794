package stream

import (
	"context"
	"fmt"

	"sellerpulse/pkg/events"
)

// Arrived is when the records arrived, or were sent where a topic keeps that, with which reading begins at some positions: the latest of these instants;
// events.None where no position has a record yet. Each is to be within what its partition holds.
func (c *Client) Arrived(ctx context.Context, at []Position) (latest events.Millis, err error) {
	want := make([]bool, len(at))
	for i := range want {
		want[i] = true
	}
	latest = events.None
	fetcher := c.NewFetcher(FetchOptions{Positions: at, MaxBytes: 1, Marks: true})
	for left := len(at); left > 0; {
		chunks, err := fetcher.Fetch(ctx, want)
		if err != nil {
			return latest, fmt.Errorf("find when the first records arrived: %w", err)
		}
		for i := range chunks {
			c := &chunks[i]
			if len(c.Records) > 0 {
				latest = max(latest, c.Records[0].Timestamp)
			}
			if len(c.Records) > 0 || c.Next >= c.LastStable {
				want[c.Source] = false
				left--
			}
		}
	}
	return latest, nil
}
