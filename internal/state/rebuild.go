package state

import (
	"bytes"
	"context"
	"fmt"

	"sellerpulse/pkg/windows"
)

// rebuildBytes is how much is written at once while everything derived is rebuilt, unless another size is asked for.
const rebuildBytes = 4 << 20

// RebuildBy sets how much Rebuild writes at once: it tells its progress as often.
func (r *Restorer) RebuildBy(bytes int) { r.rebuildBytes = bytes }

// Underived is whether what is derived must be rebuilt before the state is used.
func (p *Partition) Underived() bool { return p.saved.Underived }

// DeriveBy says by what ([Settings.Derivation]) all is to be derived from now on. What was derived by another basis, or by an earlier version that did not
// say by which, counts for nothing, and is to be rebuilt.
func (p *Partition) DeriveBy(basis string) error {
	was := p.saved.Basis
	p.saved.Basis = basis
	if was == basis || p.saved.Position == 0 {
		return nil
	}
	saved := p.saved
	saved.Counted = (!saved.Underived || saved.Counted) && sameButCounts(was, basis)
	saved.Underived, saved.Rebuilding, saved.Rebuilt, saved.Done = true, false, "", 0
	return p.Checkpoint(saved)
}

// Interrupted is whether a rebuild was begun, which can go on where it was interrupted as long as nothing is read on before.
func (p *Partition) Interrupted() bool {
	return p.saved.Underived && p.saved.Rebuilding && !p.saved.Partial
}

// Rebuild derives everything from base anew, in one pass over all rows. It goes on where it was interrupted, by a crash or by ctx. progress is
// told, now and then, how many orders are done.
func (r *Restorer) Rebuild(ctx context.Context, progress func(orders int64)) error {
	b := &rebuild{Restorer: r, ctx: ctx, progress: progress, at: r.p.saved, done: r.p.saved.Done}
	for _, step := range []func() error{b.begin, b.frozenBuckets, b.orders, b.parked} {
		if err := step(); err != nil {
			r.p.Discard()
			return fmt.Errorf("rebuild what is derived of the state: %w", err)
		}
	}
	b.at.Underived, b.at.Rebuilding, b.at.Rebuilt, b.at.Counted, b.at.Done, r.derived = false, false, "", false, 0, true
	return r.p.Checkpoint(b.at)
}

// rebuild is one pass.
type rebuild struct {
	*Restorer
	ctx      context.Context // A rebuild is one call of Rebuild.
	progress func(int64)
	at       Saved
	done     int64 // orders

	seller  string
	prefix  []byte // of the keys of its rows
	windows *windows.Seller
	date    windows.Date
	dated   bool // date is of the present seller
	frozen  bool // likewise: its rows count nothing
}

// begin drops what is derived, or of that what other counts change.
func (b *rebuild) begin() error {
	if b.at.Rebuilding {
		return nil
	}
	b.done = 0
	tags := derivedTags[:]
	if b.at.Counted {
		tags = []byte{tagBucket, tagTimer}
	}
	for _, tag := range tags {
		b.p.drop([]byte{tag}, []byte{tag + 1})
	}
	b.at.Rebuilding, b.at.Rebuilt = true, ""
	return b.p.Checkpoint(b.at)
}

// orders derives the buckets, dates, index entries and timers of all rows.
func (b *rebuild) orders() error {
	clock, _, err := b.clocks(nil)
	if err != nil {
		return err
	}
	from := []byte{tagOrder}
	if b.at.Rebuilt != "" {
		from = after(appendText(from, b.at.Rebuilt))
	}
	err = b.p.Scan(from, []byte{tagOrder + 1}, func(key, row []byte) (bool, error) {
		err := b.row(&clock, key, row)
		return err == nil, err
	})
	if err != nil {
		return err // The seller at hand is not whole.
	}
	return b.next("")
}

// row derives what follows from a row: of the present seller and date, as nearly always, or of those that begin with it.
func (b *rebuild) row(clock *Clock, key, row []byte) error {
	if b.windows == nil || !bytes.HasPrefix(key, b.prefix) {
		seller, _, err := cutText(key[1:])
		if err == nil {
			err = b.next(seller)
		}
		if err != nil {
			return err
		}
	}
	date, id, err := cutDate(key[len(b.prefix):])
	if err != nil {
		return err
	}
	if !b.dated || date != b.date {
		if err := b.nextDate(date); err != nil {
			return err
		}
	}
	if err := b.order(clock, id, row); err != nil {
		return fmt.Errorf("order %q of seller %q: %w", id, b.seller, err)
	}
	b.done++
	return nil
}

