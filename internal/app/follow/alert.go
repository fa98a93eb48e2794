package follow

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
)

// ErrNoAlert says that no alert of an id was published, or that it is not kept any more.
var ErrNoAlert = errors.New("there is no such alert, or none any more: `processor alerts --from-beginning --until-end --output json` lists those that are kept")

// errFound ends the reading of a log.
var errFound = errors.New("found")

// Alert is the alert of an id, and the one before it of the same seller, rule and part; that is nil for the first one, and where it is not kept any more. It
// reads the partition of the seller's alerts up to the alert, however long that takes: ctx bounds it. Where the id leaves open which seller is meant it reads
// those of each, the likeliest first. The error is [ErrNoAlert] where there is none.
func Alert(ctx context.Context, client *stream.Client, topic, id string) (found, previous *outputs.Alert, err error) {
	all := outputs.AlertIDs(id)
	if len(all) == 0 {
		return nil, nil, fmt.Errorf("find alert %q: %w: an id is a seller, a rule and a number from 1 on, with a / between them", id, ErrNoAlert)
	}
	logs, err := partitionsOf(ctx, client, topic)
	if err != nil {
		return nil, nil, err
	}
	read := map[int32]bool{}
	for _, of := range all {
		p := stream.PartitionFor([]byte(of.SellerID), int32(len(logs)))
		if read[p] {
			continue
		}
		read[p] = true
		found, previous, err = findAlert(ctx, client, logs[p], all)
		if found != nil || err != nil {
			return found, previous, err
		}
	}
	return nil, nil, fmt.Errorf("find alert %q: %w", id, ErrNoAlert)
}

// findAlert reads a partition up to the first alert that has one of some ids, which are all of one number.
func findAlert(ctx context.Context, client *stream.Client, tp stream.TopicPartition, ids []outputs.AlertID) (found, previous *outputs.Alert, err error) {
	l, err := open(ctx, client, []stream.TopicPartition{tp}, fromStart, true)
	if err != nil {
		return nil, nil, err
	}
	before := make([]*outputs.Alert, len(ids))
	err = l.Read(ctx, func(tp stream.TopicPartition, record *stream.Record) error {
		of := func(id outputs.AlertID) bool { return id.SellerID == string(record.Key) }
		if !slices.ContainsFunc(ids, of) {
			return nil
		}
		a, err := outputs.DecodeAlert(record.Value)
		if err != nil {
			return fmt.Errorf("decode alert at %v, offset %d: %w", tp, record.Offset, err)
		}
		i := slices.IndexFunc(ids, func(id outputs.AlertID) bool { return id.Of(&a) })
		switch {
		case i < 0:
		case a.Transition == ids[i].Transition-1:
			before[i] = &a
		case a.Transition == ids[i].Transition:
			found, previous = &a, before[i]
			return errFound
		}
		return nil
	})
	if err != nil && !errors.Is(err, errFound) {
		return nil, nil, err
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
