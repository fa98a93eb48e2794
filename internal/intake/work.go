package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sellerpulse/internal/mapping"
	"sellerpulse/internal/panics"
	"sellerpulse/internal/stream"
	"sellerpulse/pkg/events"
)

const (
	transactionTimeout = time.Minute // after which the brokers take it back
	idleWait           = 500 * time.Millisecond
)

// work is one try of a unit.
type work struct {
	unit      *unit
	intake    *Intake
	sources   *sources
	committed func() // told of each commit

	logs      []source
	producer  *stream.Producer
	fetcher   *stream.Fetcher
	batch     *batch
	spare     *batch // of the commit before
	inflight  chan error
	lastBegun time.Time
	mapped    []mapping.Message // of a record, used again
	ready     []stream.Message  // these as they are written, likewise
	room      room
}

// source is one partition that a unit reads.
type source struct {
	stream.TopicPartition
	id      string // of the topic
	runner  *mapping.Runner
	next    int64 // to be read
	saved   int64 // what was committed last, or is about to be
	records prometheus.Counter
}

// open fences whoever worked on the unit before, and finds where to go on.
func (w *work) open(ctx context.Context) (err error) {
	in := w.intake
	logs := w.sources.of(w.unit.partition)
	if w.producer, err = in.options.Client.OpenTransactional(ctx, fmt.Sprintf("%s-%d", in.group, w.unit.partition), transactionTimeout); err != nil {
		return err
	}
	w.producer.SetCompression(stream.Lz4)
	w.batch, w.spare = newBatch(len(logs)), newBatch(len(logs))
	committed, err := in.options.Client.Offsets(ctx, in.group, logs)
	if err != nil {
		return err
	}
	ends, err := in.options.Client.Ends(ctx, logs)
	if err != nil {
		return err
	}
	positions, told := make([]stream.Position, len(logs)), make([]SourceStatus, len(logs))
	for i, tp := range logs {
		of := in.options.Mapping.Of(tp.Topic)
		s := source{TopicPartition: tp, id: w.sources.topics[tp.Topic].ID, runner: of.NewRunner(in.options.Encoder), records: in.metrics.records.WithLabelValues(tp.Topic)}
		s.next = w.begin(&s, committed[tp], ends[tp], of.Latest)
		s.saved = committed[tp].Offset
		w.batch.moved = w.batch.moved || s.next != s.saved
		w.logs = append(w.logs, s)
		positions[i] = stream.Position{TopicPartition: tp, Offset: s.next}
		told[i] = SourceStatus{Topic: tp.Topic, Next: s.next, End: ends[tp].LastStable}
	}
	w.unit.begins(told)
	w.fetcher = in.options.Client.NewFetcher(stream.FetchOptions{Positions: positions, Marks: true})
	return nil
}

// begin is where a source is read on: where the group was, unless the topic is another one or does not hold that any more.
func (w *work) begin(s *source, committed stream.Committed, has stream.Range, latest bool) int64 {
	switch {
	case committed.Offset < 0 && latest && w.intake.first.has(s.TopicPartition): // All of one that came later came later.
		return has.LastStable
	case committed.Offset < 0:
		return has.First
	case another(committed, s.id):
		w.unit.log.Error("source topic was made anew: reading it from its beginning", "topic", s.Topic, "was_at", committed.Offset)
		return has.First
	case committed.Offset < has.First:
		w.unit.log.Error("source topic has deleted records that were not read: going on with the first that there is; raise its retention.ms", "topic", s.Topic, "was_at", committed.Offset, "first", has.First)
		return has.First
	case committed.Offset > has.LastStable && s.id == "":
		w.unit.log.Error("source topic ends before where it was read to: reading it from its beginning", "topic", s.Topic, "was_at", committed.Offset, "end", has.LastStable)
		return has.First
	}
	return committed.Offset
}

// run reads, maps and commits until the unit is given up, with a last commit.
func (w *work) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return w.finish(ctx)
		case <-w.sources.changed:
			return w.finish(ctx)
		default:
		}
		if !w.unit.owned() {
			return w.finish(ctx)
		}
		if err := w.round(ctx); err != nil {
			if ctx.Err() != nil && errors.Is(err, context.Canceled) {
				return w.finish(ctx)
			}
			return errors.Join(err, w.await())
		}
	}
}

// round reads once, and begins a commit where one is due.
func (w *work) round(ctx context.Context) error {
	w.fetcher.SetMaxWait(w.patience())
	w.room = w.intake.room()
	w.fetcher.SetMaxBytes(w.room.fetched/len(w.logs), w.room.fetched)
	chunks, err := w.fetcher.Fetch(ctx, nil)
	if err != nil {
		return err
	}
	for i := range chunks {
		if err := w.take(ctx, &chunks[i]); err != nil {
			return err
		}
	}
	if w.due() {
		return w.commit(ctx)
	}
	return w.settle()
}

// patience is how long to wait for records.
func (w *work) patience() time.Duration {
	if !w.pending() && w.inflight == nil {
		return idleWait
	}
	const least = 5 * time.Millisecond
	return max(least, min(idleWait, w.intake.options.CommitInterval-w.intake.options.Clock().Sub(w.lastBegun)))
}

