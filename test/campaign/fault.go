package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"sellerpulse/test/campaign/cut"
	"sellerpulse/test/campaign/patch"
)

// fault is something that is done to processors or brokers.
type fault int

const (
	killOne fault = iota
	killSome
	killAll
	killAtStep
	killAtWrite
	zombie
	lateFence
	pauseShort
	stopOne
	deleteState
	restoreState
	addOne
	removeOne
	double
	killBroker
	cutStep
	poisonOne
	enlargeTopics
	backfillOne
	otherRules
	intakeOne
	numFaults
)

var faultNames = [numFaults]string{
	"kill-one", "kill-some", "kill-all", "kill-at", "kill-at-write", "zombie", "late-fence", "pause", "stop", "delete-state", "restore-state", "add", "remove", "double", "kill-broker", "cut", "poison", "enlarge", "backfill", "rules", "intake",
}

func (f fault) String() string { return faultNames[f] }

// weights say how often each fault is. Backfills are none of the usual ones, for they need events that are not too late.
var weights = map[fault]int{
	killOne: 30, killSome: 14, killAll: 6, killAtStep: 8, killAtWrite: 16, zombie: 6, lateFence: 3, pauseShort: 4, stopOne: 5, deleteState: 4, restoreState: 5, addOne: 6, removeOne: 4,
	double: 3, killBroker: 3, cutStep: 24, poisonOne: 3, enlargeTopics: 1, otherRules: 4, intakeOne: 12,
}

// parseWeights reads weights by the faults' names.
func parseWeights(named map[string]int) (map[fault]int, error) {
	parsed := map[fault]int{}
	for name, weight := range named {
		f := slices.Index(faultNames[:], name)
		if f < 0 || weight < 0 {
			return nil, fmt.Errorf("--weight %s=%d: faults are %s, and weights not below 0", name, weight, strings.Join(faultNames[:], ", "))
		}
		parsed[fault(f)] = weight
	}
	return parsed, nil
}

// choose takes a fault by its weight.
func choose(random *rand.Rand, weights map[fault]int) fault {
	total := 0
	for f := range numFaults {
		total += weights[f]
	}
	n := random.IntN(total)
	for f := range numFaults {
		if n -= weights[f]; n < 0 {
			return f
		}
	}
	panic("unreachable")
}

// inject does a fault to what runs, in a burst, or in a bounded round, nil. What takes a while goes on in the background.
func (c *campaign) inject(ctx context.Context, f fault, b *burst) error {
	bounded := b == nil
	running := c.fleet.Running()
	if len(running) == 0 {
		return nil // A bounded round has come to its end.
	}
	one := running[c.random.IntN(len(running))]
	switch f {
	case killOne:
		return c.kill(bounded, nil, one)
	case killSome:
		c.random.Shuffle(len(running), func(i, j int) { running[i], running[j] = running[j], running[i] })
		return c.kill(bounded, nil, running[:(len(running)+1)/2]...)
	case killAll:
		return c.kill(bounded, nil, running...)
	case killAtStep:
		return c.killAtStep(ctx, bounded, one)
	case killAtWrite:
		return c.killAtWrite(ctx, bounded, c.anySmall(running))
	case deleteState:
		return c.kill(bounded, c.deleteState, one)
	case restoreState:
		return c.kill(bounded, c.restoreState, one)
	case stopOne:
		return errorsOf(c.stop(one), c.fleet.Start(one, bounded))
	case addOne, removeOne:
		return c.resize(f == addOne, bounded, running)
	case zombie, lateFence, pauseShort:
		c.pause(ctx, one, f)
	case double:
		c.double(ctx, one)
	case poisonOne:
		return c.poison(ctx, b)
	case enlargeTopics:
		if b != nil && !c.elsewhere { // Whose changelog nobody would enlarge.
			b.enlarge = true
		}
	case backfillOne:
		return c.backfill(ctx, b)
	case intakeOne:
		return c.harmIntake(ctx, b)
	case otherRules:
		return c.changeRules(ctx, b)
	case killBroker:
		c.killBroker(ctx)
	case cutStep:
		c.cluster.Cuts.Arm(cut.Cut{Step: c.anyStep(), N: 1 + c.random.IntN(3), Answer: c.random.IntN(2) == 0})
	}
	return nil
}

