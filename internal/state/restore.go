package state

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// Restorer brings the stored state of a partition forward along the changelog: after a crash, when a partition is taken over, and as a
// standby. The changelog has base alone. What is derived follows along by the difference that each changed row makes between the stream
// times of two commits, and by the timers that fired in between; or, where there was nothing before, in one pass over all rows at the end
// ([Restorer.Rebuild]).
//
// Invariant: after each Write the database is what the changelog says up to the stored position, and what is derived in it is that of the
// rows and the stream time in it, unless it is Underived.
type Restorer struct {
	p      *Partition
	life   Lifetime
	layout *windows.Layout
	tally  *windows.Tally
	thaws  *Thaws

	firedAtOnce  int // timers that fired and are carried out together
	rebuildBytes int // that Rebuild writes at once

	derived bool     // from nothing, by Rebuild
	waiting []Record // records that are not written, in the order of the log
	whole   int      // of these, up to the last clock: those of whole commits
	wholeTo int64    // the offset behind them

	order         windows.Order // scratch
	before, after Derived
	key           []byte
}

// NewRestorer makes a restorer of a partition that nothing else changes. What is counted is the program.
func NewRestorer(p *Partition, l Lifetime, program *windows.Program) *Restorer {
	return &Restorer{
		p: p, life: l, layout: windows.NewLayout(program, nil), tally: windows.NewTally(program), thaws: newThaws(program, p.Columns), firedAtOnce: 10_000, rebuildBytes: rebuildBytes,
	}
}

// Add takes in the next record of the changelog. It keeps key and value, and has no error.
func (r *Restorer) Add(offset int64, key, value []byte) error {
	r.waiting = append(r.waiting, Record{key, value})
	if len(key) == 1 && key[0] == tagClock {
		r.whole, r.wholeTo = len(r.waiting), offset+1
	}
	return nil
}

// Reset forgets what was taken in and not written: it is to be read again, from the stored position on.
func (r *Restorer) Reset() { r.drop(len(r.waiting)) }

// fromNothing is whether records are only gathered, for all to be derived in the end.
func (r *Restorer) fromNothing() bool {
	return r.p.saved.Underived || r.p.saved.Position == 0 && !r.derived
}

// Write makes what was taken in last, as far as it is of whole commits: those up to a position of the changelog.
func (r *Restorer) Write(saved Saved) error {
	if r.fromNothing() {
		saved.Underived = true // From the beginning, also where some of it was rebuilt.
		saved.Counted = r.p.saved.Counted && len(r.waiting) == 0
		for _, w := range r.waiting {
			if !isDerived(w.Key) {
				r.p.Put(w.Key, w.Value)
			}
		}
		r.drop(len(r.waiting))
		return r.p.Checkpoint(saved)
	}
	switch {
	case r.whole < len(r.waiting) && r.whole == 0:
		return nil // The rest of the commit is to come.
	case r.whole < len(r.waiting):
		saved.Position, saved.Partial = r.wholeTo, true
	}
	if err := r.write(latest(r.waiting[:r.whole])); err != nil {
		r.p.Discard()
		return fmt.Errorf("restore state: %w", err)
	}
	r.drop(r.whole)
	return r.p.Checkpoint(saved)
}

// drop forgets the first records.
func (r *Restorer) drop(n int) {
	left := copy(r.waiting, r.waiting[n:])
	clear(r.waiting[left:])
	r.waiting, r.whole = r.waiting[:left], 0
}

// latest is the last record of each key, sorted by key.
func latest(records []Record) []Record {
	sorted := slices.Clone(records)
	slices.SortStableFunc(sorted, func(a, b Record) int { return bytes.Compare(a.Key, b.Key) })
	last := sorted[:0]
	for i, record := range sorted {
		if i+1 == len(sorted) || !bytes.Equal(record.Key, sorted[i+1].Key) {
			last = append(last, record)
		}
	}
	return last
}

// change is what the records of some commits change, or time alone, in the making.
type change struct {
	from, to Clock // before and after
	edits    []edit
	orders   map[orderID]*touched
	frozen   map[sellerDate][]frozenPart // what was frozen; nothing of what was dropped
	settings bool                        // others were written
}

type orderID struct{ seller, order string }

// edit is a row before and after; nil where there is none. A row that stays may count differently at another time.
type edit struct {
	orderID
	date     windows.Date
	old, row []byte
}

// touched is what becomes of an order's index entry.
type touched struct {
	rows   bool // its rows changed
	live   bool // it has one now, under date
	date   windows.Date
	number int64 // of parked events more than before
	bytes  int64 // of those
}

