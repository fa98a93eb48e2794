package state

import (
	"errors"
	"fmt"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// Trial is the keys of a partition for a [Store] on which it is tried what would be: what it reads is that of the view, and what it changes stays in its
// memory. To write any of it is a bug, and panics. It must be closed before the view is.
func (v *View) Trial(partition int32) (p *Partition, err error) {
	p = &Partition{reader: v.reader, prefix: v.second.prefix(partition)}
	p.saved, err = v.Saved(partition)
	return p, err
}

// DerivedBy is what the derived keys were derived by ([Settings.Derivation]); empty where that is not known, or they are not all there.
func (p *Partition) DerivedBy() string {
	if p.saved.Underived {
		return ""
	}
	return p.saved.Basis
}

// ReadParts has the states of parts be read, of a store that is not opened.
func (s *Store) ReadParts() { s.parts = true }

// Recount counts the orders of a seller from their rows, as they count at an instant, by a program by which no bucket was counted. It is for one goroutine.
type Recount struct {
	life  Lifetime
	tally *windows.Tally
	at    events.Millis

	thaws  *Thaws
	frozen map[windows.Date]bool // dates of the seller at hand

	order         windows.Order // scratch
	none, counted Derived
}

// NewRecount counts by a program as of an instant.
func NewRecount(l Lifetime, t *windows.Tally, at events.Millis) *Recount {
	return &Recount{life: l, tally: t, at: at, frozen: map[windows.Date]bool{}}
}

// thaw adds what is frozen of a seller to its windows, which are empty.
func (r *Recount) thaw(p *Partition, seller *Seller) error {
	clear(r.frozen)
	if !r.life.Lasts() {
		return nil
	}
	if r.thaws == nil {
		r.thaws = newThaws(r.tally.Program(), p.Columns)
	}
	from := frozenPrefix(nil, seller.ID)
	return p.ScanStored(from, after(from), func(key, value []byte) (bool, error) {
		_, date, part, err := cutBucket(key)
		if err != nil {
			return false, err
		}
		r.frozen[date] = true
		bucket, err := r.thaws.Bucket(value)
		if err == nil && len(bucket) > 0 {
			seller.Windows.Load(date, part, bucket)
		}
		return err == nil, err
	})
}

// count adds what a seller's orders count, and what is frozen, to its windows, which are empty.
func (r *Recount) count(p *Partition, seller *Seller) error {
	if err := r.thaw(p, seller); err != nil {
		return err
	}
	from := appendText([]byte{tagOrder}, seller.ID)
	return p.ScanStored(from, after(from), func(key, row []byte) (bool, error) {
		date, id, err := cutDate(key[len(from):])
		if err != nil {
			return false, err
		}
		if len(row) == 0 || r.frozen[date] {
			return true, nil // It has expired.
		}
		if err := r.order.Decode(row); err != nil {
			return false, fmt.Errorf("order %q of seller %q: %w", id, seller.ID, errors.Join(ErrMalformed, err))
		}
		r.none.Nothing()
		r.counted.Derive(r.tally, &r.order, date, r.life.CountedAt(date, r.at))
		if _, err := Count(seller.Windows, &r.none, &r.counted); err != nil {
			return false, fmt.Errorf("order %q of seller %q: %w", id, seller.ID, err)
		}
		return true, nil
	})
}
