package follow

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
)

// Report is the latest report of a seller; nil when there is none. Only the seller's partition is read.
func Report(ctx context.Context, client *stream.Client, topic, seller string) (*outputs.Report, error) {
	l, err := openSeller(ctx, client, topic, seller)
	if err != nil {
		return nil, err
	}
	values, err := latest(ctx, l, func(key []byte) bool { return string(key) == seller })
	if err != nil || values[seller] == nil {
		return nil, err
	}
	return decode(seller, values[seller])
}

// Reports hands out the latest report of every seller, sorted by seller. It keeps them encoded until then.
func Reports(ctx context.Context, client *stream.Client, topic string, each func(*outputs.Report) error) error {
	logs, err := partitionsOf(ctx, client, topic)
	if err != nil {
		return err
	}
	l, err := open(ctx, client, logs, fromStart, true)
	if err != nil {
		return err
	}
	values, err := latest(ctx, l, func([]byte) bool { return true })
	if err != nil {
		return err
	}
	for _, seller := range slices.Sorted(maps.Keys(values)) {
		report, err := decode(seller, values[seller])
		if err != nil {
			return err
		}
		if err := each(report); err != nil {
			return err
		}
	}
	return nil
}

// latest reads a log to its end and keeps the last value of each key that is wanted.
func latest(ctx context.Context, l *Log, wanted func(key []byte) bool) (map[string][]byte, error) {
	values := map[string][]byte{}
	err := l.Read(ctx, func(_ stream.TopicPartition, record *stream.Record) error {
		switch {
		case !wanted(record.Key):
		case record.Value == nil:
			delete(values, string(record.Key))
		default:
			values[string(record.Key)] = bytes.Clone(record.Value) // of its own: the record shares the memory of a whole answer
		}
		return nil
	})
	return values, err
}

func decode(seller string, value []byte) (*outputs.Report, error) {
	report, err := outputs.DecodeReport(value)
	if err != nil {
		return nil, fmt.Errorf("decode report of seller %q: %w", seller, err)
	}
	return &report, nil
}
