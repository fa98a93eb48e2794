package view

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
)

func TestFollowing(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		p, random := newPublished(t, broker), rand.New(rand.NewPCG(1, 1))
		reports := map[string]outputs.Report{}
		for _, id := range hostileIDs() {
			for range 2 {
				reports[id] = reportOf(random, id, noon)
				p.report(reports[id])
			}
		}
		gone := hostileIDs()[2]
		p.write(p.health, gone, nil)
		p.write(p.health, "S1", []byte("no report"))
		delete(reports, gone)

		v, end := run(t, p.options())
		whole(t, v)
		p.check(t, v, reports)
		if a := v.AsOf(); a.Behind != 0 || a.Unreadable != 1 || a.StreamTime != noon || a.Published < noon || a.Failing != nil || a.Answered.IsZero() {
			t.Errorf("as of %+v", a)
		}
		changed := reportOf(random, "", noon+1)
		p.report(changed)
		reports[""] = changed
		eventually(t, v, "newer report", func() bool { return v.AsOf().StreamTime == noon+1 })
		p.check(t, v, reports)
		end()
		noGoroutines(t)
		p.check(t, v, reports) // It stays as it was.
	})
}

// check compares what a view has with all reports.
func (p *published) check(t *testing.T, v *View, reports map[string]outputs.Report) {
	t.Helper()
	page, err := v.Sellers(Query{Sort: ByID, Limit: MaxLimit})
	if err != nil || len(page.Sellers) != len(reports) {
		t.Fatalf("%d sellers, error %v, want %d", len(page.Sellers), err, len(reports))
	}
	for _, s := range page.Sellers {
		want := reports[s.ID]
		if s.Status != want.Status || s.AsOf != want.AsOf || !reflect.DeepEqual(s.Rules, want.Rules) {
			t.Errorf("seller %q: %+v, want %+v", s.ID, s, want)
		}
		got, err := v.Report(t.Context(), s.ID)
		for i := range want.Rules {
			want.Rules[i].Window.Lag = 0 // as a report is read
		}
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("report of %q: %+v, error %v, want %+v", s.ID, got, err, want)
		}
		for i, rule := range rules.BuiltIn().Versions() {
			want.Rules[i].Window.Lag = rule.Window().Lag
		}
	}
	if _, err := v.Report(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("report of nobody: error %v", err)
	}
}

// noGoroutines is that none of a view's is left.
func noGoroutines(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	if stacks = stacks[:runtime.Stack(stacks, true)]; bytes.Contains(stacks, []byte("view.(*View).Run")) || bytes.Contains(stacks, []byte("view.(*View).follow")) {
		t.Errorf("goroutines are left:\n%s", stacks)
	}
}

// A subscriber that goes from one process to another gets every alert once, those of a seller in their order.
func TestSubscriptionsGoOnElsewhere(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		p := newPublished(t, broker)
		p.alert("S0", "odr") // before anybody subscribes
		p.open()             // It waits until what the writer before has committed can be read.
		var want []string
		publish := func(n int) {
			for i := range n {
				a := p.alert(fmt.Sprintf("S/%d", i%5), "odr")
				want = append(want, a.ID())
			}
		}
		first, endFirst := run(t, p.options())
		sub, err := first.Subscribe(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		publish(20)
		got := next(t, sub, 13)
		endFirst()
		for { // What had come is handed out, though nothing is followed any more.
			a, err := sub.Next(t.Context())
			if errors.Is(err, ErrEnded) {
				break
			}
			got = append(got, a.ID())
		}
		if s, err := first.Subscribe(t.Context(), ""); !errors.Is(err, ErrEnded) {
			t.Errorf("subscribe to a view that ended: %+v, error %v", s, err)
		}
		publish(20)

		second, _ := run(t, p.options())
		again, err := second.Subscribe(t.Context(), sub.Cursor())
		if err != nil || again.Missed {
			t.Fatalf("subscribe again: missed %v, error %v", again.Missed, err)
		}
		publish(10)
		got = append(got, next(t, again, 50-len(got))...)
		for seller := range 5 {
			in := func(id string) bool { return !strings.HasPrefix(id, fmt.Sprintf("S/%d/", seller)) }
			if g, w := slices.DeleteFunc(slices.Clone(got), in), slices.DeleteFunc(slices.Clone(want), in); !slices.Equal(g, w) {
				t.Errorf("alerts %v, want %v", g, w)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if a, err := again.Next(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("one more: %+v, error %v", a, err)
		}
	})
}

func next(t *testing.T, s *Subscription, n int) (ids []string) {
	t.Helper()
	for range n {
		a, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, a.ID())
	}
	return ids
}