func (w *work) pending() bool { return w.batch.records > 0 || w.batch.moved }

// due is whether to commit now.
func (w *work) due() bool {
	return w.pending() && w.intake.options.Clock().Sub(w.lastBegun) >= w.intake.options.CommitInterval
}

// take maps the records of one source. Where a batch is full it is committed on the way.
func (w *work) take(ctx context.Context, chunk *stream.Chunk) error {
	s := &w.logs[chunk.Source]
	now := w.intake.options.Clock().UnixMilli()
	for i := range chunk.Records {
		r := &chunk.Records[i]
		if err := w.carry(s, r, now); err != nil {
			return fmt.Errorf("map record %v@%d: %w", s.TopicPartition, r.Offset, err)
		}
		s.next = r.Offset + 1
		w.batch.taken[chunk.Source]++
		if w.batch.records++; w.batch.full(w.intake.options.batchRecords, w.room.batch) {
			if err := w.commit(ctx); err != nil {
				return err
			}
		}
	}
	w.batch.moved = w.batch.moved || s.next != chunk.Next
	s.next = chunk.Next
	w.unit.reads(chunk.Source, chunk.Next, chunk.LastStable)
	return nil
}

// carry adds what becomes of a record. Its error is an outage.
func (w *work) carry(s *source, r *stream.Record, now events.Millis) error {
	if r.Batch != nil {
		w.refuse(s.TopicPartition, r, &mapping.Error{Reason: events.Undecodable, Err: r.Batch}, now)
		return nil
	}
	record := mapping.Record{Topic: s.Topic, Partition: s.Partition, Offset: r.Offset, Timestamp: r.Timestamp, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		record.Headers = append(record.Headers, mapping.Header(h))
	}
	var err error
	panicked := panics.Survive(func() error {
		if w.mapped, err = s.runner.Map(&record, w.mapped[:0]); err == nil {
			err = w.prepare(now)
		}
		return nil
	})
	if panicked != nil {
		err = &mapping.Error{Reason: events.Invalid, Err: panicked}
		s.runner = w.intake.options.Mapping.Of(s.Topic).NewRunner(w.intake.options.Encoder)
	}
	why := refused(err)
	switch {
	case why != nil:
		w.refuse(s.TopicPartition, r, why, now)
	case err != nil:
		return err
	default:
		w.send()
	}
	return nil
}

// commit begins a transaction of what is gathered, after the one before.
func (w *work) commit(ctx context.Context) error {
	if err := w.await(); err != nil {
		return err
	}
	in, b := w.intake, w.batch
	commit := stream.Commit{Outputs: b.outputs, Groups: w.offsets(), Confirm: in.options.confirm}
	w.batch, w.spare = w.spare, b
	w.lastBegun, w.inflight = in.options.Clock(), make(chan error, 1)
	done := w.inflight
	go func() {
		done <- panics.Survive(func() error {
			_, err := w.producer.Commit(context.WithoutCancel(ctx), commit)
			return err
		})
	}()
	return nil
}

// offsets is how far the sources are read that were read on, each with the id of its topic.
func (w *work) offsets() (all []stream.GroupOffsets) {
	for i := range w.logs {
		s := &w.logs[i]
		if s.next == s.saved {
			continue
		}
		s.saved = s.next
		all = append(all, stream.GroupOffsets{Group: w.intake.group, Metadata: s.id, Offsets: []stream.Position{{TopicPartition: s.TopicPartition, Offset: s.next}}})
	}
	return all
}

// await waits for the transaction under way, if there is one.
func (w *work) await() error {
	if w.inflight == nil {
		return nil
	}
	return w.settled(<-w.inflight)
}

// settle takes notice of a transaction that has ended, without waiting for it.
func (w *work) settle() error {
	select {
	case err := <-w.inflight: // Never, where there is none.
		return w.settled(err)
	default:
		return nil
	}
}

// settled notes what became of the transaction under way.
func (w *work) settled(err error) error {
	w.inflight = nil
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	in, now := w.intake, w.intake.options.Clock()
	for i, n := range w.spare.taken {
		w.logs[i].records.Add(float64(n))
	}
	in.metrics.events.Add(float64(w.spare.events))
	in.tally.add(w.spare)
	w.unit.commits(now, w.spare.records)
	in.metrics.commit.Observe(now.Sub(w.lastBegun).Seconds())
	for reason, n := range w.spare.letters {
		in.metrics.letters.WithLabelValues(string(reason)).Add(float64(n))
		w.unit.log.Warn("records of sources could not be mapped and went to the dead letters", "reason", reason, "count", n, "see", "processor dead-letters list")
	}
	w.spare.reset()
	w.committed()
	return nil
}

// finish commits what is gathered, whole, also where ctx has ended. The client bounds how long that takes.
func (w *work) finish(ctx context.Context) error {
	err := w.await()
	if err == nil && w.pending() {
		if err = w.commit(ctx); err == nil {
			err = w.await()
		}
	}
	if errors.Is(err, stream.ErrFenced) {
		return nil // The next owner goes on from the commit before.
	}
	return err
}