// nextDate begins a date of the present seller.
func (b *rebuild) nextDate(date windows.Date) (err error) {
	b.date, b.dated = date, true
	if !b.at.Counted {
		b.key = appendDateKey(b.key[:0], date, b.seller)
		b.p.Put(b.key, []byte{})
	}
	b.frozen, err = b.Restorer.frozen(nil, b.seller, date)
	return err
}

// order derives what follows from a row of the present seller and date.
func (b *rebuild) order(clock *Clock, id, row []byte) error {
	now := clock.StreamTime
	if clock.Instant != nil {
		now = clock.TimeOf(b.seller, string(id))
	}
	if err := b.derive(&b.after, row, b.date, now); err != nil {
		return err
	}
	if !b.frozen {
		if err := b.windows.Move(b.date, &b.after.Of, nil, b.after.Counts); err != nil {
			return err
		}
	}
	if due := b.after.Due; len(due) > 0 && due[len(due)-1] > now {
		b.setTimers(&b.after, now, Timer{Kind: FactsDue, Seller: b.seller, Order: string(id)})
	}
	if !b.at.Counted {
		b.key = appendIndexKey(b.key[:0], b.seller, string(id))
		b.p.Put(b.key, Index{Status: Live, Number: int64(b.date)}.append(nil))
	}
	return nil
}

// next ends a seller and begins another.
func (b *rebuild) next(seller string) error {
	if b.windows != nil {
		b.windows.Flush(func(date windows.Date, part uint16, bucket windows.Bucket) {
			b.key = appendBucketKey(b.key[:0], b.seller, date, part)
			b.p.Put(b.key, bucket)
		})
		b.at.Rebuilt = b.seller
		if b.p.Bytes() > b.rebuildBytes {
			if err := b.write(); err != nil {
				return err
			}
		}
	}
	if b.windows == nil {
		b.windows = new(windows.Seller)
	}
	b.layout.Reset(b.windows, 0)
	b.seller, b.dated = seller, false
	b.prefix = appendText(append(b.prefix[:0], tagOrder), seller)
	return nil
}

func (b *rebuild) write() error {
	if b.at.Orders > 0 {
		b.at.Done = b.done
	}
	if err := b.p.Checkpoint(b.at); err != nil {
		return err
	}
	if b.progress != nil {
		b.progress(b.done)
	}
	return b.ctx.Err()
}

// parked derives the index entries and timers of parked events, which is done again as a whole where it was interrupted.
func (b *rebuild) parked() error {
	if err := b.write(); err != nil { // What follows reads index entries.
		return err
	}
	clock, _, err := b.clocks(nil)
	if err != nil {
		return err
	}
	var last orderID
	return b.p.Scan([]byte{tagParked}, []byte{tagParked + 1}, func(key, _ []byte) (bool, error) {
		seller, rest, err := cutText(key[1:])
		if err != nil {
			return false, err
		}
		order, _, err := cutText(rest)
		if id := (orderID{seller, order}); err == nil && id != last {
			last = id
			err = b.parkedOf(&clock, id)
		}
		if err == nil && b.p.Bytes() > b.rebuildBytes {
			err = b.write()
		}
		return err == nil, err
	})
}

// parkedOf derives the index entry, unless a row has it, and the timers of an order's parked events.
func (b *rebuild) parkedOf(clock *Clock, id orderID) error {
	parked, err := b.count(id, func(e *ParkedEvent, timer Timer) { b.setOrphanTimer(clock, e, timer) })
	if err != nil || b.at.Counted {
		return err
	}
	key := appendIndexKey(nil, id.seller, id.order)
	value, err := b.p.Get(key)
	if err != nil {
		return err
	}
	if stored, err := DecodeIndex(value); value == nil || err != nil || stored.Status != Live {
		b.p.Put(key, parked.append(nil))
	}
	return nil
}