func (c *change) touch(id orderID) *touched {
	t := c.orders[id]
	if t == nil {
		t = new(touched)
		c.orders[id] = t
	}
	return t
}

// write puts records, the last of each key, and all that follows from them, into the next checkpoint.
func (r *Restorer) write(records []Record) error {
	c := &change{orders: map[orderID]*touched{}, frozen: map[sellerDate][]frozenPart{}}
	var err error
	if c.from, c.to, err = r.clocks(records); err != nil {
		return err
	}
	fired, err := r.pass(c)
	if err != nil {
		return err
	}
	for _, record := range records {
		if err := r.base(c, record.Key, record.Value); err != nil {
			return err
		}
	}
	if err := r.follow(c, fired); err != nil {
		return err
	}
	if err := r.thaw(c); err != nil {
		return err
	}
	for id, t := range c.orders {
		if err := r.index(id, t); err != nil {
			return err
		}
	}
	return nil
}

// pass lets the time of a change pass for the stored rows while more timers fired in it than are carried out at once, and moves its beginning
// to where that comes to. It gives the timers that are left. What it writes is not as of any commit: it is Partial until all is read.
func (r *Restorer) pass(c *change) (fired []ahead, err error) {
	for {
		fired, next, err := r.fired(c)
		if next == nil || err != nil {
			return fired, err
		}
		step := &change{from: c.from, to: Clock{StreamTime: next.at, Offsets: c.from.Offsets, Instant: &Instant{Next: next.Timer}}}
		if err := r.follow(step, fired); err != nil {
			return nil, err
		}
		r.p.Put([]byte{tagClock}, step.to.append(nil))
		saved := r.p.saved
		saved.Partial = true
		if err := r.p.Checkpoint(saved); err != nil {
			return nil, err
		}
		c.from = step.to
	}
}

// follow carries out timers that fired, what rows changed, and sweeps.
func (r *Restorer) follow(c *change, fired []ahead) error {
	if err := r.fire(c, fired); err != nil {
		return err
	}
	if err := r.edit(c); err != nil {
		return err
	}
	r.sweep(c)
	return nil
}

// aheadDays is by how many days one calendar of a zone can be ahead of another.
const aheadDays = 2

// sweep takes away the dates that are forgotten, where a sweep has ended: that of a day, or that of a rebuild, which ends with other settings.
func (r *Restorer) sweep(c *change) {
	if c.to.StreamTime == events.None {
		return
	}
	swept := r.life.Swept(&c.to)
	if r.life.Lasts() {
		swept -= aheadDays // What has ended by this calendar may not have by the owner's, who then must find it when it takes this one's data.
	}
	if c.settings || c.from.StreamTime == events.None || r.life.Swept(&c.from) != r.life.Swept(&c.to) {
		r.p.drop([]byte{tagDate}, appendDate([]byte{tagDate}, swept-r.life.DatedFor()+1))
	}
}

// clocks is the clock of the stored state, and that after the records.
func (r *Restorer) clocks(records []Record) (from, to Clock, err error) {
	stored, err := r.p.Get([]byte{tagClock})
	if err != nil {
		return from, to, err
	}
	from = Clock{StreamTime: events.None}
	if stored != nil {
		if from, err = decodeClock(stored); err != nil {
			return from, to, err
		}
	}
	to = from
	for _, record := range records {
		if len(record.Key) == 1 && record.Key[0] == tagClock && record.Value != nil {
			if to, err = decodeClock(record.Value); err != nil {
				return from, to, err
			}
		}
	}
	return from, to, nil
}

// base writes a record as it is, and notes what is to be derived of it.
func (r *Restorer) base(c *change, key, value []byte) error {
	switch {
	case isDerived(key):
		return nil // Of a version that logged it.
	case key[0] == tagSettings:
		c.settings = true
	case key[0] == tagOrder:
		seller, rest, err := cutText(key[1:])
		if err != nil {
			return err
		}
		date, rest, err := cutDate(rest)
		if err != nil {
			return err
		}
		e := edit{orderID: orderID{seller, string(rest)}, date: date, row: value}
		if e.old, err = r.p.Get(key); err != nil {
			return err
		}
		c.edits = append(c.edits, e)
		t := c.touch(e.orderID)
		if t.rows = true; value != nil {
			t.live, t.date = true, date
		}
	case key[0] == tagParked:
		return r.park(c, key, value)
	case key[0] == tagFrozen:
		if err := c.freeze(key, value); err != nil {
			return err
		}
	case key[0] == tagColumns:
		r.setColumns(key, value)
		return nil
	}
	r.p.Put(key, value)
	return nil
}

