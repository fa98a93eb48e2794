package follow

import (
	"context"
	"fmt"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
)

// AlertOptions say which alerts to read.
type AlertOptions struct {
	Topic         string
	FromBeginning bool   // else only those published from now on
	UntilEnd      bool   // stop at the end that the topic has now
	Opened        func() // called once nothing published from then on is missed; may be nil
}

// Alerts hands out alert after alert, those of one seller in their order, until the end or until ctx ends, which is no error.
func Alerts(ctx context.Context, client *stream.Client, options AlertOptions, each func(*outputs.Alert) error) error {
	logs, err := partitionsOf(ctx, client, options.Topic)
	if err != nil {
		return err
	}
	begin := fromEnd
	if options.FromBeginning {
		begin = fromStart
	}
	l, err := open(ctx, client, logs, begin, options.UntilEnd)
	if err != nil {
		return err
	}
	if options.Opened != nil {
		options.Opened()
	}
	err = l.Read(ctx, func(tp stream.TopicPartition, record *stream.Record) error {
		alert, err := outputs.DecodeAlert(record.Value)
		if err != nil {
			return fmt.Errorf("decode alert at %v, offset %d: %w", tp, record.Offset, err)
		}
		return each(&alert)
	})
	if err != nil && ctx.Err() != nil && !options.UntilEnd {
		return nil
	}
	return err
}
