package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// LiveOptions say what happens while something is measured.
type LiveOptions struct {
	Sellers int
	Rate    int           // events a second
	WarmUp  time.Duration // whose alerts do not count
	Measure time.Duration
}

// live is a program that has caught up with all there was, and works on what happens now.
type live struct {
	*Run
	LiveOptions
	traffic *traffic
	alerts  *alertReader
}

// live starts the program, has it catch up, and begins to send events that happen now, at a steady rate, and to read alerts. [live.end] is to
// follow. meanwhile, if there is one, is done before the sending begins.
func (r *Run) live(ctx context.Context, o LiveOptions, meanwhile func() error) (l *live, err error) {
	l = &live{Run: r, LiveOptions: o}
	defer func() {
		if err != nil {
			l.end()
		}
	}()
	if err := r.lab.placeOne(ctx, r.topics, max(0, time.Now().UnixMilli()-r.topics.Last)); err != nil {
		return l, err
	}
	if err := r.start(); err != nil {
		return l, err
	}
	if _, _, err := r.watch(ctx, often); err != nil {
		return l, err
	}
	if meanwhile != nil {
		if err := meanwhile(); err != nil {
			return l, err
		}
	}
	traffic := newTraffic(o)
	if l.alerts, err = r.readAlerts(ctx, traffic.tag); err != nil {
		return l, err
	}
	l.traffic = traffic
	traffic.begin(ctx, r.lab, r.topics)
	return l, l.pass(ctx, o.WarmUp)
}

// pass lets time pass, while the program is to run.
func (r *Run) pass(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return r.process.alive()
	case <-r.process.ended:
		return r.process.alive()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settle ends the sending, and waits until no alert has come for a while.
func (l *live) settle(ctx context.Context) error {
	l.traffic.end()
	return errors.Join(l.lab.flush(ctx), l.alerts.drain(ctx))
}

// end ends everything; it may be called again.
func (l *live) end() {
	if l.traffic != nil {
		l.traffic.end()
	}
	if l.alerts != nil {
		l.alerts.close()
	}
	l.stop()
}

// Delay measures how long after an event was sent the alert that it caused can be read.
func (r *Run) Delay(ctx context.Context, o LiveOptions) (figures map[string]float64, err error) {
	l, err := r.live(ctx, o, nil)
	if err != nil {
		return nil, err
	}
	defer l.end()
	from := time.Now()
	begin, err := r.process.usage()
	if err != nil {
		return nil, err
	}
	if err := l.pass(ctx, o.Measure); err != nil {
		return nil, err
	}
	to := time.Now()
	end, err := r.process.usage()
	if err != nil {
		return nil, err
	}
	if err := l.settle(ctx); err != nil {
		return nil, err
	}
	figures = l.alerts.figures(from, to)
	figures["behind"] = milliseconds(l.traffic.behind)
	figures["cores"] = (end.cpu - begin.cpu) / o.Measure.Seconds()
	figures["resident"] = end.peak
	return figures, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// sentAt is the microsecond at which the event was sent that an alert names as its cause, in whatever form the alert is written.
func sentAt(alert []byte, tag string) (micros int64, ok bool) {
	_, after, found := bytes.Cut(alert, []byte(tag))
	if !found {
		return 0, false
	}
	digits, _, _ := bytes.Cut(after, []byte("-"))
	micros, err := strconv.ParseInt(string(digits), 10, 64)
	return micros, err == nil
}

// readAlerts begins to read the alerts that come from now on.
func (r *Run) readAlerts(ctx context.Context, tag string) (*alertReader, error) {
	ends, err := r.lab.admin.ListEndOffsets(ctx, r.topics.alerts())
	if err != nil {
		return nil, fmt.Errorf("list ends of alerts: %w", err)
	}
	offsets := map[int32]kgo.Offset{}
	for p, end := range ends[r.topics.alerts()] {
		offsets[p] = kgo.NewOffset().At(end.Offset)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(r.lab.Brokers, ",")...), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{r.topics.alerts(): offsets}), kgo.FetchMaxWait(100*time.Millisecond))
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	return newAlertReader(client, tag), nil
}
