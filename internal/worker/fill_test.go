package worker

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"sellerpulse/internal/memory"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/task"
	"sellerpulse/internal/verify"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/rules"
	"sellerpulse/test/brokertest"
	"sellerpulse/test/enginetest"
)

// gate holds whoever prepares a successor at a step, until it is opened.
type gate struct {
	at      task.Filling
	after   int // times that it is passed before
	reached chan struct{}
	opened  chan struct{}

	mutex sync.Mutex
	steps map[task.Filling]int
}

func newGate(at task.Filling, after int) *gate {
	return &gate{at: at, after: after, reached: make(chan struct{}), opened: make(chan struct{}), steps: map[task.Filling]int{}}
}

func (g *gate) pass(ctx context.Context, _ int32, f task.Filling) error {
	g.mutex.Lock()
	g.steps[f]++
	holds := f == g.at && g.steps[f] == g.after+1
	g.mutex.Unlock()
	if !holds {
		return nil
	}
	close(g.reached)
	select {
	case <-g.opened:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// times is how often a step was told.
func (g *gate) times(f task.Filling) int {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.steps[f]
}

// filling has a member go by rules that were applied, save all that it commits, and fill in small slices.
func filling(g *gate) func(*Options) {
	return func(o *Options) {
		o.Clock, o.AppliedRules, o.Revision, o.CheckpointInterval = longAgo, true, 1, 1
		o.Hooks.OnFill, o.Hooks.FillBytes = g.pass, 1<<8
	}
}

// awaitHeld waits until the gate is reached.
func (s *fixture) awaitHeld(g *gate) {
	s.t.Helper()
	enginetest.Eventually(s.t, fmt.Sprintf("%s is reached for the %d. time", g.at, g.after+1), func() bool {
		select {
		case <-g.reached:
			return true
		default:
			return false
		}
	})
}

// mark is what the group keeps of the only partition.
func (s *fixture) mark() task.Mark {
	s.t.Helper()
	marks, err := task.MarksOfAll(s.t.Context(), s.client, s.appID, &s.topics, s.topics.Changelog)
	if err != nil || len(marks) != 1 {
		s.t.Fatal(marks, err)
	}
	return marks[0]
}

// finish ends a log: the service runs to its end with the last rules, and what is stored is what follows from the rows.
func (s *fixture) finish(m *member, last *rules.Set, revision int64) {
	s.t.Helper()
	m.stop()
	directory := s.t.TempDir()
	if err := s.run(s.t.Context(), directory, func(o *Options) {
		o.AsOf, o.AppliedRules, o.Revision, o.Rules = marketEnd, true, revision, last
	}); err != nil {
		s.t.Fatal(err)
	}
}

// While a successor is held at any step of its preparation, events are applied and alerts come by the rules of before. Once it is prepared, alerts and reports
// are those of a service that was restarted with the other rules at that point.
func TestNewCountsAreFilledBesideLiveWork(t *testing.T) {
	market := sortedMarket(21, 20)
	parts := cutInto(market, 3)
	sets := []*rules.Set{rules.BuiltIn(), rules.BuiltIn(), shopRules(t)}
	brokertest.Each(t, func(t *testing.T, broker *brokertest.Broker) {
		again := (&fixture{t: t, partitions: 1}).restarted(broker, parts, sets)
		for i, g := range []*gate{newGate(task.Copying, 3), newGate(task.Counting, 3), newGate(task.Following, 0), newGate(task.Filled, 0)} {
			t.Run(string(g.at), func(t *testing.T) {
				s := newFixture(t, &brokertest.Broker{Kind: broker.Kind, Addresses: broker.Addresses, Prefix: fmt.Sprintf("%sheld-%d-", broker.Prefix, i)}, 1)
				m := s.workWith(broker, filling(g))
				s.produce(parts[0])
				s.awaitRead()
				before := len(s.alerts())
				m.worker.Environment().Rule(task.Ruled{Set: sets[2], Revision: 2})
				s.awaitHeld(g)
				s.produce(parts[1])
				s.awaitRead()
				meanwhile := s.alerts()
				if len(meanwhile) == before {
					t.Error("no alert came meanwhile")
				}
				if anyOf(meanwhile, sets[2]) {
					t.Error("an alert came by rules that are not in force yet")
				}
				if now := s.mark(); now.Revision != 1 || now.Filling != g.at {
					t.Errorf("the group keeps %+v", now)
				}
				if now := m.worker.Status().Tasks()[0]; now.Phase != task.Running || now.Fill.Step != g.at || g.at != task.Copying && now.Fill.Of == 0 || !m.worker.Status().Ready() {
					t.Errorf("the task is %+v", now)
				}
				close(g.opened)
				s.awaitRevision(2)
				if now := s.mark(); now.Filling != "" || now.ToFill != 0 {
					t.Errorf("in the end the group keeps %+v", now)
				}
				s.produce(parts[2])
				s.awaitRead()
				m.verify(sets[2])
				s.finish(m, sets[2], 2)
				s.compare(again)
			})
		}
	})
}

// anyOf is whether any alert is of a rule of a set.
func anyOf(alerts []outputs.Alert, set *rules.Set) bool {
	names := map[string]bool{}
	for _, r := range set.Versions() {
		names[r.Name] = true
	}
	for i := range alerts {
		if names[alerts[i].Rule] {
			return true
		}
	}
	return false
}

// verify demands that the state is what its rows say.
func (w *member) verify(by *rules.Set) {
	w.t.Helper()
	enginetest.Eventually(w.t, "all is saved", func() bool {
		view := w.db.Snapshot()
		defer view.Close()
		result, err := verify.All(w.t.Context(), view, verify.Options{Rules: by, PartitionOf: stream.PartitionFor})
		return err == nil && result.Total == 0 && result.Checked() == 1
	})
}

// Still other rules that come meanwhile are those that come in force, and none other; going back to those of before needs no counting.
func TestOtherRulesMeanwhile(t *testing.T) {
	market := sortedMarket(22, 15)
	parts := cutInto(market, 2)
	for name, c := range map[string]struct {
		third   *rules.Set
		counted bool
	}{"others": {otherShop(t), true}, "back": {rules.BuiltIn(), false}} {
		for _, g := range []*gate{newGate(task.Copying, 3), newGate(task.Counting, 3), newGate(task.Filled, 0)} {
			t.Run(name+"/"+string(g.at), func(t *testing.T) {
				broker := brokertest.Embedded(t)
				s := newFixture(t, broker, 1)
				m := s.workWith(broker, filling(g))
				s.produce(parts[0])
				s.awaitRead()
				m.worker.Environment().Rule(task.Ruled{Set: shopRules(t), Revision: 2})
				s.awaitHeld(g)
				m.worker.Environment().Rule(task.Ruled{Set: c.third, Revision: 3})
				s.awaitRevision(3)
				if elected := g.times(task.Elected) > 0; elected != c.counted {
					t.Errorf("a successor was elected: %v, want %v", elected, c.counted)
				}
				s.produce(parts[1])
				s.awaitRead()
				m.verify(c.third)
				s.finish(m, c.third, 3)
				again := s.restarted(broker, parts, []*rules.Set{rules.BuiltIn(), c.third})
				s.compare(again)
			})
		}
	}
}

// otherShop counts what neither the built-in rules nor shopPack do.
func otherShop(t testing.TB) *rules.Set {
	t.Helper()
	set, err := rules.Parse([]byte(`
metrics: [{name: lost, bad: [claim, refunded]}]
rules:
  - {name: lost, metric: lost, by: marketplace, window: 40d, target: "< 0.2", class: contractual}
  - {name: odr, metric: order_defect_rate, window: 30d, target: "< 0.05", class: contractual}
`), 120)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// An outage while a successor is prepared costs nothing of it: the partition goes on by the rules of before.
func TestATaskThatIsInterruptedGoesOnFilling(t *testing.T) {
	parts := cutInto(sortedMarket(23, 15), 3)
	broker := brokertest.Embedded(t)
	g := newGate(task.Counting, 3)
	outage := make(chan error, 1)
	s := newFixture(t, broker, 1)
	m := s.workWith(broker, func(o *Options) {
		filling(g)(o)
		o.Hooks.OnCommit = func() error {
			select {
			case err := <-outage:
				return err
			default:
				return nil
			}
		}
	})
	s.produce(parts[0])
	s.awaitRead()
	m.worker.Environment().Rule(task.Ruled{Set: shopRules(t), Revision: 2})
	s.awaitHeld(g)
	copied := g.times(task.Copying)
	outage <- fmt.Errorf("cut: %w", stream.ErrUnreachable)
	s.produce(parts[1])
	s.awaitRevision(2)
	if g.times(task.Copying) != copied {
		t.Errorf("it was copied again: %d slices, and then %d", copied, g.times(task.Copying)-copied)
	}
	if g.times(task.Elected) != 1 {
		t.Errorf("successors were elected %d times, want once", g.times(task.Elected))
	}
	s.produce(parts[2])
	s.awaitRead()
	m.verify(shopRules(t))
	m.stop()
}

// Killed at any step of the preparation, a process that is started again comes to the same: by what is on its disk.
func TestKilledWhileNewCountsAreFilled(t *testing.T) {
	parts := cutInto(sortedMarket(24, 15), 2)
	sets := []*rules.Set{rules.BuiltIn(), shopRules(t)}
	for _, step := range []struct {
		at      task.Filling
		after   int
		elected bool // when it is started again
	}{{task.Copying, 5, false}, {task.Counting, 0, true}, {task.Counting, 4, true}, {task.Following, 0, true}, {task.Filled, 0, true}, {task.Elected, 0, false}} {
		for seed := range uint64(2) {
			t.Run(fmt.Sprintf("%s %d/%d", step.at, step.after, seed), func(t *testing.T) {
				broker := brokertest.Embedded(t)
				s := newFixture(t, broker, 1)
				r := rand.New(rand.NewPCG(seed, 1))
				files, g := vfs.NewCrashableMem(), newGate(step.at, step.after)
				m := s.workOn(broker, files, filling(g))
				s.produce(parts[0])
				s.awaitRead()
				m.worker.Environment().Rule(task.Ruled{Set: sets[1], Revision: 2})
				s.awaitHeld(g)
				flushed := 100 // Then all that was written is on the disk.
				if seed > 0 {
					flushed = r.IntN(100)
				} else if err := m.db.Flush(); err != nil {
					t.Fatal(err)
				}
				left := files.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: flushed, RNG: r})
				m.crash()
				s.evict(broker.Addresses)

				g = newGate(task.Waiting, 0)
				m = s.workOn(broker, left, func(o *Options) {
					filling(g)(o)
					o.Rules, o.Revision = sets[1], 2
				})
				s.awaitRevision(2)
				s.produce(parts[1])
				s.awaitRead()
				if elected := g.times(task.Elected) > 0; seed == 0 && elected != step.elected {
					t.Errorf("elected what was prepared: %v, want %v", elected, step.elected)
				}
				m.verify(sets[1])
				s.finish(m, sets[1], 2)
				s.compare(s.restarted(broker, parts, sets))
			})
		}
	}
}

// workOn is workWith on a file system.
func (s *fixture) workOn(broker *brokertest.Broker, files *vfs.MemFS, change func(*Options)) *member {
	s.t.Helper()
	db, err := state.Open(state.Options{Directory: "state", FileSystem: files, Owner: s.topics.Changelog, CacheBytes: 1 << 20, MemTablesBytes: 256 << 10, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.workFrom(broker, db, change)
}

// A process that is handed a partition beside its copy, for which the rules are new too, and one that loses it while it fills: both end with one state.
func TestAPartitionIsHandedOverWhileItIsFilled(t *testing.T) {
	parts := cutInto(sortedMarket(25, 15), 2)
	sets := []*rules.Set{rules.BuiltIn(), shopRules(t)}
	broker := brokertest.Embedded(t)
	s := newFixture(t, broker, 1)
	g := newGate(task.Counting, 3)
	first := s.workWith(broker, filling(g))
	s.produce(parts[0])
	s.awaitRead()
	first.worker.Environment().Rule(task.Ruled{Set: sets[1], Revision: 2})
	s.awaitHeld(g)
	second := s.workWith(broker, func(o *Options) {
		filling(newGate(task.Waiting, 0))(o)
		o.Rules, o.Revision = sets[1], 2
	})
	first.stop()
	s.awaitRevision(2)
	s.produce(parts[1])
	s.awaitRead()
	second.verify(sets[1])
	s.finish(second, sets[1], 2)
	s.compare(s.restarted(broker, parts, sets))
}

// What a fill has in memory is of the share of those that follow changelogs, which nobody else of its partition uses meanwhile.
func TestAFillKeepsToItsShareOfMemory(t *testing.T) {
	for _, bound := range []int64{memory.Least, memory.Default} {
		meter := memory.NewMeter(bound)
		broker := brokertest.Embedded(t)
		s := newFixture(t, broker, 1)
		most, share := int64(0), 0
		g := newGate(task.Elected, 0)
		close(g.opened)
		m := s.workWith(broker, func(o *Options) {
			filling(g)(o)
			o.Memory, o.Hooks.FillBytes = meter, 0
			o.Hooks.OnFill = func(ctx context.Context, p int32, f task.Filling) error {
				if f == task.Copying || f == task.Counting {
					used, _ := meter.Used(memory.Followed)
					most, share = max(most, used), meter.Share(memory.Followed)
				}
				return g.pass(ctx, p, f)
			}
		})
		s.produce(sortedMarket(26, 200))
		s.awaitRead()
		m.worker.Environment().Rule(task.Ruled{Set: shopRules(t), Revision: 2})
		s.awaitHeld(g)
		s.awaitRevision(2)
		m.stop()
		if most == 0 || most > int64(share) {
			t.Errorf("with %d MiB: %d bytes of a share of %d", bound>>20, most, share)
		}
		if left, _ := meter.Used(memory.Followed); left != 0 {
			t.Errorf("%d bytes are never given back", left)
		}
	}
}
