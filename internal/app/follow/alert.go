package follow

import (
	"context"
	"errors"
	"fmt"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
)

// ErrNoAlert says that no alert of an id was published, or that it is not kept any more.
var ErrNoAlert = errors.New("there is no such alert, or none any more: `processor alerts --from-beginning --until-end --output json` lists those that are kept")

// errFound ends the reading of a log.
var errFound = errors.New("found")

// Alert is the alert of an id, and the one before it of the same seller and rule; that is nil for the first one, and where it is not kept any more. It
// reads the partition of the seller's alerts up to the alert, however long that takes: ctx bounds it. The error is [ErrNoAlert] where there is none.
func Alert(ctx context.Context, client *stream.Client, topic, id string) (found, previous *outputs.Alert, err error) {
	seller, rule, transition, ok := outputs.ParseAlertID(id)
	if !ok {
		return nil, nil, fmt.Errorf("find alert %q: %w: an id is a seller, a rule and a number from 1 on, with a / between them", id, ErrNoAlert)
	}
	l, err := openSeller(ctx, client, topic, seller)
	if err != nil {
		return nil, nil, err
	}
	err = l.Read(ctx, func(tp stream.TopicPartition, record *stream.Record) error {
		if string(record.Key) != seller {
			return nil
		}
		a, err := outputs.DecodeAlert(record.Value)
		switch {
		case err != nil:
			return fmt.Errorf("decode alert at %v, offset %d: %w", tp, record.Offset, err)
		case a.Rule == rule && a.Transition == transition-1:
			previous = &a
		case a.Rule == rule && a.Transition == transition:
			found = &a
			return errFound
		}
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, errFound):
		return nil, nil, err
	case found == nil:
		return nil, nil, fmt.Errorf("find alert %q: %w", id, ErrNoAlert)
	}
	return found, previous, nil
}

// openSeller prepares to read the partition of a topic in which what is about a seller is, up to the end that it has now.
func openSeller(ctx context.Context, client *stream.Client, topic, seller string) (*Log, error) {
	logs, err := partitionsOf(ctx, client, topic)
	if err != nil {
		return nil, err
	}
	p := stream.PartitionFor([]byte(seller), int32(len(logs)))
	return open(ctx, client, logs[p:p+1], fromStart, true)
}
