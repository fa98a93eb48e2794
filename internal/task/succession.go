package task

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"sellerpulse/internal/engine"
	"sellerpulse/internal/memory"
	"sellerpulse/internal/state"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

// Succession is one partition of a candidate taking the place of the live application's. All of it happens while no task of the candidate's
// partition runs.
//
//	Open     acquires the candidate's partition, so that nobody else works on it
//	Prepare  fences the live owner, brings the candidate to just the live offsets and stream time, and compares the two
//	Commit   makes the candidate's state the live one, in one transaction
//	Close    ends it; without a Commit nothing has changed, and the live owner may go on
type Succession struct {
	candidate, live *Environment
	partition       int32
	standings       *Standings
	task            *Task         // of the candidate
	from            state.Clock   // how far the candidate was at Open, in what the live state must get to as well
	time            events.Millis // of the candidate at Open
	at              state.Clock   // how far both are since Prepare
	moved           moved
	producer        *stream.Producer // of the live transactional id; nil in a dry run
}

// Difference is how two states differ.
type Difference struct {
	Sellers int64 // of whom a rule stands otherwise
	Rules   int64 // of sellers that stand otherwise
	Alerts  int64 // of which people are told
}

// Add adds another partition's.
func (d *Difference) Add(other Difference) {
	d.Sellers += other.Sellers
	d.Rules += other.Rules
	d.Alerts += other.Alerts
}

// OpenSuccession acquires the candidate's partition. live is the environment of the live application in the candidate's process; standings follow
// its changelog.
func OpenSuccession(ctx context.Context, candidate, live *Environment, partition int32, owner Ownership, standings *Standings) (s *Succession, err error) {
	s = &Succession{candidate: candidate, live: live, partition: partition, standings: standings}
	s.task = New(candidate, Attempt{Partition: partition, Owner: owner, OnCommit: func(*Task) {}})
	if err := s.task.acquire(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("acquire the candidate's partition %d: %w", partition, err), s.Close())
	}
	if _, _, rebuilding := s.task.engine.Rebuilding(); rebuilding {
		return nil, errors.Join(fmt.Errorf("the candidate's partition %d is still being rebuilt: wait until `processor backfill status` says that it has caught up", partition), s.Close())
	}
	settings, err := standings.Settings()
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.from = s.task.engine.Clock()
	s.moved = newMoved(settings, candidate.Topics.Inputs, s.from.Offsets)
	s.from.Offsets = s.moved.replace(s.from.Offsets, [events.NumTopics]int64{})
	s.time = s.from.StreamTime
	if s.moved.any() {
		s.from.StreamTime = events.None // Events that have come to the new topic alone move its time on.
	}
	return s, nil
}

// Close ends it.
func (s *Succession) Close() error { return s.task.closeState() }

// LagError says that the live application does not get as far as the candidate.
type LagError struct {
	Partition int32
	Patience  time.Duration
}

// Error names the partition and the remedy.
func (e *LagError) Error() string {
	return fmt.Sprintf("the live processes have not read partition %d as far as the candidate, %v after it has stopped: see to it that they run and keep up (`processor backfill status`), and try again",
		e.Partition, e.Patience)
}

// AwaitLive follows the live state, to its end and until it is as far as the candidate, but not for longer than patience.
func (s *Succession) AwaitLive(ctx context.Context, patience time.Duration) error {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := s.standings.Follow(bounded, func(c *state.Clock) bool { return Reached(c, &s.from) }, func(int64) {})
	if err != nil && bounded.Err() != nil && ctx.Err() == nil { // A request that is cut short may say so in other words.
		if is, err := s.live.Changelog(ctx, s.partition); err == nil && is != s.standings.Changelog() {
			return s.superseded()
		}
		return &LagError{s.partition, patience}
	}
	return err
}