// kill ends processors at once, and starts them again after something was done to their state.
func (c *campaign) kill(bounded bool, meanwhile func(int) error, slots ...int) error {
	killed := make([]bool, len(slots))
	for i, slot := range slots {
		if killed[i] = c.fleet.Kill(slot); killed[i] {
			c.account.add(func(f *figures) { f.Kills++ })
		}
	}
	for _, slot := range slots {
		if meanwhile == nil {
			meanwhile = c.maybeCopy
		}
		if err := errorsOf(meanwhile(slot), c.fleet.Start(slot, bounded)); err != nil {
			return err
		}
	}
	return nil
}

func (c *campaign) anyStep() cut.Step { return c.options.Steps[c.random.IntN(len(c.options.Steps))] }

// killAtStep kills a processor once a step of a transaction, its own if it is the only one, does not get through.
func (c *campaign) killAtStep(ctx context.Context, bounded bool, slot int) error {
	step := c.anyStep()
	c.cluster.Cuts.Deny(step)
	defer c.cluster.Cuts.Allow(step)
	lost := c.lost(step)
	until(ctx, mostForStep, someTime, func() bool { return c.lost(step) > lost })
	return c.kill(bounded, nil, slot)
}

// lost is how many requests of a step have not got through.
func (c *campaign) lost(step cut.Step) int {
	return c.cluster.Cuts.Done()[cut.Cut{Step: step}.String()]
}

// killAtWrite kills a processor once it has begun to write a table of its state: in a checkpoint or soon after one; or, where its state was deleted or
// an older copy of it restored before, in the middle of restoring it.
func (c *campaign) killAtWrite(ctx context.Context, bounded bool, slot int) error {
	before := [...]func(int) error{nil, c.deleteState, c.restoreState}
	if meanwhile := before[c.random.IntN(len(before))]; meanwhile != nil {
		if err := c.kill(bounded, meanwhile, slot); err != nil {
			return err
		}
	}
	last := c.fleet.LastTable(slot)
	wrote := func() bool { return c.fleet.LastTable(slot) > last }
	until(ctx, 2*c.options.SessionTimeout, time.Millisecond, wrote)
	if wrote() {
		c.account.add(func(f *figures) { f.KillsAtWrite++ })
	}
	return c.kill(bounded, nil, slot)
}

// anySmall is one of the processors with small sizes, for others hardly write tables before they are stopped; or any where there are none.
func (c *campaign) anySmall(slots []int) int {
	small := slices.DeleteFunc(slices.Clone(slots), func(slot int) bool {
		return !slices.Contains(c.options.Patches[slot%len(c.options.Patches)], patch.Small)
	})
	if len(small) == 0 {
		small = slots
	}
	return small[c.random.IntN(len(small))]
}

// mostForStep bounds the wait for processors to take a step, which they do not where there is nothing to do.
const mostForStep = 3 * time.Second

// maybeCopy copies some states, and each of which there is no copy, to be restored later.
func (c *campaign) maybeCopy(slot int) error {
	if c.random.IntN(4) > 0 && c.fleet.Copied(slot) {
		return nil
	}
	return c.fleet.Copy(slot)
}

func (c *campaign) deleteState(slot int) error {
	c.account.add(func(f *figures) { f.DeletedStates++ })
	return c.fleet.Delete(slot)
}

func (c *campaign) restoreState(slot int) error {
	restored, err := c.fleet.Restore(slot)
	if restored {
		c.account.add(func(f *figures) { f.RestoredStates++ })
	}
	return err
}

