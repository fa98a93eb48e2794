package lab

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"sync"
	"time"

	"sellerpulse/pkg/events"
	"sellerpulse/test/performance/market"
)

// traffic is events that are sent in their order, each when it is due, by a goroutine of its own until it is ended. A marketplace's time passes as
// fast as that needs; when all of it has passed it begins again, with other orders.
type traffic struct {
	rate   int
	tag    string // event ids begin with it, then comes the microsecond of sending
	events []*events.Event
	times  []events.Millis // of the marketplace, sorted
	ages   *rand.Rand
	start  time.Time
	behind time.Duration // at most; to be read once it has ended

	stop    func()
	stopped chan struct{}
	ended   chan struct{}
}

func newTraffic(o LiveOptions) *traffic {
	t := &traffic{
		rate: o.Rate, tag: fmt.Sprintf("live-%d-", time.Now().UnixNano()), ages: rand.New(rand.NewPCG(7, 7)),
		stopped: make(chan struct{}), ended: make(chan struct{}),
	}
	t.stop = sync.OnceFunc(func() { close(t.stopped) })
	n := int(float64(o.Rate) * (o.WarmUp + o.Measure).Seconds())
	const anOrder = 5 // events, or some more
	for _, e := range (market.Options{Seed: 2, Sellers: o.Sellers, Orders: float64(n)/anOrder/float64(o.Sellers) + 1}).Events() {
		t.events = append(t.events, e)
	}
	slices.SortStableFunc(t.events, func(a, b *events.Event) int { return compare(a.OccurredAt, a.Topic, b.OccurredAt, b.Topic) })
	t.events = t.events[:min(n, len(t.events))]
	for _, e := range t.events {
		t.times = append(t.times, e.OccurredAt)
	}
	return t
}

// begin begins to send. Until it has ended nobody else may add to the topics.
func (t *traffic) begin(ctx context.Context, l *Lab, topics *Topics) {
	t.start = time.Now()
	go func() {
		defer close(t.ended)
		beat := time.NewTicker(time.Millisecond)
		defer beat.Stop()
		for i := 0; ; {
			select {
			case <-beat.C:
			case <-t.stopped:
				return
			case <-ctx.Done():
				return
			}
			for now := time.Now(); !t.due(i).After(now); i++ {
				e := t.stamp(i)
				l.send(ctx, topics, e.Topic, e.SellerID, e.OccurredAt, events.Encoder{}.AppendAvro(nil, e))
				topics.Events, topics.Last = topics.Events+1, e.OccurredAt
			}
		}
	}()
}

// end ends the sending; it may be called again.
func (t *traffic) end() {
	t.stop()
	<-t.ended
}

// due is when the event of this number is to be sent.
func (t *traffic) due(number int) time.Time {
	return t.start.Add(time.Duration(number) * time.Second / time.Duration(t.rate))
}

// stamp has an event happen now. Its order is one that no other event before the sending was of, and of some day of the last 90, for every window to
// fill; what was promised for an instant of the marketplace is promised for when that has come.
func (t *traffic) stamp(number int) *events.Event {
	round, i, now := number/len(t.events), number%len(t.events), time.Now()
	e := *t.events[i]
	t.behind = max(t.behind, now.Sub(t.due(number)))
	e.OccurredAt, e.EventID = now.UnixMilli(), t.tag+strconv.FormatInt(now.UnixMicro(), 10)+"-"+strconv.Itoa(number)
	e.OrderID += "/" + strconv.Itoa(round)
	if e.OrderDate != events.None {
		e.OrderDate = e.OccurredAt - t.ages.Int64N(90*day)
	}
	for _, promise := range []*events.Millis{&e.ShipBy, &e.DeliverBy} {
		if *promise != events.None {
			due := sort.Search(len(t.times), func(i int) bool { return t.times[i] >= *promise })
			*promise = t.due(round*len(t.events) + due).UnixMilli()
		}
	}
	return &e
}