// An alert is found with the one before, whether it is recent or not.
func TestAlertAndTheOneBefore(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		p := newPublished(t, broker)
		const slashes = "a/b/odr/7"
		var all []outputs.Alert
		for range 6 {
			all = append(all, p.alert(slashes, "odr"))
			p.alert(slashes, "cancellation")
			p.alert("S1", "odr")
		}
		p.write(p.alerts, slashes, []byte("no alert"))
		for _, most := range []int{1, 7, 1000} {
			o := p.options()
			o.RecentAlerts = most
			v, end := run(t, o)
			whole(t, v)
			for n := range all {
				found, previous, err := v.Alert(t.Context(), fmt.Sprintf("%s/odr/%d", slashes, n+1))
				if err != nil || !reflect.DeepEqual(*found, all[n]) {
					t.Errorf("with %d recent: alert %d is %+v, error %v", most, n+1, found, err)
				}
				if n == 0 && previous != nil || n > 0 && (previous == nil || !reflect.DeepEqual(*previous, all[n-1])) {
					t.Errorf("with %d recent: before alert %d there was %+v", most, n+1, previous)
				}
			}
			for _, id := range []string{slashes + "/odr/7", "nobody/odr/1", slashes, "", "/", "odr/1", "S1/odr/0", "S1/odr/-1", "S1/odr/01", "S1/odr/+1", "S1/odr/9223372036854775808"} {
				if found, _, err := v.Alert(t.Context(), id); !errors.Is(err, ErrNotFound) {
					t.Errorf("alert %q: %+v, error %v", id, found, err)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, _, err := v.Alert(ctx, "nobody/odr/1"); !errors.Is(err, context.Canceled) {
				t.Errorf("without time: error %v", err)
			}
			end()
		}
	})
}

// A report that is not where it was any more is looked for where the newer one is.
func TestReportThatWasReplaced(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		p, random := newPublished(t, broker), rand.New(rand.NewPCG(1, 1))
		p.report(reportOf(random, "S1", noon))
		v, _ := run(t, p.options())
		whole(t, v)
		old, found := v.reportAt("S1")
		if !found {
			t.Fatal("the first report is not known")
		}
		newer := reportOf(random, "S1", noon+1)
		p.report(newer)
		has := kadm.Offsets{}
		has.AddOffset(p.health, old.Partition, old.Offset+1, -1)
		if deleted, err := brokertest.Admin(t, broker).DeleteRecords(t.Context(), has); err != nil || deleted.Error() != nil {
			t.Fatal(errors.Join(err, deleted.Error()))
		}
		if r, err := v.readReport(t.Context(), "S1", old); !errors.Is(err, errMoved) {
			t.Errorf("where it was: %+v, error %v", r, err)
		}
		eventually(t, v, "newer report", func() bool { return v.AsOf().StreamTime == noon+1 })
		if r, err := v.Report(t.Context(), "S1"); err != nil || r.AsOf != newer.AsOf {
			t.Errorf("report %+v, error %v", r, err)
		}
		at, _ := v.reportAt("S1")
		if r, err := v.readReport(t.Context(), "S2", at); !errors.Is(err, errMoved) {
			t.Errorf("another's place: %+v, error %v", r, err)
		}
	})
}

// After the broker has compacted the topic, a report that was replaced is not where it was, and those of others are.
func TestReportsOfACompactedTopic(t *testing.T) {
	broker, _ := brokertest.Cluster(t, 1, map[string]string{"log.cleaner.backoff.ms": "50"})
	p, random := newPublished(t, broker), rand.New(rand.NewPCG(1, 1))
	p.health = broker.Prefix + "compacted"
	p.partitions[p.health] = 1
	compacted := stream.TopicSpec{Name: p.health, Partitions: 1, ReplicationFactor: 1, Config: map[string]string{
		"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01",
	}}
	if err := p.client.CreateTopics(t.Context(), []stream.TopicSpec{compacted}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"S1", "S2", "S3"} {
		p.report(reportOf(random, id, noon))
	}
	v, _ := run(t, p.options())
	whole(t, v)
	replaced, _ := v.reportAt("S2")
	eventually(t, v, "compaction", func() bool { // A segment is compacted once there is another one after it.
		p.report(reportOf(random, "S2", noon+1))
		_, err := v.readReport(t.Context(), "S2", replaced)
		return errors.Is(err, errMoved)
	})
	for id, asOf := range map[string]int64{"S1": noon, "S2": noon + 1, "S3": noon} {
		if r, err := v.Report(t.Context(), id); err != nil || r.SellerID != id || r.AsOf != asOf {
			t.Errorf("report of %s: %+v, error %v", id, r, err)
		}
	}
}