// park writes a parked event, or deletes it, with its timer. Events of an order that came at one instant share a timer, and leave together.
func (r *Restorer) park(c *change, key, value []byte) error {
	seller, rest, err := cutText(key[1:])
	if err != nil {
		return err
	}
	order, _, err := cutText(rest)
	if err != nil {
		return err
	}
	t, timer := c.touch(orderID{seller, order}), Timer{Kind: OrphanDue, Seller: seller, Order: order}
	stored, err := r.p.Get(key)
	if err != nil {
		return err
	}
	if stored != nil {
		e, err := DecodeParked(stored)
		if err != nil {
			return err
		}
		t.number, t.bytes = t.number-1, t.bytes-int64(e.Size())
		r.p.Put(appendTimerKey(nil, e.due(), timer), nil)
	}
	if value == nil {
		r.p.Delete(key)
		return nil
	}
	e, err := DecodeParked(value)
	if err != nil {
		return err
	}
	t.number, t.bytes = t.number+1, t.bytes+int64(e.Size())
	r.p.Set(key, value)
	r.setOrphanTimer(&c.to, &e, timer)
	return nil
}

func (r *Restorer) setOrphanTimer(c *Clock, e *ParkedEvent, timer Timer) {
	if !c.Fired(e.due(), timer) {
		r.p.Put(appendTimerKey(nil, e.due(), timer), []byte{})
	}
}

// fired reads the first timers that fired between two clocks; next is the first of those beyond what is carried out at once.
func (r *Restorer) fired(c *change) (fired []ahead, next *ahead, err error) {
	if c.to.StreamTime == events.None {
		return nil, nil, nil
	}
	from, to := []byte{tagTimer}, c.to.next()
	if c.from.StreamTime != events.None { // What fired before takes long to pass while it is not compacted away.
		first := c.from.next()
		from = appendTimerKey(nil, first.at, first.Timer)
	}
	err = r.p.Scan(from, appendTimerKey(nil, to.at, to.Timer), func(key, _ []byte) (bool, error) {
		at, t, err := cutTimer(key)
		if err == nil && len(fired) == r.firedAtOnce {
			next = &ahead{at, t}
			return false, nil
		}
		fired = append(fired, ahead{at, t})
		return true, err
	})
	return fired, next, err
}

// fire takes timers away, and notes what each changed of a row that stays.
func (r *Restorer) fire(c *change, fired []ahead) error {
	seen := map[orderID]bool{}
	for _, f := range fired {
		r.p.Put(appendTimerKey(nil, f.at, f.Timer), nil)
		id := orderID{f.Seller, f.Order}
		if f.Kind != FactsDue || seen[id] || c.orders[id] != nil && c.orders[id].rows {
			continue
		}
		seen[id] = true
		date, row, err := r.row(id)
		if err != nil {
			return err
		}
		if len(row) > 0 {
			c.edits = append(c.edits, edit{orderID: id, date: date, old: row, row: row})
		}
	}
	return nil
}

// row is the stored row that the index leads to.
func (r *Restorer) row(id orderID) (date windows.Date, row []byte, err error) {
	value, err := r.p.Get(appendIndexKey(nil, id.seller, id.order))
	if err != nil || value == nil {
		return 0, nil, err
	}
	index, err := DecodeIndex(value)
	if err != nil || index.Status != Live {
		return 0, nil, err
	}
	date = windows.Date(index.Number)
	row, err = r.p.Get(appendOrderKey(nil, id.seller, date, id.order))
	return date, row, err
}

// edit carries the differences of rows into buckets, timers and dates, seller by seller and date by date.
func (r *Restorer) edit(c *change) error {
	slices.SortFunc(c.edits, func(a, b edit) int {
		return cmp.Or(strings.Compare(a.seller, b.seller), cmp.Compare(a.date, b.date), strings.Compare(a.order, b.order))
	})
	var w *windows.Seller
	frozen := false // the date at hand
	for i := range c.edits {
		e := &c.edits[i]
		sameSeller := i > 0 && c.edits[i-1].seller == e.seller
		if !sameSeller {
			r.flush(c.edits, i, w)
			w = r.layout.NewSeller(0)
		}
		if !sameSeller || c.edits[i-1].date != e.date {
			var err error
			if frozen, err = r.frozen(c, e.seller, e.date); err == nil && !frozen {
				err = r.load(w, e.seller, e.date)
			}
			if err != nil {
				return err
			}
		}
		if err := r.editOne(c, e, w, !frozen); err != nil {
			return fmt.Errorf("order %q of seller %q: %w", e.order, e.seller, err)
		}
	}
	r.flush(c.edits, len(c.edits), w)
	return nil
}

