package task

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/limits"
	"sellerpulse/internal/memory"
	"sellerpulse/internal/stream"
	"sellerpulse/internal/wait"
)

// Environment is what the tasks of a process have in common: their options, and what was found of the topics at start.
type Environment struct {
	Options
	Partitions int32                                  // of each input, and of the changelog
	Identities map[string]stream.TopicIdentity        // of all topics, and of the changelogs in force at start
	Ends       map[stream.TopicPartition]stream.Range // when bounded: where each input ended

	*Ruling // the rules in force

	observer   Observer
	metrics    *Metrics
	outputs    outputPartitions
	batchBytes map[string]int // the largest batch that each output takes

	changelogs *changelogTopics
	fills      chan struct{} // has one for each successor that is being prepared
}

// outputPartitions is how many partitions each output has.
type outputPartitions struct{ alerts, sellerHealth, deadLetters int32 }

// NewEnvironment looks at the topics, and refuses those that no task can work with.
func NewEnvironment(ctx context.Context, o Options, observer Observer) (*Environment, error) {
	o = o.WithDefaults()
	e := &Environment{Options: o, observer: observer, metrics: NewMetrics(o.Registerer), changelogs: newChangelogTopics(), fills: make(chan struct{}, fillsAtOnce()), Ruling: newRuling(Ruled{o.Rules, o.Revision})}
	if err := e.checkTopics(ctx); err != nil {
		return nil, err
	}
	if err := e.checkSkips(); err != nil {
		return nil, err
	}
	if err := e.checkChangelogs(ctx); err != nil {
		return nil, err
	}
	var err error
	if e.Identities, err = e.Identify(ctx); err != nil {
		return nil, err
	}
	if o.UntilEnd {
		if e.Ends, err = o.Client.Ends(ctx, e.inputPartitions()); err != nil {
			return nil, fmt.Errorf("find the ends of the input topics: %w", err)
		}
	}
	return e, nil
}

// inputPartitions is every partition of every input.
func (e *Environment) inputPartitions() (all []stream.TopicPartition) {
	for p := range e.Partitions {
		all = append(all, e.Topics.InputPartitions(p)...)
	}
	return all
}

// checkTopics refuses topics that are missing or whose numbers of partitions differ.
func (e *Environment) checkTopics(ctx context.Context) error {
	t := &e.Topics
	names := t.names()
	found, err := e.describe(ctx, names)
	if err != nil {
		return fmt.Errorf("look up topics: %w", err)
	}
	for _, name := range names {
		if _, ok := found[name]; !ok {
			return fmt.Errorf("topic %q does not exist: create all topics with `processor topics`", name)
		}
	}
	e.Partitions = found[t.Inputs[0]].Partitions
	e.outputs = outputPartitions{
		alerts: found[t.Alerts].Partitions, sellerHealth: found[t.SellerHealth].Partitions, deadLetters: found[t.DeadLetters].Partitions,
	}
	e.batchBytes = map[string]int{}
	for _, name := range []string{t.Alerts, t.SellerHealth, t.DeadLetters} {
		e.batchBytes[name] = limits.Batch(found[name].Config)
	}
	for _, name := range t.Inputs[1:] {
		if n := found[name].Partitions; n != e.Partitions {
			return e.unequal(name, n)
		}
	}
	return nil
}

func (e *Environment) unequal(name string, partitions int32) error {
	return fmt.Errorf("topic %q has %d partitions and topic %q has %d: all inputs and the changelog must have the same number, else a seller's events would meet in no task",
		e.Topics.Inputs[0], e.Partitions, name, partitions)
}

// describe describes topics. Brokers learn of new ones one after the other, so those that are missing are asked for again for a moment.
func (e *Environment) describe(ctx context.Context, names []string) (map[string]stream.TopicDescription, error) {
	const patience, pause = 3 * time.Second, 250 * time.Millisecond
	for waited := time.Duration(0); ; waited += pause {
		found, err := e.Client.Topics(ctx, names)
		if err != nil || len(found) == len(names) || waited >= patience || !wait.For(ctx, pause) {
			return found, err
		}
	}
}

// checkSkips refuses records to be passed over in partitions that there are not.
func (e *Environment) checkSkips() error {
	for _, p := range e.Skip {
		if p.Partition >= e.Partitions {
			return fmt.Errorf("--skip %s: topic %q has the partitions 0 to %d", atRecord(p.TopicPartition, p.Offset), p.Topic, e.Partitions-1)
		}
	}
	return nil
}

// Identify looks up what all topics are now.
func (e *Environment) Identify(ctx context.Context) (map[string]stream.TopicIdentity, error) {
	return e.Client.Identify(ctx, append(e.Topics.names(), e.changelogs.inForce()...))
}

// ReplacedError says that topics were deleted and made anew, so that offsets of the state mean nothing in them.
type ReplacedError struct {
	Topics    []string
	Changelog bool // one of them is the changelog
}

// Error names the topics and the remedies.
func (e *ReplacedError) Error() string {
	remedy := "use another --app-id, or, if only inputs were replaced, go on with their records by --on-missing-offsets earliest or latest"
	if e.Changelog {
		remedy = RemedyAnew
	}
	return fmt.Sprintf("topics %q were deleted and made anew: the state was read from others of the same name; %s", e.Topics, remedy)
}

// Replaced is the error of topics that were made anew.
func (e *Environment) Replaced(topics ...string) *ReplacedError {
	return &ReplacedError{topics, slices.ContainsFunc(topics, e.IsChangelog)}
}

// engineOptions are those of the engine of a partition.
func (e *Environment) engineOptions(of *changelog) engine.Options {
	partition := of.Partition
	ruled, _ := e.Now()
	o := engine.Options{
		AppID: e.AppID, Rules: ruled.Set, Revision: ruled.Revision, Zone: e.Zone, RetentionDays: e.RetentionDays, HistoryDays: e.HistoryDays, Partition: partition, TopicNames: e.Topics.Inputs,
		Topics: e.topicFacts(of), FactsVersion: e.Hooks.FactsVersion, Schema: e.Schema,
		CacheBytes: e.Memory.Share(memory.Cache), CommitBytes: e.commitBytes(), ReportInterval: e.HealthInterval,
	}
	if !e.TrustPartition {
		o.Partitioner = func(key []byte) int32 { return stream.PartitionFor(key, e.Partitions) }
	}
	return o
}

// commitBytes is how much may wait in a task for a commit, by which one is due.
func (e *Environment) commitBytes() int { return min(limits.Commit, e.Memory.Share(memory.Waiting)) }

// FollowBytes is how much of the changelog a follower fetches, and writes, at once. Three chunks are in memory at a time, fetched, waiting and being
// written, the last also sorted, as rows before and after, and in a batch; beside these a commit that is not whole yet.
func (e *Environment) FollowBytes() int { return min(4<<20, e.Memory.Share(memory.Followed)/16) }

// log is the log of a partition.
func (e *Environment) log(partition int32) *slog.Logger { return e.Logger.With("partition", partition) }

// Remove drops what is known of a partition that this process has nothing to do with any more.
func (e *Environment) Remove(partition int32) {
	e.metrics.remove(partition, e.Topics.Inputs[:])
	e.Memory.Remove(partition)
}
