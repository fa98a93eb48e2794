package worker

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"golang.org/x/sync/errgroup"

	"sellerpulse/internal/simulate"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

var marketStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// sortedMarket is a random marketplace of all kinds of events, by time: then stream time, which is a partition's own, is each event's
// own time however the sellers are spread. No order expires until marketEnd.
func sortedMarket(seed uint64, sellers int) []events.Event {
	all := simulate.RandomMarketplace(simulate.RandomOptions{Seed: seed, Events: 40 * sellers, Sellers: sellers, Start: marketStart, Days: 100})
	slices.SortStableFunc(all, func(a, b events.Event) int { return cmp.Compare(a.OccurredAt, b.OccurredAt) })
	return all
}

// marketEnd is the instant to which time is moved: it makes orphans, and slides windows past the last order.
const marketEnd = 115 * enginetest.Day

// placeless is everything that the service published, without the partitions and offsets of what it read.
func (s *fixture) placeless() (texts []string) {
	s.t.Helper()
	alerts := s.alerts()
	for i := range alerts {
		alerts[i].Cause.Partition, alerts[i].Cause.Offset = 0, 0
	}
	texts = enginetest.AlertTexts(alerts)
	for _, r := range s.reports() {
		texts = append(texts, string(r.AppendJSON(nil)))
	}
	for _, r := range s.records(s.topics.DeadLetters, 1) {
		headers := slices.DeleteFunc(r.Headers, func(h stream.Header) bool { return h.Key == "source.partition" || h.Key == "source.offset" })
		texts = append(texts, fmt.Sprintf("%q %q %q", r.Key, r.Value, headers))
	}
	for i := range texts {
		texts[i] = strings.ReplaceAll(texts[i], strings.TrimSuffix(s.appID, "app"), "")
	}
	return texts
}

// market produces the events to topics of so many partitions of their own.
func market(t testing.TB, broker *brokertest.Broker, name string, partitions int32, all []events.Event) *fixture {
	t.Helper()
	s := newFixture(t, &brokertest.Broker{Kind: broker.Kind, Addresses: broker.Addresses, Prefix: broker.Prefix + name + "-"}, partitions)
	s.produce(all)
	return s
}