// Prepare brings the candidate to where the live state is, and compares them; each rule of a seller that stands otherwise is told. AwaitLive must
// have come before. In a dry run the live owner is not fenced, and the live state is that of its last commit which is known.
func (s *Succession) Prepare(ctx context.Context, dry bool, changed func(*engine.Change)) (d Difference, err error) {
	if !dry {
		if err := s.fenceLive(ctx); err != nil {
			return d, err
		}
	}
	var known bool
	if s.at, known, err = s.standings.Clock(); err != nil {
		return d, err
	}
	if s.standings.Lost() {
		s.at = latest(s.at, s.from)
	}
	s.at.StreamTime = max(s.at.StreamTime, s.time)
	if !known {
		return d, fmt.Errorf("the live changelog %s has no state of partition %d: nothing can be cut over from", s.standings.Changelog(), s.partition)
	}
	if !Reached(&s.at, &s.from) {
		return d, fmt.Errorf("the live state of partition %d is at offsets %v, or in the middle of an instant, and the candidate at %v: try again", s.partition, s.at.Offsets, s.from.Offsets)
	}
	s.moved.live = s.at.Offsets
	s.at.Offsets = s.moved.replace(s.at.Offsets, s.moved.to)
	if err := s.bring(ctx); err != nil {
		return d, fmt.Errorf("bring the candidate's partition %d to where the live state is: %w", s.partition, err)
	}
	if err := s.live.Hooks.Did(s.partition, Brought); err != nil {
		return d, err
	}
	last := ""
	err = s.task.engine.Succeed(s.standings.Standings, s.candidate.Memory.Share(memory.Unsaved), reportsAtCutOver, func(c *engine.Change) {
		d.Rules++
		if c.SellerID != last {
			d.Sellers++
			last = c.SellerID
		}
		changed(c)
	})
	d.Alerts = int64(s.task.engine.Waiting().Alerts)
	return d, err
}

// Shorter lists the rules whose counts reach back less far in the candidate than in the live state, since Prepare. Nothing is known of one that is lost.
func (s *Succession) Shorter() ([]engine.Shorter, error) {
	if s.standings.Lost() {
		return nil, nil
	}
	columns, err := s.standings.Columns()
	return s.task.engine.Shorter(columns), err
}

// latest is how far two states are together in their inputs: nobody reads on from where the one was that is lost, and the other may have gone on.
func latest(a, b state.Clock) state.Clock {
	for i := range a.Offsets {
		a.Offsets[i] = max(a.Offsets[i], b.Offsets[i])
	}
	return state.Clock{StreamTime: a.StreamTime, Offsets: a.Offsets}
}

// fenceLive ends what the live owner does, after which its offsets are final.
func (s *Succession) fenceLive(ctx context.Context) (err error) {
	id := transactionalID(s.live.AppID, s.partition)
	if s.producer, err = s.live.Client.OpenTransactional(ctx, id, transactionTimeout); err != nil {
		return err
	}
	s.producer.SetCompression(stream.Zstd)
	if err := s.producer.Try(ctx, s.written()); err != nil {
		return err
	}
	is, err := s.live.settledMarkOf(ctx, s.partition)
	if err != nil {
		return err
	}
	if is.Changelog != s.standings.Changelog() {
		return s.superseded()
	}
	if err := s.live.Hooks.Did(s.partition, Fenced); err != nil {
		return err
	}
	return s.standings.CatchUp(ctx)
}

// written is what Commit writes to.
func (s *Succession) written() []stream.TopicPartition {
	outputs := &s.live.Topics
	all := []stream.TopicPartition{
		{Topic: outputs.Alerts},
		{Topic: outputs.SellerHealth},
		{Topic: outputs.DeadLetters},
		{Topic: s.task.changelog.Topic, Partition: s.partition},
	}
	if log := s.standings.log; log != nil {
		all = append(all, log.TopicPartition)
	}
	return all
}

// superseded says that the state which was followed is none any more.
func (s *Succession) superseded() error {
	return fmt.Errorf("partition %d: %w: another cut-over came first", s.partition, errSuperseded)
}

// bring applies the candidate's inputs up to just the live offsets, and time up to the live stream time, in commits of the candidate.
func (s *Succession) bring(ctx context.Context) error {
	bounded := *s.candidate
	bounded.UntilEnd, bounded.AsOf = true, s.at.StreamTime
	bounded.Ends = map[stream.TopicPartition]stream.Range{}
	for i, log := range bounded.Topics.InputPartitions(s.partition) {
		bounded.Ends[log] = stream.Range{LastStable: s.at.Offsets[i]}
	}
	t := s.task
	t.env = &bounded
	stopReading, err := t.read(ctx)
	if err != nil {
		return err
	}
	defer stopReading()
	if err := t.loop(ctx, ctx); err != nil {
		return err
	}
	if t.engine.StreamTime() != events.None {
		if err := t.step(ctx, ctx, engine.Until(s.at.StreamTime)); err != nil {
			return err
		}
	}
	if err := t.commit(ctx); err != nil {
		return err
	}
	if !t.committed {
		return nil
	}
	return t.checkpoint()
}