// stop stops a processor in order. While brokers are away that need not succeed.
func (c *campaign) stop(slot int) error {
	whole := c.cluster.Whole()
	stopped, err := c.fleet.Stop(slot)
	if stopped {
		c.account.add(func(f *figures) { f.OrderlyStops++ })
	}
	if err != nil {
		c.account.add(func(f *figures) { f.UncleanStops++ })
		c.account.message(fmt.Sprintf("stop, brokers there: %v: %v", whole, err))
	}
	return c.maybeCopy(slot)
}

// resize starts a processor more, or stops one for good.
func (c *campaign) resize(grow, bounded bool, running []int) error {
	if !grow {
		if len(running) == 1 {
			return nil
		}
		return c.stop(running[c.random.IntN(len(running))])
	}
	var idle []int
	for slot := range c.options.Processors {
		if !slices.Contains(running, slot) {
			idle = append(idle, slot)
		}
	}
	if len(idle) == 0 {
		return nil
	}
	c.account.add(func(f *figures) { f.Joined++ })
	return c.fleet.Start(idle[c.random.IntN(len(idle))], bounded)
}

// pause halts a processor and wakes it up later: before the group misses it; after that, and others have its partitions; or while others, if there
// are any, try in vain to fence it, so that it may still commit what it had begun.
func (c *campaign) pause(ctx context.Context, slot int, f fault) {
	length := time.Duration(c.random.Int64N(int64(c.options.SessionTimeout / 2)))
	if f != pauseShort {
		length += c.options.SessionTimeout + time.Second
	}
	if f == lateFence && c.fleet.Awake() < 2 || !c.fleet.Pause(slot) {
		return
	}
	wake := func() bool {
		wait(ctx, length)
		return c.fleet.Resume(slot)
	}
	if f == lateFence {
		c.cluster.Cuts.Deny(cut.InitProducerID)
		wake = func() bool { return c.wakeUnfenced(ctx, slot, length) }
	}
	c.faults.Go(func() {
		if wake() { // It was not killed as it stood.
			c.account.paused(f)
		}
	})
}

// mostUnfenced bounds the wait for others to try to fence a processor that is halted, and for it to commit when it is awake.
const mostUnfenced = 10 * time.Second

// wakeUnfenced wakes a processor up after a time, once others have tried to fence it, and lets them when it has committed what there is.
func (c *campaign) wakeUnfenced(ctx context.Context, slot int, after time.Duration) (resumed bool) {
	defer c.cluster.Cuts.Allow(cut.InitProducerID)
	wait(ctx, after)
	lost := c.lost(cut.InitProducerID)
	until(ctx, mostUnfenced, someTime, func() bool { return c.lost(cut.InitProducerID) > lost })
	resumed = c.fleet.Resume(slot)
	until(ctx, mostUnfenced, someTime, func() bool {
		progress, err := c.cluster.Progress(ctx)
		return err == nil && progress.Left == 0
	})
	return resumed
}

// double starts a second process on the state of a first, which must be refused.
func (c *campaign) double(ctx context.Context, slot int) {
	refused, problem := c.fleet.Double(ctx, slot)
	if refused {
		c.account.add(func(f *figures) { f.RefusedDoubles++ })
	}
	if problem != "" && ctx.Err() == nil {
		c.account.problem("%s", problem)
	}
}

// killBroker ends a broker at once and starts it again a little later.
func (c *campaign) killBroker(ctx context.Context) {
	node, length := c.random.IntN(c.options.Brokers), time.Duration(c.random.Int64N(int64(4*time.Second)))
	if !c.cluster.Kill(node) {
		return
	}
	c.account.add(func(f *figures) { f.BrokerKills++ })
	c.faults.Go(func() {
		wait(ctx, length)
		if err := c.cluster.Restart(context.WithoutCancel(ctx), node); err != nil {
			c.account.problem("restart broker %d: %v", node, err)
		}
	})
}
