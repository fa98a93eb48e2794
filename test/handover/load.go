package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"sellerpulse/internal/simulate"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// load makes one alert of each partition after the other, and notes when each can be read.
type load struct {
	group   *group
	client  *kgo.Client
	sellers []string // of each partition one
	cancel  context.CancelFunc
	tasks   sync.WaitGroup

	mutex sync.Mutex
	seen  [][]time.Time // of each partition
	err   error
}

// begin creates topics, fills the state, starts two processors and the load.
func (g *group) begin(ctx context.Context) (*load, error) {
	create := exec.CommandContext(ctx, g.Processor, "topics", "--brokers", g.brokers, "--app-id", g.appID(), "--topic-prefix", g.prefix(),
		"--partitions", fmt.Sprint(g.Partitions))
	if output, err := create.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("create topics: %w: %s", err, output)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(g.brokers), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ConsumeTopics(g.prefix()+"alerts"),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(10*time.Millisecond))
	if err != nil {
		return nil, err
	}
	l := &load{group: g, client: client, sellers: sellersOf(g.Partitions), seen: make([][]time.Time, g.Partitions)}
	if err := errors.Join(l.fill(ctx), g.start(ctx, 0), g.start(ctx, 1)); err != nil {
		client.Close()
		return nil, err
	}
	ctx, l.cancel = context.WithCancel(ctx)
	l.tasks.Go(func() { l.produce(ctx) })
	l.tasks.Go(func() { l.consume(ctx) })
	return l, l.awaitSteady(ctx)
}

// sellersOf finds a seller of each partition.
func sellersOf(partitions int) []string {
	sellers := make([]string, partitions)
	for i, left := 0, partitions; left > 0; i++ {
		name := fmt.Sprintf("load-%d", i)
		if p := stream.PartitionFor([]byte(name), int32(partitions)); sellers[p] == "" {
			sellers[p] = name
			left--
		}
	}
	return sellers
}

// fill sends the orders of the state to carry, of the last hundred days, and one of each of the sellers of the load.
func (l *load) fill(ctx context.Context) error {
	start := time.Now().AddDate(0, 0, -99).UnixMilli()
	all := simulate.RandomMarketplace(simulate.RandomOptions{Seed: 1, Events: 6 * l.group.Orders, Sellers: max(1, l.group.Orders/100), Start: start, Days: 98})
	for _, seller := range l.sellers {
		now := time.Now().UnixMilli()
		all = append(all, events.Event{
			Topic: events.Orders, Kind: events.OrderPlaced, EventID: seller, OccurredAt: now, SellerID: seller, OrderID: "1", OrderDate: now, Channel: events.MFN,
			Items: []events.Item{{ItemID: "1", ProductLine: "toys", Quantity: 1}}, ShipBy: events.None, DeliverBy: events.None,
		})
	}
	for i := range all {
		l.send(ctx, &all[i])
	}
	return errors.Join(l.client.Flush(ctx), l.failure())
}

func (l *load) send(ctx context.Context, e *events.Event) {
	var encoder events.Encoder
	record := &kgo.Record{
		Topic: l.group.prefix() + e.Topic.String(), Partition: stream.PartitionFor([]byte(e.SellerID), int32(l.group.Partitions)),
		Key: []byte(e.SellerID), Value: encoder.AppendAvro(nil, e),
	}
	l.client.Produce(ctx, record, func(_ *kgo.Record, err error) {
		if err != nil && ctx.Err() == nil {
			l.fail(err)
		}
	})
}

// produce opens the claim of each seller's one order again, which is a breach, and withdraws it, which ends the breach.
func (l *load) produce(ctx context.Context) {
	beat := time.NewTicker(l.group.Interval)
	defer beat.Stop()
	for n := 0; ; n++ {
		select {
		case <-beat.C:
		case <-ctx.Done():
			return
		}
		kind := events.ClaimReopened
		if n%2 == 1 {
			kind = events.ClaimWithdrawn
		}
		for _, seller := range l.sellers {
			l.send(ctx, &events.Event{
				Topic: events.Claims, Kind: kind, EventID: fmt.Sprint(n), OccurredAt: time.Now().UnixMilli(), SellerID: seller, OrderID: "1", PartID: "1",
			})
		}
	}
}

func (l *load) consume(ctx context.Context) {
	partitions := map[string]int{}
	for p, seller := range l.sellers {
		partitions[seller] = p
	}
	for {
		fetched := l.client.PollFetches(ctx)
		if ctx.Err() != nil {
			return
		}
		if err := fetched.Err(); err != nil {
			l.fail(err)
			return
		}
		now := time.Now()
		l.mutex.Lock()
		fetched.EachRecord(func(r *kgo.Record) {
			if p, ok := partitions[string(r.Key)]; ok {
				l.seen[p] = append(l.seen[p], now)
			}
		})
		l.mutex.Unlock()
	}
}

func (l *load) fail(err error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.err = errors.Join(l.err, err)
}

func (l *load) failure() error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.err
}

// awaitSteady waits until the alerts of every partition have come without a rest for a while.
func (l *load) awaitSteady(ctx context.Context) error {
	const calm, rest = 3 * time.Second, time.Second
	return until(ctx, func() error {
		if err := l.failure(); err != nil {
			return err
		}
		for p, longest := range l.longest(time.Now().Add(-calm)) {
			if longest > rest {
				return fmt.Errorf("partition %d rested for %v", p, longest)
			}
		}
		return nil
	})
}

// awaitRest waits until one of some partitions rests.
func (l *load) awaitRest(ctx context.Context, of func(partition int) bool) error {
	const rest = time.Second
	return until(ctx, func() error {
		for p, longest := range l.longest(time.Now().Add(-rest)) {
			if of(p) && longest >= rest {
				return nil
			}
		}
		return errors.New("no partition rests")
	})
}

// longest is the longest rest of each partition since an instant.
func (l *load) longest(since time.Time) []time.Duration {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	all := make([]time.Duration, len(l.seen))
	for p, seen := range l.seen {
		last := since
		for _, at := range seen {
			if at.After(since) {
				all[p] = max(all[p], at.Sub(last))
				last = at
			}
		}
		all[p] = max(all[p], time.Since(last))
	}
	return all
}

// since is the longest rests of some partitions since an instant.
func (l *load) since(mark time.Time, of func(partition int) bool) (r rests) {
	for p, longest := range l.longest(mark) {
		if of(p) {
			r = append(r, longest)
		}
	}
	return r
}

func (l *load) close() {
	l.cancel()
	l.tasks.Wait()
	l.client.Close()
}
