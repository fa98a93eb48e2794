package worker

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/wait"
	"sellerpulse/pkg/events"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/enginetest"
)

// delays are how long events waited to be applied, and how long a partition rested at most.
type delays struct {
	mutex  sync.Mutex
	ms     []int64
	last   [benchPartitions]time.Time
	rested time.Duration
}

func (d *delays) apply(partition int32, r *engine.Record) {
	now := time.Now()
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.ms = append(d.ms, now.UnixMilli()-r.Timestamp)
	if last := d.last[partition]; !last.IsZero() {
		d.rested = max(d.rested, now.Sub(last))
	}
	d.last[partition] = now
}

// take gives what there is since the last time, sorted, and the longest rest.
func (d *delays) take() (ms []int64, rested time.Duration) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	ms, rested, d.ms, d.rested = d.ms, d.rested, nil, 0
	d.last = [benchPartitions]time.Time{}
	slices.Sort(ms)
	return ms, rested
}

// BenchmarkFill measures what live work notices of rules that count something new: 400 events a second come to four partitions with a million events behind them,
// first by the rules that there are, then while others are filled. It reports the delays from sending an event to applying it, and the longest time in which
// none of a partition was applied: that of the switch.
func BenchmarkFill(b *testing.B) {
	const sellers, n, quiet = 10_000, 1_000_000, 10 * time.Second
	brokers, prefix := startBench(b, sellers, n)
	client, err := stream.Dial(b.Context(), stream.Options{Brokers: brokers})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	s := &fixture{t: b, client: client, topics: task.TopicsOf(prefix, "fill"), appID: prefix + "fill", partitions: benchPartitions}
	specs := []stream.TopicSpec{}
	for _, name := range []string{s.topics.Alerts, s.topics.SellerHealth, s.topics.DeadLetters, s.topics.Changelog} {
		specs = append(specs, stream.TopicSpec{Name: name, Partitions: benchPartitions, ReplicationFactor: 1})
	}
	if err := client.CreateTopics(b.Context(), specs); err != nil {
		b.Fatal(err)
	}
	db, err := state.Open(state.Options{Directory: b.TempDir(), Owner: s.topics.Changelog})
	if err != nil {
		b.Fatal(err)
	}
	seen := &delays{}
	orders, worked := int64(0), time.Duration(0)
	o := Options{Options: task.Options{
		Client: client, State: db, Topics: s.topics, AppID: s.appID, Rules: rules.BuiltIn(), Revision: 1, AppliedRules: true, Zone: time.UTC, RetentionDays: 120,
		AsOf: events.None, Logger: slog.New(slog.DiscardHandler), Clock: longAgo,
	}}
	o.Hooks.OwnClock, o.Hooks.OnApply = true, seen.apply
	w, err := New(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	s.awaitRead()
	enginetest.Eventually(b, "all is saved", func() bool {
		for p := range int32(benchPartitions) {
			if saved, err := db.Saved(p); err != nil || saved.Position == 0 {
				return false
			}
		}
		return true
	})
	sending, stopSending := context.WithCancel(ctx)
	sent := make(chan error, 1)
	coming := enginetest.MarketLog(sellers, n+200_000)[n:]
	go func() { sent <- trickle(sending, client, s.topics, coming) }()
	sets := []*rules.Set{shopRules(b), rules.BuiltIn()}
	revision := int64(1)
	for b.Loop() {
		seen.take()
		cpu := enginetest.CPUSeconds(b)
		wait.For(ctx, quiet)
		quietCPU := enginetest.CPUSeconds(b) - cpu
		quietMS, _ := seen.take()
		revision++
		begun, cpu := time.Now(), enginetest.CPUSeconds(b)
		w.Environment().Rule(task.Ruled{Set: sets[revision%2], Revision: revision})
		enginetest.Eventually(b, "all partitions go by the other rules", func() bool {
			for _, t := range w.Status().Tasks() {
				orders = max(orders, t.Fill.Of)
			}
			marks, err := task.MarksOfAll(ctx, client, s.appID, &s.topics, s.topics.Changelog)
			running := !slices.ContainsFunc(w.Status().Tasks(), func(t task.Status) bool { return t.Phase != task.Running })
			return err == nil && running && !slices.ContainsFunc(marks, func(m task.Mark) bool { return m.Revision != revision })
		})
		worked = time.Since(begun)
		wait.For(ctx, time.Second) // Until what waited is applied.
		fillCPU := enginetest.CPUSeconds(b) - cpu - quietCPU*worked.Seconds()/quiet.Seconds()
		fillMS, rested := seen.take()
		for name, ms := range map[string][]int64{"without": quietMS, "filling": fillMS} {
			b.ReportMetric(float64(ms[len(ms)/2]), "ms-p50-"+name)
			b.ReportMetric(float64(ms[len(ms)*99/100]), "ms-p99-"+name)
			b.ReportMetric(float64(ms[len(ms)-1]), "ms-most-"+name)
		}
		b.ReportMetric(float64(rested.Milliseconds()), "ms-rest")
		b.ReportMetric(worked.Seconds(), "s-filling")
		b.ReportMetric(fillCPU, "cpu-s-filling")
		b.ReportMetric(float64(orders), "orders-a-partition")
	}
	stopSending()
	if err := <-sent; err != nil && ctx.Err() == nil {
		b.Error(err)
	}
	stop()
	if err := <-done; err != nil {
		b.Error(err)
	}
	if err := db.Close(); err != nil {
		b.Error(err)
	}
}

// trickle sends events in small lots, stamped with the time of sending, until ctx ends.
func trickle(ctx context.Context, client *stream.Client, topics task.Topics, all []events.Event) error {
	const lot, every = 8, 20 * time.Millisecond
	producer, err := client.OpenIdempotent(ctx)
	if err != nil {
		return err
	}
	var encoder events.Encoder
	for chunk := range slices.Chunk(all, lot) {
		if !wait.For(ctx, every) {
			return nil
		}
		var outputs []stream.Output
		for i := range chunk {
			key := []byte(chunk[i].SellerID)
			outputs = append(outputs, stream.Output{
				TopicPartition: stream.TopicPartition{Topic: topics.Inputs[chunk[i].Topic], Partition: stream.PartitionFor(key, benchPartitions)},
				Messages:       []stream.Message{{Key: key, Value: encoder.AppendAvro(nil, &chunk[i]), Timestamp: time.Now().UnixMilli()}},
			})
		}
		if _, err := producer.Produce(ctx, outputs); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}
