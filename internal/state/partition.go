package state

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"sellerpulse/pkg/events"
)

// Partition is the keys of one task. It is for one goroutine.
//
// A key is changed either by Set and Delete, whose changes Scan sees at once, or by Put, which is cheaper and whose changes are read from
// the next Checkpoint on: their user has them in memory. Keys passed in and out are without the partition.
type Partition struct {
	db      *pebble.DB    // nil where it is only tried what would be (View.Trial)
	reader  pebble.Reader // the database, or a view of it
	written *written
	prefix  []byte

	overlay *pebble.Batch    // what was changed by Set and Delete
	writes  *pebble.Batch    // what was changed by Put
	stored  *pebble.Iterator // over the database as of the last Checkpoint; nil until it is used
	key     []byte
	upper   []byte
	saved   Saved
}

// Partition opens the keys of a partition: of its slot that is in force.
func (db *DB) Partition(partition int32) (*Partition, error) {
	return db.open(db.slots.now().prefix(partition))
}

func (db *DB) open(prefix []byte) (*Partition, error) {
	p := &Partition{db: db.pebble, reader: db.pebble, written: &db.written, prefix: prefix}
	// A checkpoint writes some megabytes; what is kept is not allocated again.
	const kept = 8 << 20
	p.overlay = p.db.NewIndexedBatch()
	p.writes = p.db.NewBatch(pebble.WithMaxRetainedSizeBytes(kept))
	var err error
	p.saved, err = readSaved(db.pebble, prefix)
	return p, err
}

// Close drops what is not committed.
func (p *Partition) Close() error {
	if p.db == nil {
		return p.closeStored()
	}
	return errors.Join(p.closeStored(), p.overlay.Close(), p.writes.Close())
}

func (p *Partition) closeStored() error {
	if p.stored == nil {
		return nil
	}
	err := p.stored.Close()
	p.stored = nil
	return err
}

// Position is the changelog position up to which the database holds the state; 0 for none.
func (p *Partition) Position() int64 { return p.saved.Position }

// Follow says of which changelog the state is from now on. One of another is cleared; what an earlier version wrote is of the application's own.
func (p *Partition) Follow(changelog, own string) error {
	was := cmp.Or(p.saved.Changelog, own)
	p.saved.Changelog = changelog
	if was == changelog || p.saved.Position == 0 {
		return nil
	}
	return p.Clear()
}

// SavedAt is when the database last was at its changelog position.
func (p *Partition) SavedAt() events.Millis { return p.saved.At }

// full is a key with the partition, in memory that the next call uses again.
func (p *Partition) full(key []byte) []byte {
	p.key = append(append(p.key[:0], p.prefix...), key...)
	return p.key
}

// Get reads a value into memory of its own, as of the last Checkpoint; nil where there is none.
func (p *Partition) Get(key []byte) ([]byte, error) { return get(p.reader, p.full(key)) }

// Set writes a value.
func (p *Partition) Set(key, value []byte) { must(p.overlay.Set(p.full(key), value, nil)) }

// Delete deletes a key.
func (p *Partition) Delete(key []byte) { must(p.overlay.Delete(p.full(key), nil)) }

// DeleteRange deletes the keys in [from, to).
func (p *Partition) DeleteRange(from, to []byte) {
	must(p.overlay.DeleteRange(slices.Concat(p.prefix, from), slices.Concat(p.prefix, to), nil))
}

// Put writes a value that is not read before the next Checkpoint; nil deletes the key.
func (p *Partition) Put(key, value []byte) {
	if value == nil {
		must(p.writes.Delete(p.full(key), nil))
		return
	}
	must(p.writes.Set(p.full(key), value, nil))
}

// must ends the program where a batch in memory cannot take a change, which only a bug can cause.
func must(err error) {
	if err != nil {
		panic("state: " + err.Error())
	}
}

// Scan calls yield with the keys in [from, to), in order, until it returns false. Keys and values are valid during the call. It sees
// what was changed by Set and Delete.
func (p *Partition) Scan(from, to []byte, yield func(key, value []byte) (bool, error)) (err error) {
	bounds := &pebble.IterOptions{LowerBound: slices.Concat(p.prefix, from), UpperBound: slices.Concat(p.prefix, to)}
	var it *pebble.Iterator
	if p.overlay == nil || p.overlay.Empty() {
		it, err = p.reader.NewIter(bounds)
	} else {
		it, err = p.overlay.NewIter(bounds)
	}
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	defer func() { err = errors.Join(err, it.Close()) }() // Also when yield panics.
	return scan(it, yield)
}

// ScanStored is Scan as of the last Checkpoint, and cheaper. yield must not scan or write a checkpoint.
func (p *Partition) ScanStored(from, to []byte, yield func(key, value []byte) (bool, error)) error {
	if p.stored == nil {
		var err error
		if p.stored, err = p.reader.NewIter(&pebble.IterOptions{LowerBound: p.prefix, UpperBound: after(p.prefix)}); err != nil {
			return fmt.Errorf("read state: %w", err)
		}
	}
	p.upper = append(append(p.upper[:0], p.prefix...), to...)
	p.stored.SetBounds(p.full(from), p.upper)
	return scan(p.stored, yield)
}

func scan(it *pebble.Iterator, yield func(key, value []byte) (bool, error)) error {
	for more := it.First(); more; more = it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return fmt.Errorf("read state: %w", err)
		}
		if again, err := yield(it.Key()[prefixLength:], value); !again || err != nil {
			return err
		}
	}
	if err := it.Error(); err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	return nil
}

// Bytes is about how many bytes of changes wait for a checkpoint.
func (p *Partition) Bytes() int { return p.overlay.Len() + p.writes.Len() }

// Checkpoint writes all changes since the last one to the database, in one batch with the changelog position that they stand for and the
// time at which that was committed or read.
func (p *Partition) Checkpoint(saved Saved) error {
	saved.Basis, saved.Changelog = cmp.Or(saved.Basis, p.saved.Basis), cmp.Or(saved.Changelog, p.saved.Changelog)
	saved.Orders = cmp.Or(saved.Orders, p.saved.Orders)
	if !p.overlay.Empty() {
		must(p.writes.Apply(p.overlay, nil))
	}
	must(p.writes.Set(p.full([]byte{tagPosition}), saved.encode(), nil))
	size := p.writes.Len() // A large batch is empty once it is committed.
	if err := p.writes.Commit(pebble.NoSync); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	p.written.applied.Add(uint64(size))
	p.saved = saved
	p.Discard()
	return p.closeStored()
}

// Discard drops all changes since the last Checkpoint.
func (p *Partition) Discard() {
	p.overlay.Reset()
	p.writes.Reset()
}

// drop deletes the stored keys in [from, to) with the next Checkpoint.
func (p *Partition) drop(from, to []byte) {
	must(p.writes.DeleteRange(slices.Concat(p.prefix, from), slices.Concat(p.prefix, to), nil))
}

// Clear deletes the whole partition, the position too.
func (p *Partition) Clear() error {
	p.Discard()
	p.saved = Saved{Basis: p.saved.Basis, Changelog: p.saved.Changelog}
	if err := p.closeStored(); err != nil {
		return err
	}
	if err := p.db.DeleteRange(p.prefix, after(p.prefix), pebble.NoSync); err != nil {
		return fmt.Errorf("clear state: %w", err)
	}
	return nil
}
