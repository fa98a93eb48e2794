package verify

import (
	"errors"
	"fmt"

	"sellerpulse/internal/state"
)

// The cursors by seller, in the order in which a seller's keys are read.
const (
	byIndex = iota
	byFrozen
	byOrder
	byParked
	byBucket
	bySeller
	byPart
)

// cursor is a cursor and whether it stands on a key.
type cursor struct {
	*state.Cursor
	on bool
}

// allKinds are the kinds of keys, those by seller first and in the order of their cursors.
var allKinds = [...]state.Kind{state.IndexKey, state.FrozenKey, state.OrderKey, state.ParkedKey, state.BucketKey, state.SellerKey, state.PartKey, state.DateKey, state.TimerKey}

func (c *check) openCursors() error {
	for i, kind := range allKinds[:len(c.cursors)] {
		read, err := c.reader.Read(kind, c.badKey(kindOf(kind)))
		if err != nil {
			return err
		}
		c.cursors[i].Cursor = read
		if err := c.next(&c.cursors[i]); err != nil {
			return err
		}
	}
	return nil
}

func kindOf(k state.Kind) Kind {
	switch k {
	case state.IndexKey:
		return KindIndex
	case state.OrderKey:
		return KindOrder
	case state.ParkedKey:
		return KindParked
	case state.BucketKey:
		return KindBucket
	case state.FrozenKey:
		return KindFrozen
	case state.DateKey:
		return KindDate
	case state.TimerKey:
		return KindTimer
	default:
		return KindSeller
	}
}

func (c *check) badKey(kind Kind) func([]byte) {
	return func(key []byte) {
		c.result.add(Difference{Kind: kind, Stored: fmt.Sprintf("key %x", key), Computed: "no such key"})
	}
}

func (c *check) closeCursors() (err error) {
	for i := range c.cursors {
		if c.cursors[i].Cursor != nil {
			err = errors.Join(err, c.cursors[i].Close())
		}
	}
	return err
}

// next goes to the next key, unless the verification is to end.
func (c *check) next(at *cursor) (err error) {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	at.on, err = at.Next()
	return err
}

// nextSeller is the first seller of whom a cursor stands on a key.
func (c *check) nextSeller() (id string, ok bool) {
	for i := range c.cursors {
		if at := &c.cursors[i]; at.on && (!ok || at.Seller < id) {
			id, ok = at.Seller, true
		}
	}
	return id, ok
}

// each calls do with each key of a seller and a kind.
func (c *check) each(which int, seller string, do func(*state.Entry) error) error {
	at := &c.cursors[which]
	for at.on && at.Seller == seller {
		if err := do(&at.Entry); err != nil {
			return err
		}
		if err := c.next(at); err != nil {
			return err
		}
	}
	return nil
}
