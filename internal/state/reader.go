package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"sellerpulse/pkg/events"
	"sellerpulse/pkg/windows"
)

// Reader reads the keys of one partition of a [View], as they are stored. It is for one goroutine.
type Reader struct {
	reader pebble.Reader
	prefix []byte
}

// Partition is whose keys it reads.
func (r *Reader) Partition() int32 {
	partition, _ := partitionOf(r.prefix)
	return partition
}

// get reads a value; nil where there is none.
func (r *Reader) get(key []byte) ([]byte, error) { return get(r.reader, slices.Concat(r.prefix, key)) }

// Settings is what the state rests on; nil where nothing was committed yet.
func (r *Reader) Settings() (*Settings, error) {
	value, err := r.get([]byte{tagSettings})
	if err != nil || value == nil {
		return nil, err
	}
	return decodeSettings(value)
}

// Clock is how far the task had come; false where nothing was committed yet.
func (r *Reader) Clock() (c Clock, ok bool, err error) {
	value, err := r.get([]byte{tagClock})
	if err != nil || value == nil {
		return Clock{StreamTime: events.None}, false, err
	}
	c, err = decodeClock(value)
	return c, err == nil, err
}

// HasTimer is whether a timer is set at an instant.
func (r *Reader) HasTimer(at events.Millis, t Timer) (bool, error) {
	value, err := r.get(appendTimerKey(nil, at, t))
	return value != nil, err
}

// HasDate is whether a seller is noted to have orders of a date.
func (r *Reader) HasDate(date windows.Date, seller string) (bool, error) {
	value, err := r.get(appendDateKey(nil, date, seller))
	return value != nil, err
}

// HasSeller is whether a seller has had a placed order.
func (r *Reader) HasSeller(seller string) (bool, error) {
	value, err := r.get(appendSellerKey(nil, seller))
	return value != nil, err
}

// Row is the stored row of an order that the index leads to; nil where there is none.
func (r *Reader) Row(seller, order string) ([]byte, error) {
	value, err := r.get(appendIndexKey(nil, seller, order))
	if err != nil || value == nil {
		return nil, err
	}
	index, err := DecodeIndex(value)
	if err != nil || index.Status != Live {
		return nil, nil
	}
	return r.get(appendOrderKey(nil, seller, windows.Date(index.Number), order))
}

// DecodeParked reads the value of a parked event.
func DecodeParked(value []byte) (e ParkedEvent, err error) {
	if len(value) == 0 || value[0] != parkedVersion {
		return e, errKey
	}
	err = e.decode(slices.Clone(value[1:]))
	return e, err
}

// DecodeRuleStates reads the value of a seller: the states of rules by name, of those of which there is anything to say.
func DecodeRuleStates(value []byte) (map[string]RuleState, error) {
	states := map[string]RuleState{}
	err := eachRuleState(value, func(name string, r RuleState) { states[strings.Clone(name)] = r })
	return states, err
}

// DecodePart reads the value of a part of a rule.
func DecodePart(value []byte) (PartState, error) { return decodePart(value) }

// Kind is what a key is of.
type Kind byte

// The kinds of keys of which there are many.
const (
	OrderKey  Kind = tagOrder
	IndexKey  Kind = tagIndex
	BucketKey Kind = tagBucket
	FrozenKey Kind = tagFrozen
	DateKey   Kind = tagDate
	ParkedKey Kind = tagParked
	SellerKey Kind = tagSeller
	PartKey   Kind = tagPart
	TimerKey  Kind = tagTimer
)

// Entry is a key, taken apart, and its value. Which fields there are depends on the kind.
type Entry struct {
	Seller string
	Order  string
	Date   windows.Date
	Part   uint16
	At     events.Millis
	Timer  TimerKind
	Rule   string // of a part
	Of     string // the part's value
	Value  []byte // valid until the next entry is read
}

// Cursor reads the keys of a kind, in order.
type Cursor struct {
	Entry // the present one

	kind  Kind
	it    *pebble.Iterator
	begun bool
	bad   func(key []byte) // nil where a key that cannot be taken apart is an error
}

// Read begins reading the keys of a kind before the first. A key that cannot be taken apart is given to bad and passed over.
func (r *Reader) Read(kind Kind, bad func(key []byte)) (*Cursor, error) {
	from := append(slices.Clone(r.prefix), byte(kind))
	it, err := r.reader.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: after(from)})
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	return &Cursor{kind: kind, it: it, bad: bad}, nil
}

// Next goes to the next key, and tells whether there is one.
func (c *Cursor) Next() (bool, error) {
	for c.step() {
		value, err := c.it.ValueAndErr()
		if err != nil {
			return false, fmt.Errorf("read state: %w", err)
		}
		key := c.it.Key()[prefixLength:]
		c.Entry = Entry{Value: value}
		if err := c.cut(key); err == nil {
			return true, nil
		}
		if c.bad == nil {
			return false, errKey
		}
		c.bad(key)
	}
	if err := c.it.Error(); err != nil {
		return false, fmt.Errorf("read state: %w", err)
	}
	return false, nil
}

func (c *Cursor) step() bool {
	if !c.begun {
		c.begun = true
		return c.it.First()
	}
	return c.it.Next()
}

// Close ends the reading.
func (c *Cursor) Close() error { return c.it.Close() }

// cut takes a key apart.
func (c *Cursor) cut(key []byte) (err error) {
	rest := key[1:]
	switch c.kind {
	case DateKey:
		c.Date, rest, err = cutDate(rest)
		c.Seller = string(rest)
		return err
	case SellerKey:
		c.Seller = string(rest)
		return nil
	case TimerKey:
		at, t, err := cutTimer(key)
		c.At, c.Timer, c.Seller, c.Order = at, t.Kind, t.Seller, t.Order
		return err
	}
	if c.Seller, rest, err = cutText(rest); err != nil {
		return err
	}
	return c.cutOfSeller(rest)
}

// cutOfSeller takes apart what follows the seller.
func (c *Cursor) cutOfSeller(rest []byte) (err error) {
	switch c.kind {
	case IndexKey:
		c.Order = string(rest)
		return nil
	case PartKey:
		c.Rule, rest, err = cutText(rest)
		c.Of = string(rest)
		return err
	case ParkedKey:
		if c.Order, rest, err = cutText(rest); err == nil && len(rest) != 9 {
			err = errKey
		}
		return err
	case BucketKey, FrozenKey:
		if c.Date, rest, err = cutDate(rest); err == nil && len(rest) != 2 {
			err = errKey
		}
		if err == nil {
			c.Part = binary.BigEndian.Uint16(rest)
		}
		return err
	case OrderKey:
		c.Date, rest, err = cutDate(rest)
		c.Order = string(rest)
		return err
	}
	return errors.New("no such kind of key")
}

// HasParked is whether an event that arrived at an instant waits for an order.
func (r *Reader) HasParked(seller, order string, arrived events.Millis) (found bool, err error) {
	from := append(slices.Clone(r.prefix), appendText(appendText([]byte{tagParked}, seller), order)...)
	it, err := r.reader.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: after(from)})
	if err != nil {
		return false, fmt.Errorf("read state: %w", err)
	}
	err = scan(it, func(_, value []byte) (bool, error) {
		e, err := DecodeParked(value)
		found = err == nil && e.Arrived == arrived
		return !found, nil
	})
	return found, errors.Join(err, it.Close())
}