// flush writes the buckets of the seller whose edits end before an index.
func (r *Restorer) flush(edits []edit, end int, w *windows.Seller) {
	if w == nil {
		return
	}
	seller := edits[end-1].seller
	w.Flush(func(date windows.Date, part uint16, bucket windows.Bucket) {
		r.key = appendBucketKey(r.key[:0], seller, date, part)
		if len(bucket) == 0 {
			bucket = nil
		}
		r.p.Put(r.key, bucket)
	})
}

// load reads the bucket of a date.
func (r *Restorer) load(w *windows.Seller, seller string, date windows.Date) error {
	from := appendDate(appendText([]byte{tagBucket}, seller), date)
	return r.p.ScanStored(from, after(from), func(key, value []byte) (bool, error) {
		bucket := windows.Bucket(slices.Clone(value))
		if err := r.layout.CheckBucket(bucket); err != nil || len(key) != len(from)+2 {
			return false, fmt.Errorf("seller %q, %v: %w", seller, date, errors.Join(err, errKey))
		}
		w.Load(date, uint16(key[len(from)])<<8|uint16(key[len(from)+1]), bucket)
		return true, nil
	})
}

// editOne carries the difference of a row into timers and dates and, where it counts, the bucket.
func (r *Restorer) editOne(c *change, e *edit, w *windows.Seller, counts bool) error {
	from, to := c.from.TimeOf(e.seller, e.order), c.to.TimeOf(e.seller, e.order)
	if err := r.derive(&r.before, e.old, e.date, from); err != nil {
		return err
	}
	if err := r.derive(&r.after, e.row, e.date, to); err != nil {
		return err
	}
	if counts {
		if _, err := Count(w, &r.before, &r.after); err != nil {
			return err
		}
	}
	timer := Timer{Kind: FactsDue, Seller: e.seller, Order: e.order}
	for _, at := range r.before.Due {
		if at > from {
			r.key = appendTimerKey(r.key[:0], at, timer)
			r.p.Put(r.key, nil)
		}
	}
	r.setTimers(&r.after, to, timer)
	if e.old == nil && e.row != nil {
		r.key = appendDateKey(r.key[:0], e.date, e.seller)
		r.p.Put(r.key, []byte{})
	}
	return nil
}

func (r *Restorer) setTimers(d *Derived, at events.Millis, t Timer) {
	for _, due := range d.Due {
		if due > at {
			r.key = appendTimerKey(r.key[:0], due, t)
			r.p.Put(r.key, []byte{})
		}
	}
}

// derive sets d to what follows from a row, of which there may be none, that is kept under a date.
func (r *Restorer) derive(d *Derived, row []byte, date windows.Date, at events.Millis) error {
	if len(row) == 0 {
		d.Nothing()
		return nil
	}
	if err := r.order.Decode(row); err != nil {
		return err
	}
	if at != events.None {
		at = r.life.CountedAt(date, at)
	}
	d.Derive(r.tally, &r.order, date, at)
	return nil
}

// index writes what leads from an order's id to its row, or how many of its events wait.
func (r *Restorer) index(id orderID, t *touched) error {
	key := appendIndexKey(nil, id.seller, id.order)
	if t.live {
		r.p.Put(key, Index{Status: Live, Number: int64(t.date)}.append(nil))
		return nil
	}
	parked := Index{Status: Parked}
	value, err := r.p.Get(key)
	if err != nil {
		return err
	}
	if stored, err := DecodeIndex(value); value != nil && err == nil {
		switch {
		case stored.Status == Live && !t.rows:
			return nil // Its row stays where it is.
		case stored.Status == Parked:
			parked = stored
		}
	}
	if parked.Counted() {
		parked.Number, parked.Bytes = parked.Number+t.number, parked.Bytes+t.bytes
	} else if parked, err = r.count(id, nil); err != nil {
		return err
	}
	if parked.Number > 0 {
		r.p.Put(key, parked.append(nil))
	} else {
		r.p.Put(key, nil)
	}
	return nil
}

// count counts the parked events of an order, and tells each, if it is to, with its timer.
func (r *Restorer) count(id orderID, each func(*ParkedEvent, Timer)) (Index, error) {
	parked := Index{Status: Parked}
	timer := Timer{Kind: OrphanDue, Seller: id.seller, Order: id.order}
	from := parkedPrefix(id.seller, id.order)
	err := r.p.Scan(from, after(from), func(_, value []byte) (bool, error) {
		e, err := DecodeParked(value)
		parked.Number, parked.Bytes = parked.Number+1, parked.Bytes+int64(e.Size())
		if err == nil && each != nil {
			each(&e, timer)
		}
		return true, err
	})
	return parked, err
}
