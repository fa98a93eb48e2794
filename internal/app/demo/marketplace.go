package demo

import (
	"context"
	"iter"
	"time"

	"sellerpulse/internal/pipeline"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

const (
	day = 24 * 60 * 60 * 1000 // milliseconds

	// pulse is how often live events are sent, and how often progress is looked at.
	pulse = 50 * time.Millisecond
)

// sendHistory puts the whole history into the topics. A stop amid it is no error.
func (d *demo) sendHistory(ctx context.Context) error {
	for e := range d.marketplace.History() {
		d.sender.Add(&e)
		d.lasts[stream.PartitionFor([]byte(e.SellerID), partitions)] = e.OccurredAt
		if d.sender.Full() {
			if err := d.sendSome(ctx, e.OccurredAt); err != nil || ctx.Err() != nil {
				return err
			}
		}
	}
	return d.sendSome(ctx, d.now)
}

func (d *demo) sendSome(ctx context.Context, until events.Millis) error {
	if err := d.sender.Flush(ctx); err != nil {
		return err
	}
	sent := d.sender.Sent()
	d.watcher.Sent(d.days(until), d.options.HistoryDays, sent.Total())
	return nil
}

// days is how many days of the history an instant is after its start.
func (d *demo) days(at events.Millis) int {
	return min(int((max(at, d.marketplace.Start())-d.marketplace.Start())/day), d.options.HistoryDays)
}

// live waits until the history is applied, and sends what happens from then on as it happens. The end of ctx is no error.
func (d *demo) live(ctx context.Context, status *pipeline.Status) error {
	beat := time.NewTicker(pulse)
	defer beat.Stop()
	for !d.applied(status) {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return nil
		}
	}
	if d.options.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.options.Duration)
		defer cancel()
	}
	d.watcher.Live()
	next, stop := iter.Pull(d.marketplace.Live(d.options.Clock().UnixMilli()))
	defer stop()
	e, _ := next() // It never ends.
	for {
		for ; e.OccurredAt <= d.options.Clock().UnixMilli() && !d.sender.Full(); e, _ = next() {
			d.sender.Add(&e)
		}
		if err := d.sender.Flush(ctx); err != nil {
			return err
		}
		select {
		case <-beat.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// applied is whether every task has come to the last event of its history. It tells the watcher how far they are.
func (d *demo) applied(status *pipeline.Status) bool {
	tasks := status.Tasks()
	if len(tasks) < partitions {
		return false
	}
	done, least := true, d.now
	for _, t := range tasks {
		if last := d.lasts[t.Partition]; t.StreamTime < last {
			done, least = false, min(least, t.StreamTime)
		}
	}
	d.watcher.Applied(d.days(least), d.options.HistoryDays)
	return done
}
