package demo

import (
	"context"
	"iter"
	"time"

	"sellerpulse/internal/app/follow"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/worker"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/outputs"
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

// play waits until the history is applied, and then sends what happens as it happens. The end of ctx is no error.
func (d *demo) play(ctx context.Context, status *worker.Status) error {
	beat := time.NewTicker(pulse)
	defer beat.Stop()
	for caughtUp := false; !caughtUp; {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return nil
		}
		d.watcher.Applied(d.days(d.least(status)), d.options.HistoryDays)
		var err error
		if caughtUp, err = d.caughtUp(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	if d.options.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.options.Duration)
		defer cancel()
	}
	return d.live(ctx, beat.C)
}

// live sends at every beat what has happened since the last.
func (d *demo) live(ctx context.Context, beat <-chan time.Time) error {
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
		sent := d.sender.Sent()
		d.watcher.Live(sent.Total())
		select {
		case <-beat:
		case <-ctx.Done():
			return nil
		}
	}
}

// caughtUp is whether all that was read so far is committed and the watcher was told of every alert of it.
func (d *demo) caughtUp(ctx context.Context) (bool, error) {
	var inputs []stream.TopicPartition
	for _, topic := range d.topics.Inputs {
		for p := range int32(partitions) {
			inputs = append(inputs, stream.TopicPartition{Topic: topic, Partition: p})
		}
	}
	ends, err := d.client.Ends(ctx, inputs)
	if err != nil {
		return false, err
	}
	committed, err := d.client.Offsets(ctx, d.options.Worker.AppID, inputs)
	if err != nil {
		return false, err
	}
	for _, tp := range inputs {
		if max(committed[tp].Offset, 0) < ends[tp].LastStable {
			return false, nil
		}
	}
	published := int64(0)
	err = follow.Alerts(ctx, d.client, d.published(), func(*outputs.Alert) error {
		published++
		return nil
	})
	return d.alerted.Load() >= published, err
}

// published is all alerts there are now.
func (d *demo) published() follow.AlertOptions {
	return follow.AlertOptions{Topic: d.topics.Alerts, FromBeginning: true, UntilEnd: true}
}

// least is how far the task is that is behind the others, as far as it is known.
func (d *demo) least(status *worker.Status) events.Millis {
	tasks, least := status.Tasks(), d.now
	if len(tasks) < partitions {
		return d.marketplace.Start()
	}
	for _, t := range tasks {
		if last := d.lasts[t.Partition]; last > 0 && t.StreamTime < last { // A partition may have no sellers.
			least = min(least, t.StreamTime)
		}
	}
	return least
}
