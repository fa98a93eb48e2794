package stream

import (
	"context"
	"errors"
	"fmt"
)

// ErrGone says that a log does not have a record any more, or never had it: retention or compaction took it, or a transaction was aborted.
var ErrGone = errors.New("the record is not there any more")

// RecordAt reads one record, or says that it is gone ([ErrGone]). It reads the batch that the record is in, which is small work, however large the log is.
func (c *Client) RecordAt(ctx context.Context, at Position) (*Record, error) {
	ends, err := c.Ends(ctx, []TopicPartition{at.TopicPartition})
	if err != nil {
		return nil, err
	}
	if holds := ends[at.TopicPartition]; at.Offset < holds.First || at.Offset >= holds.LastStable {
		return nil, goneAt(at) // A fetch would wait for what is behind the end.
	}
	const little = 64 << 10 // A batch that is larger still comes through.
	fetcher := c.NewFetcher(FetchOptions{Positions: []Position{at}, MaxBytes: little, Unpacked: little})
	for ctx.Err() == nil {
		chunks, err := fetcher.Fetch(ctx, nil)
		if errors.As(err, new(*OffsetError)) {
			return nil, goneAt(at)
		}
		if err != nil {
			return nil, err
		}
		for _, chunk := range chunks {
			switch {
			case len(chunk.Records) > 0 && chunk.Records[0].Offset == at.Offset:
				return &chunk.Records[0], nil
			case len(chunk.Records) > 0, chunk.Next > at.Offset:
				return nil, goneAt(at)
			}
		}
	}
	return nil, context.Cause(ctx)
}

func goneAt(at Position) error {
	return fmt.Errorf("read %v, offset %d: %w", at.TopicPartition, at.Offset, ErrGone)
}