func (s *fixture) runUntilMarketEnd(change func(*Options)) {
	s.t.Helper()
	err := s.run(s.t.Context(), s.t.TempDir(), func(o *Options) {
		o.AsOf = marketStart + marketEnd
		if change != nil {
			change(o)
		}
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// Spread over 32 partitions the same events give the same reports as in one, as of the same instant; sorted by time, the same alerts
// and dead letters too.
func TestPartitionsChangeNoReport(t *testing.T) {
	const sellers = 300
	all := sortedMarket(1, sellers)
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		one := market(t, broker, "one", 1, all)
		one.runUntilMarketEnd(nil)
		want := one.placeless()
		if n := len(one.reports()); n < sellers*9/10 {
			t.Fatalf("%d sellers are reported of %d", n, sellers)
		}
		for id, r := range one.reports() {
			if r.AsOf != marketStart+marketEnd {
				t.Fatalf("seller %q is reported as of %d, want %d", id, r.AsOf, marketStart+marketEnd)
			}
		}
		many := market(t, broker, "many", 32, all)
		many.runUntilMarketEnd(nil)
		enginetest.CompareLists(t, "output", many.placeless(), want)
	})
}

// How many events and how much time go into a commit changes nothing that is published.
func TestCommitSizeChangesNoOutput(t *testing.T) {
	all := randomEvents(21, 1500)
	broker := brokertest.Embedded(t)
	var want []string
	for i, size := range []struct {
		events   int
		interval time.Duration
	}{{1 << 30, time.Hour}, {10_000, 0}, {1, time.Hour}, {150, time.Hour}, {1 << 30, time.Nanosecond}, {1 << 30, time.Millisecond}} {
		t.Run(fmt.Sprintf("%d events, %v", size.events, size.interval), func(t *testing.T) {
			s := market(t, broker, fmt.Sprint(i), 2, all)
			var commits atomic.Int32
			err := s.run(t.Context(), t.TempDir(), func(o *Options) {
				o.CommitEvents, o.CommitInterval = size.events, size.interval
				o.Hooks.OnCommit = func() error {
					commits.Add(1)
					return nil
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if most := int32(8); want == nil && commits.Load() > most {
				t.Fatalf("%d commits though they are to be as large as can be, want at most %d", commits.Load(), most)
			}
			if want == nil {
				want = s.output()
			}
			enginetest.CompareLists(t, "output", s.output(), want)
		})
	}
}

// lobby sees who comes to a group.
type lobby struct {
	mutex  sync.Mutex
	came   int           // members that asked to join
	two    chan struct{} // closed once two have
	told   bool
	asked  chan struct{} // closed once a member has asked after that whether all is as it was
	waited bool          // for two, before anybody gets partitions
}

func newLobby(wait bool) *lobby {
	return &lobby{two: make(chan struct{}), asked: make(chan struct{}), waited: wait}
}

func (l *lobby) decide(request kmsg.Request) verdict {
	switch r := request.(type) {
	case *kmsg.JoinGroupRequest:
		l.join(r.MemberID)
	case *kmsg.SyncGroupRequest:
		if l.waited {
			<-l.two
		}
	case *kmsg.HeartbeatRequest:
		l.mutex.Lock()
		defer l.mutex.Unlock()
		if l.came > 1 && !l.told {
			l.told = true
			close(l.asked)
		}
	}
	return pass
}

// join counts a member when it has no id yet.
func (l *lobby) join(id string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if id != "" {
		return
	}
	if l.came++; l.came == 2 {
		close(l.two)
	}
}

// runTwo runs two processes of one group, each with a state of its own, until all is read.
func (s *fixture) runTwo(change func(i int, o *Options)) {
	s.t.Helper()
	var group errgroup.Group
	for i := range 2 {
		db := s.openState(s.t.TempDir())
		o := s.options(db)
		o.AsOf = marketStart + marketEnd
		change(i, &o)
		running, err := New(s.t.Context(), o)
		if err != nil {
			s.t.Fatal(err)
		}
		group.Go(func() error { return errors.Join(running.Run(s.t.Context()), db.Close()) })
	}
	if err := group.Wait(); err != nil {
		s.t.Fatal(err)
	}
}

// Two processes that share four partitions publish together what one publishes alone.
func TestTwoProcessesPublishWhatOneDoes(t *testing.T) {
	all := sortedMarket(2, 100)
	broker := brokertest.Embedded(t, kfake.ListenFn((&tap{decide: newLobby(true).decide}).listen))
	two := market(t, broker, "two", 4, all)
	var commits [2]atomic.Int32
	two.runTwo(func(i int, o *Options) {
		o.CommitEvents, o.CommitInterval = 1, time.Nanosecond
		o.Hooks.OnCommit = func() error {
			commits[i].Add(1)
			return nil
		}
	})
	// Who leaves first in the end hands its partitions, read to their ends, to the other: what each did is told by its commits.
	for i := range commits {
		if commits[i].Load() == 0 {
			t.Errorf("process %d did nothing", i)
		}
	}
	two.checkAgainstOne(broker, all)
}

// A process that comes while another works takes over some of the partitions with their state, and publishes nothing twice.
func TestAProcessThatComesLaterChangesNoOutput(t *testing.T) {
	all := sortedMarket(3, 300)
	l := newLobby(false)
	broker := brokertest.Embedded(t, kfake.ListenFn((&tap{decide: l.decide}).listen))
	two := market(t, broker, "two", 4, all)
	working := make(chan struct{})
	var commits, later atomic.Int32
	two.runTwo(func(i int, o *Options) {
		o.CommitEvents, o.CommitInterval = 1, time.Nanosecond
		if i == 1 {
			<-working
			o.Hooks.OnCommit = func() error {
				later.Add(1)
				return nil
			}
			return
		}
		o.Hooks.OnCommit = func() error {
			n := commits.Add(1)
			if n == 5 {
				close(working)
			}
			if n >= 5 {
				<-l.asked // The other has come, and this one is about to be told.
			}
			return nil
		}
	})
	if later.Load() == 0 {
		t.Error("the second process did nothing")
	}
	two.checkAgainstOne(broker, all)
}

// checkAgainstOne compares with what one process publishes of the same events.
func (s *fixture) checkAgainstOne(broker *brokertest.Broker, all []events.Event) {
	s.t.Helper()
	one := market(s.t, broker, "one", s.partitions, all)
	one.runUntilMarketEnd(nil)
	enginetest.CompareLists(s.t, "output", s.placeless(), one.placeless())
	checkNumbers(s.t, s.alerts())
}