// Former is the application that the state becomes which is left.
type Former struct {
	AppID  string
	Topics Topics
}

// Commit makes the candidate's state the live one. former is what the live state becomes; nil where that is lost, in any partition.
func (s *Succession) Commit(ctx context.Context, former *Former) error {
	t := s.task
	if err := t.engine.SetSettings(s.live.settingsOn(t.changelog)); err != nil {
		return err
	}
	left, err := s.leave(former)
	if err != nil {
		return err
	}
	if err := t.engine.PublishReports(engine.Whenever, reportsAtCutOver); err != nil {
		return err
	}
	c, begun := t.engine.Commit(s.at.Offsets), s.live.Clock()
	t.env = s.live
	outputs, positions := t.outputs(c), t.positions(c.Offsets)
	t.env = s.candidate
	groups := []stream.GroupOffsets{
		{Group: s.live.AppID, Offsets: append(positions, s.moved.positions(s.partition, true)...), Metadata: Mark{Changelog: t.changelog.Topic, Revision: t.engine.Revision()}.Encode()},
		{Group: s.candidate.AppID, Offsets: positions, Metadata: Mark{CutOver: s.live.AppID}.Encode()},
	}
	if former != nil {
		groups = append(groups, stream.GroupOffsets{Group: former.AppID, Offsets: s.moved.positions(s.partition, false), Metadata: Mark{Changelog: s.standings.Changelog()}.Encode()})
	}
	r, err := s.producer.Commit(ctx, stream.Commit{
		Outputs: append(outputs, left...),
		Groups:  groups,
		// Another process of the candidate may have acquired the partition. One that does so from now on waits for this transaction before it reads
		// the group's offsets, and finds that the state is gone.
		Confirm: func(ctx context.Context) error {
			if _, err := t.producer.Now(ctx, t.changelog.TopicPartition); err != nil {
				return fmt.Errorf("the candidate's partition %d: %w", s.partition, err)
			}
			return nil
		},
	})
	if err == nil {
		err = s.live.Hooks.Did(s.partition, Committed)
	}
	if err != nil {
		return s.settle(ctx, fmt.Errorf("%w: %w", errCommit, err))
	}
	t.engine.Committed()
	t.saved = savedBy(&r, t.changelog.TopicPartition, begun)
	if err := t.checkpoint(); err != nil {
		s.live.log(s.partition).Warn("what a cut-over committed is restored from the changelog, since it could not be written", "error", err)
	}
	return nil
}

// settle ends the transaction of a Commit that has failed, and finds out what became of it, which is known of the group's offsets alone.
func (s *Succession) settle(ctx context.Context, why error) error {
	if !errors.Is(why, stream.ErrFenced) { // Who has fenced it has ended it.
		if _, err := s.live.Client.OpenTransactional(ctx, transactionalID(s.live.AppID, s.partition), transactionTimeout); err != nil {
			return errors.Join(why, err)
		}
	}
	is, err := s.live.settledMarkOf(ctx, s.partition)
	if err != nil || is.Changelog != s.task.changelog.Topic {
		return errors.Join(why, err)
	}
	s.live.log(s.partition).Warn("the transaction of a cut-over was answered with an error, but came to pass", "error", why)
	return nil
}

// reportsAtCutOver is how many reports the transaction of a cut-over carries; the others follow.
const reportsAtCutOver = 1000

// leave is the record that the changelog which is left gets, unless it is lost: settings of the application that its state is of from now on, and what
// came after it.
func (s *Succession) leave(former *Former) (left []stream.Output, err error) {
	if s.standings.Lost() {
		return nil, nil
	}
	settings, err := s.standings.Settings()
	if err != nil {
		return nil, err
	}
	next := *settings
	next.SupersededBy = s.task.changelog.Topic
	if former != nil {
		next.AppID, next.Topics = former.AppID, maps.Clone(settings.Topics)
		for use, name := range map[string]string{state.Alerts: former.Topics.Alerts, state.SellerHealth: former.Topics.SellerHealth, state.DeadLetters: former.Topics.DeadLetters} {
			next.Topics[use] = state.Topic{Name: name}
		}
	}
	r, log := next.Record(), s.standings.log
	return []stream.Output{{TopicPartition: log.TopicPartition, MaxBatchBytes: log.batchBytes, Messages: []stream.Message{
		{Key: r.Key, Value: r.Value, Timestamp: s.live.Clock().UnixMilli()},
	}}}, nil
}
