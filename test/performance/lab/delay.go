package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/pkg/events"
	"sellerpulse/test/performance/market"
)

// DelayOptions say how events are sent while delays are measured.
type DelayOptions struct {
	Sellers int
	Rate    int           // events a second
	WarmUp  time.Duration // whose alerts do not count
	Measure time.Duration
}

// Delay sends events that happen now, at a steady rate, and measures how long after an event was sent the alert that it caused can be read.
// The topics must be empty.
func (r *Run) Delay(ctx context.Context, o DelayOptions) (figures map[string]float64, err error) {
	live := newLive(o)
	if err := r.lab.placeOne(ctx, r.topics, time.Now().UnixMilli()); err != nil {
		return nil, err
	}
	if err := r.start(); err != nil {
		return nil, err
	}
	defer r.stop()
	if _, _, err := r.watch(ctx, often); err != nil {
		return nil, err
	}
	reader, err := r.readAlerts(ctx, live.tag)
	if err != nil {
		return nil, err
	}
	defer reader.close()
	begin, end, err := r.sendLive(ctx, live, reader)
	if err != nil {
		return nil, err
	}
	figures = reader.figures()
	figures["behind"] = milliseconds(live.behind)
	figures["cores"] = (end.cpu - begin.cpu) / o.Measure.Seconds()
	figures["resident"] = end.peak
	return figures, nil
}

// sendLive sends all events and waits until no alert has come for a while; it returns what was used when measuring began and ended.
func (r *Run) sendLive(ctx context.Context, live *live, reader *alertReader) (begin, end usage, err error) {
	ctx, cancel := context.WithTimeout(ctx, live.WarmUp+live.Measure+r.lab.Limit)
	defer cancel()
	live.start = time.Now()
	measured := false
	beat := time.NewTicker(time.Millisecond)
	defer beat.Stop()
	for i := 0; i < len(live.events); {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return begin, end, ctx.Err()
		}
		now := time.Now()
		if !measured && now.Sub(live.start) >= live.WarmUp {
			measured = true
			reader.from.Store(now.UnixMicro())
			if begin, err = r.process.usage(); err != nil {
				return begin, end, err
			}
		}
		for ; i < len(live.events) && !live.due(i).After(now); i++ {
			e := live.stamp(i)
			r.lab.send(ctx, r.topics, e.Topic, e.SellerID, e.OccurredAt, events.Encoder{}.AppendAvro(nil, e))
		}
	}
	if end, err = r.process.usage(); err != nil {
		return begin, end, err
	}
	return begin, end, errors.Join(r.lab.flush(ctx), reader.drain(ctx))
}

// live is events that are to be sent in their order, each when it is due. A marketplace's time passes as fast as that needs.
type live struct {
	DelayOptions
	tag    string // event ids begin with it, then comes the microsecond of sending
	events []*events.Event
	times  []events.Millis // of the marketplace, sorted
	ages   *rand.Rand
	start  time.Time
	behind time.Duration // at most
}

func newLive(o DelayOptions) *live {
	l := &live{DelayOptions: o, tag: fmt.Sprintf("live-%d-", time.Now().UnixNano()), ages: rand.New(rand.NewPCG(7, 7))}
	n := int(float64(o.Rate) * (o.WarmUp + o.Measure).Seconds())
	const anOrder = 5 // events, or some more
	for _, e := range (market.Options{Seed: 2, Sellers: o.Sellers, Orders: float64(n)/anOrder/float64(o.Sellers) + 1}).Events() {
		l.events = append(l.events, e)
	}
	slices.SortStableFunc(l.events, func(a, b *events.Event) int { return compare(a.OccurredAt, a.Topic, b.OccurredAt, b.Topic) })
	l.events = l.events[:min(n, len(l.events))]
	for _, e := range l.events {
		l.times = append(l.times, e.OccurredAt)
	}
	return l
}

// due is when the event of this number is to be sent.
func (l *live) due(number int) time.Time {
	return l.start.Add(time.Duration(number) * time.Second / time.Duration(l.Rate))
}

// stamp has an event happen now. Its order is of some day of the last 90, for every window to fill; what was promised for an instant of the
// marketplace is promised for when that has come.
func (l *live) stamp(number int) *events.Event {
	e, now := l.events[number], time.Now()
	l.behind = max(l.behind, now.Sub(l.due(number)))
	e.OccurredAt, e.EventID = now.UnixMilli(), l.tag+strconv.FormatInt(now.UnixMicro(), 10)+"-"+strconv.Itoa(number)
	if e.OrderDate != events.None {
		e.OrderDate = e.OccurredAt - l.ages.Int64N(90*day)
	}
	for _, promise := range []*events.Millis{&e.ShipBy, &e.DeliverBy} {
		if *promise != events.None {
			*promise = l.due(sort.Search(len(l.times), func(i int) bool { return l.times[i] >= *promise })).UnixMilli()
		}
	}
	return e
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
