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
	last   atomic.Int64 // microsecond at which an alert came; 0: none has
	ended  chan struct{}
	cancel context.CancelFunc

	mutex    sync.Mutex
	arrivals []arrival
}

// arrival is an alert that has come.
type arrival struct{ sent, came int64 } // microseconds

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
	sent, ok := sentAt(alert, a.tag)
	if !ok {
		return
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.arrivals = append(a.arrivals, arrival{sent, now})
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

// figures are the delays, in milliseconds, of what was sent in a time.
func (a *alertReader) figures(from, to time.Time) map[string]float64 {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	var delays []time.Duration
	for _, one := range a.arrivals {
		if one.sent >= from.UnixMicro() && one.sent < to.UnixMicro() {
			delays = append(delays, time.Duration(one.came-one.sent)*time.Microsecond)
		}
	}
	slices.Sort(delays)
	figures := map[string]float64{"alerts": float64(len(delays))}
	if len(delays) == 0 {
		return figures
	}
	for name, share := range map[string]float64{"p50": 0.5, "p99": 0.99, "p999": 0.999, "max": 1} {
		figures[name] = milliseconds(delays[min(len(delays)-1, int(share*float64(len(delays))))])
	}
	return figures
}

// close ends the reading; it may be called again.
func (a *alertReader) close() {
	a.cancel()
	<-a.ended
	a.client.Close()
}
