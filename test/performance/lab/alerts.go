package lab

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// alertReader reads alerts, and notes how long after its cause was sent each has come.
type alertReader struct {
	client *kgo.Client
	tag    string
	from   atomic.Int64 // microsecond from which causes count; 0: not yet
	last   atomic.Int64 // when an alert came, likewise
	ended  chan struct{}
	cancel context.CancelFunc

	mutex  sync.Mutex
	delays []time.Duration
}

func newAlertReader(client *kgo.Client, tag string) *alertReader {
	ctx, cancel := context.WithCancel(context.Background())
	a := &alertReader{client: client, tag: tag, ended: make(chan struct{}), cancel: cancel}
	go a.read(ctx)
	return a
}

func (a *alertReader) read(ctx context.Context) {
	defer close(a.ended)
	for {
		fetched := a.client.PollFetches(ctx)
		if ctx.Err() != nil {
			return
		}
		now := time.Now().UnixMicro()
		fetched.EachRecord(func(r *kgo.Record) { a.note(r.Value, now) })
	}
}

func (a *alertReader) note(alert []byte, now int64) {
	a.last.Store(now)
	from, sent := a.from.Load(), int64(0)
	if at, ok := sentAt(alert, a.tag); ok {
		sent = at
	}
	if from == 0 || sent < from {
		return
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.delays = append(a.delays, time.Duration(now-sent)*time.Microsecond)
}

// drain waits until no alert has come for a while.
func (a *alertReader) drain(ctx context.Context) error {
	const calm = 2 * time.Second
	beat := time.NewTicker(calm / 10)
	defer beat.Stop()
	for since := time.Now(); ; {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if last := time.UnixMicro(a.last.Load()); time.Since(since) >= calm && time.Since(last) >= calm {
			return nil
		}
	}
}

// figures are the delays in milliseconds.
func (a *alertReader) figures() map[string]float64 {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	slices.Sort(a.delays)
	figures := map[string]float64{"alerts": float64(len(a.delays))}
	if len(a.delays) == 0 {
		return figures
	}
	for name, share := range map[string]float64{"p50": 0.5, "p99": 0.99, "p999": 0.999, "max": 1} {
		figures[name] = milliseconds(a.delays[min(len(a.delays)-1, int(share*float64(len(a.delays))))])
	}
	return figures
}

func (a *alertReader) close() {
	a.cancel()
	<-a.ended
	a.client.Close()
}
