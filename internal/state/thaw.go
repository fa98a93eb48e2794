package state

import (
	"errors"
	"slices"

	"sellerpulse/pkg/windows"
)

// sellerDate is a date of a seller.
type sellerDate struct {
	seller string
	date   windows.Date
}

// frozenPart is a part of a frozen bucket.
type frozenPart struct {
	part  uint16
	value []byte
}

// freeze notes what a record of a frozen bucket says. All parts of one are in a commit.
func (c *change) freeze(key, value []byte) error {
	seller, date, part, err := cutBucket(key)
	if err != nil {
		return err
	}
	at := sellerDate{seller, date}
	parts := c.frozen[at]
	if value != nil {
		parts = append(parts, frozenPart{part, value})
	}
	c.frozen[at] = parts
	return nil
}

// setColumns writes columns so that they are read at once.
func (r *Restorer) setColumns(key, value []byte) {
	if value == nil {
		r.p.Delete(key)
		return
	}
	r.p.Set(key, value)
}

// frozen is whether rows of a seller and a date count nothing: where the bucket is frozen, though the change may drop it, or the change, unless it is nil,
// freezes it.
func (r *Restorer) frozen(c *change, seller string, date windows.Date) (bool, error) {
	if !r.life.Lasts() {
		return false, nil
	}
	if c != nil && len(c.frozen[sellerDate{seller, date}]) > 0 {
		return true, nil
	}
	_, frozen, err := r.p.frozenWith(seller, date)
	return frozen, err
}

// thaw has the buckets be what was frozen, or dropped.
func (r *Restorer) thaw(c *change) error {
	for at, parts := range c.frozen {
		if err := r.dropBucket(at); err != nil {
			return err
		}
		for _, p := range parts {
			if err := r.thawPart(at, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Restorer) dropBucket(at sellerDate) error {
	from := appendDate(appendText([]byte{tagBucket}, at.seller), at.date)
	return r.p.ScanStored(from, after(from), func(key, _ []byte) (bool, error) {
		r.p.Put(slices.Clone(key), nil)
		return true, nil
	})
}

// thawPart derives what follows from a part that is frozen: of the bucket, and that the seller has orders of the date.
func (r *Restorer) thawPart(at sellerDate, p frozenPart) error {
	r.key = appendDateKey(r.key[:0], at.date, at.seller)
	r.p.Put(r.key, []byte{})
	bucket, err := r.thaws.Bucket(p.value)
	if err == nil && len(bucket) > 0 {
		r.key = appendBucketKey(r.key[:0], at.seller, at.date, p.part)
		r.p.Put(r.key, bucket)
	}
	return err
}

// frozenBuckets derives the buckets and dates of what is frozen, which is done again as a whole where it was interrupted.
func (b *rebuild) frozenBuckets() error {
	if !b.life.Lasts() {
		return nil
	}
	return b.p.Scan([]byte{tagFrozen}, []byte{tagFrozen + 1}, func(key, value []byte) (bool, error) {
		seller, date, part, err := cutBucket(key)
		if err == nil {
			err = b.thawPart(sellerDate{seller, date}, frozenPart{part, value})
		}
		if err == nil && b.p.Bytes() > rebuildBytes {
			err = errors.Join(b.ctx.Err(), b.p.Checkpoint(b.at))
		}
		return err == nil, err
	})
}