// An outage is waited for, told by the view, and logged when it begins and when it ends.
func TestOutage(t *testing.T) {
	broker, cluster := brokertest.EmbeddedCluster(t)
	p, random := newPublished(t, broker), rand.New(rand.NewPCG(1, 1))
	p.report(reportOf(random, "S1", noon))
	client, err := stream.Dial(t.Context(), stream.Options{Brokers: broker.Addresses, RetryTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var logged lockedBuffer
	o := p.options()
	o.Client, o.Logger = client, slog.New(slog.NewTextHandler(&logged, nil))
	v, _ := run(t, o)
	whole(t, v)
	var down atomic.Bool
	var refused atomic.Int64
	cluster.ControlKey(int16(kmsg.Fetch), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if down.Load() {
			refused.Add(1)
			return nil, errors.New("down"), true
		}
		return nil, nil, false
	})
	down.Store(true)
	eventually(t, v, "failure", func() bool { return v.AsOf().Failing != nil && refused.Load() > 20 })
	p.report(reportOf(random, "S1", noon+1))
	if page, err := v.Sellers(Query{}); err != nil || !page.Whole || page.Failing == nil || page.Total != 1 || page.Sellers[0].AsOf != noon {
		t.Errorf("meanwhile: %+v, error %v", page, err)
	}
	for _, partition := range cluster.PartitionInfos(p.health) { // What would be read next is deleted meanwhile.
		if err := cluster.DeleteRecords(p.health, partition.Partition, partition.HighWatermark); err != nil {
			t.Fatal(err)
		}
	}
	p.report(reportOf(random, "S2", noon+2))
	down.Store(false)
	eventually(t, v, "end of the failure", func() bool { a := v.AsOf(); return a.Failing == nil && a.StreamTime == noon+2 })
	if page, err := v.Sellers(Query{}); err != nil || page.Total != 1 || page.Sellers[0].ID != "S2" {
		t.Errorf("read anew: %+v, error %v", page, err)
	}
	if got := logged.String(); strings.Count(got, "cannot follow") != 1 || strings.Count(got, "again") != 1 || strings.Count(got, "\n") != 2 {
		t.Errorf("logged:\n%s", got)
	}
}

// A view that finds no topics waits for them, and one whose topics are made anew or enlarged follows those there are now.
func TestTopicsThatChange(t *testing.T) {
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		p, random := newPublished(t, broker), rand.New(rand.NewPCG(1, 1))
		admin := brokertest.Admin(t, broker)
		p.report(reportOf(random, "S1", noon))
		p.alert("S1", "odr")
		o := p.options()
		o.identityInterval = 10 * time.Millisecond
		v, _ := run(t, o)
		sub, err := v.Subscribe(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := admin.UpdatePartitions(t.Context(), 5, p.alerts, p.health); err != nil {
			t.Fatal(err)
		}
		p.partitions[p.alerts], p.partitions[p.health] = 5, 5
		eventually(t, v, "more partitions", func() bool { return v.AsOf().Whole && partitionsOf(v) == 10 })
		if a, err := sub.Next(t.Context()); !errors.Is(err, ErrAnew) {
			t.Errorf("subscription: %+v, error %v", a, err)
		}
		again, err := v.Subscribe(t.Context(), sub.Cursor())
		if err != nil || again.Missed {
			t.Fatalf("subscribe again: error %v", err)
		}
		for i := range 10 {
			id := fmt.Sprintf("T%d", i)
			p.report(reportOf(random, id, noon+1))
			p.alert(id, "odr")
		}
		next(t, again, 10)
		eventually(t, v, "sellers of all partitions", func() bool { page, err := v.Sellers(Query{}); return err == nil && page.Total == 11 })

		if err := p.client.DeleteTopics(t.Context(), []string{p.alerts, p.health}); err != nil {
			t.Fatal(err)
		}
		eventually(t, v, "failure", func() bool { return v.AsOf().Failing != nil })
		p.create(p.alerts)
		p.create(p.health)
		p.open()
		p.report(reportOf(random, "S9", noon+2))
		eventually(t, v, "the new topics", func() bool { a := v.AsOf(); return a.Failing == nil && a.StreamTime == noon+2 })
		if page, err := v.Sellers(Query{}); err != nil || page.Total != 1 {
			t.Errorf("sellers %+v, error %v", page, err)
		}
		if _, err := v.Subscribe(t.Context(), again.Cursor()); !errors.Is(err, ErrQuery) {
			t.Errorf("a cursor of the former topic: error %v", err)
		}
	})
}
