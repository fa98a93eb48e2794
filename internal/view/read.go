package view

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"time"

	"sellerpulse/internal/stream"
	"sellerpulse/pkg/outputs"
	"sellerpulse/pkg/windows"
)

// read reads partitions from where the view is. It begins with what alerts there are, for what they tell of a seller costs less before its report has come.
func (v *View) read(ctx context.Context, logs []*log) error {
	fetcher := v.fetcher(logs)
	want := make([]bool, len(logs))
	for {
		v.choose(logs, want)
		chunks, err := fetcher.Fetch(ctx, want)
		if err != nil {
			return err
		}
		for i := range chunks {
			v.take(logs[chunks[i].Source], &chunks[i])
		}
	}
}

func (v *View) fetcher(logs []*log) *stream.Fetcher {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	positions := make([]stream.Position, len(logs))
	for i, l := range logs {
		positions[i] = stream.Position{TopicPartition: l.TopicPartition, Offset: l.next}
	}
	const least, most, inflates = 64 << 10, 1 << 20, 4 // what is fetched of one partition, and how much larger it may be unpacked
	each := min(max(readerBytes/inflates/len(logs), least), most)
	return v.o.Client.NewFetcher(stream.FetchOptions{Positions: positions, MaxBytes: int32(each), Unpacked: readerBytes, Marks: true})
}

// choose marks the partitions that are to be read next.
func (v *View) choose(logs []*log, want []bool) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	alerts := false
	for i, l := range logs {
		want[i] = l.alerts && l.next < l.goal
		alerts = alerts || want[i]
	}
	for i := range want {
		want[i] = want[i] || !alerts
	}
}

// take takes what was read of a partition. It is decoded before the lock is taken.
func (v *View) take(l *log, chunk *stream.Chunk) {
	d := decoder{log: l}
	for i := range chunk.Records {
		if err := d.decode(&chunk.Records[i]); err != nil {
			d.unreadable++
			v.warned.Do(func() {
				v.o.Logger.Warn("left out a record that cannot be read, and will others", "log", l.String(), "offset", chunk.Records[i].Offset, "error", err)
			})
		}
	}
	if v.took(chunk, &d) {
		v.o.Logger.Info("following what is published again")
	}
}

// took takes what was decoded. It tells whether a failure is over by that.
func (v *View) took(chunk *stream.Chunk, d *decoder) (healed bool) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	l, now := d.log, v.o.Clock()
	for i := range d.reports {
		v.table.put(&d.reports[i])
	}
	for _, a := range d.alerts {
		v.table.alert(a)
		v.recent.add(a)
	}
	for i := range d.letters {
		d.letters[i].At = min(d.letters[i].At, now.UnixMilli()) // Whoever's clock is ahead puts nothing into days to come.
		v.letters.add(&d.letters[i])
	}
	l.next, l.end, l.answered = chunk.Next, chunk.LastStable, now
	v.unreadable += d.unreadable
	if len(chunk.Records) > 0 {
		v.published = max(v.published, l.time)
		l.begun = cmp.Or(l.begun, chunk.Records[0].Timestamp)
	}
	v.complete()
	if len(d.alerts) > 0 {
		v.tell()
	}
	return v.heal()
}

// complete notes that the view is whole, once it is. The lock is held.
func (v *View) complete() {
	if v.whole {
		return
	}
	for _, l := range v.logs {
		if l.next < l.goal {
			return
		}
	}
	v.whole = true
	v.recent.settle()
	v.tell()
}

// reported is a report in short, or a tombstone: a report that has nothing but the seller.
type reported struct {
	report    outputs.Report
	today     windows.Date
	partition int32
	offset    int64
	gone      bool
}

// decoder decodes records of a partition, in their order.
type decoder struct {
	log        *log
	reports    []reported
	alerts     []*alert
	letters    []letter
	unreadable int64
}

func (d *decoder) decode(r *stream.Record) error {
	d.log.time = max(d.log.time, r.Timestamp)
	switch {
	case r.Batch != nil:
		return r.Batch
	case d.log.alerts:
		return d.alert(r)
	case d.log.letters:
		return d.letter(r)
	case r.Value == nil:
		d.reports = append(d.reports, reported{report: outputs.Report{SellerID: string(r.Key)}, partition: d.log.Partition, gone: true})
		return nil
	}
	report, today, err := outputs.DecodeStanding(r.Value)
	if err != nil {
		return err
	}
	if report.SellerID != string(r.Key) {
		return errKey
	}
	d.reports = append(d.reports, reported{report: report, today: today, partition: d.log.Partition, offset: r.Offset})
	return nil
}

// errKey is that a record is not found where it would be looked for.
var errKey = errors.New("the key is not the seller")

func (d *decoder) alert(r *stream.Record) error {
	a, err := outputs.DecodeAlert(r.Value)
	if err != nil {
		return err
	}
	if a.SellerID != string(r.Key) {
		return errKey
	}
	d.alerts = append(d.alerts, &alert{
		place:  place{published: d.log.time, partition: d.log.Partition, offset: r.Offset},
		seller: a.SellerID, rule: a.Rule, part: a.Part, number: a.Transition, asOf: a.AsOf, state: a.State, previous: a.PreviousState, kind: a.Kind(), class: a.Class,
		value: bytes.Clone(r.Value), // of its own: the record shares the memory of a whole answer
	})
	return nil
}

// failure is why the topics are not followed, or not all of them.
type failure struct {
	err   error // nil: they are
	since time.Time
	lost  bool // what is to be read next is not there: all is to be read anew
}

// fail notes a failure, and tells whether it is not one that goes on.
func (v *View) fail(err error) (first bool) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	first = v.failure.err == nil
	v.failure = failure{err: err, since: v.o.Clock(), lost: v.failure.lost || errors.As(err, new(*stream.OffsetError))}
	return first
}

// heal notes that a failure is over, once the brokers of all partitions have answered since. The lock is held.
func (v *View) heal() bool {
	if v.failure.err == nil {
		return false
	}
	for _, l := range v.logs {
		if !l.answered.After(v.failure.since) {
			return false
		}
	}
	v.failure = failure{}
	return true
}
