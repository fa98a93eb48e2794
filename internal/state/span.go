package state

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"sellerpulse/pkg/windows"
)

// Span is the order dates of a seller from one to another, both inclusive.
type Span struct {
	Seller   string
	From, To windows.Date
}

// bounds are the first key of the span, and the first behind it, given the keys' prefix up to the date. One that ends before it begins has no keys.
func (s *Span) bounds(prefix []byte) *pebble.IterOptions {
	end := slices.Clip(prefix)
	from, to := appendDate(end, s.From), after(appendDate(end, s.To))
	if s.To < s.From {
		to = from
	}
	return &pebble.IterOptions{LowerBound: from, UpperBound: to}
}

// ReadBuckets begins reading the day buckets of a span before the first: by date, the oldest first, then by part. A key that cannot be taken
// apart is an error.
func (r *Reader) ReadBuckets(s Span) (*Cursor, error) {
	it, err := r.reader.NewIter(s.bounds(appendText(append(slices.Clone(r.prefix), tagBucket), s.Seller)))
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	return &Cursor{kind: BucketKey, it: it}, nil
}

// OrderCursor reads the order rows of a span, those of expired orders too: by date, the newest first, then by id.
type OrderCursor struct {
	DatedOrder        // the present one
	Row        []byte // empty of an expired order; valid until the next order is read

	it     *pebble.Iterator
	prefix []byte // of the keys, up to the date
	skip   func(windows.Date) bool
	behind *DatedOrder // where to begin; nil once it has begun, and for the newest
	begun  bool
}

// ReadOrders begins reading the orders of a span before the first, or before the one that comes next behind another. Dates of which skip, unless
// it is nil, is true are passed over.
func (r *Reader) ReadOrders(s Span, behind *DatedOrder, skip func(windows.Date) bool) (*OrderCursor, error) {
	prefix := appendText(append(slices.Clone(r.prefix), tagOrder), s.Seller)
	it, err := r.reader.NewIter(s.bounds(prefix))
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	if behind != nil && behind.Date > s.To {
		behind = nil // All that is left of the span comes after it.
	}
	return &OrderCursor{it: it, prefix: slices.Clip(prefix), skip: skip, behind: behind}, nil
}

// Next goes to the next order, and tells whether there is one.
func (c *OrderCursor) Next() (bool, error) {
	if !c.step() {
		if err := c.it.Error(); err != nil {
			return false, fmt.Errorf("read state: %w", err)
		}
		return false, nil
	}
	value, err := c.it.ValueAndErr()
	if err != nil {
		return false, fmt.Errorf("read state: %w", err)
	}
	date, rest, err := cutDate(c.it.Key()[len(c.prefix):])
	if err != nil {
		return false, err
	}
	c.Date, c.ID, c.Row = date, string(rest), value
	return true, nil
}

// step goes to the key of the next order.
func (c *OrderCursor) step() bool {
	switch behind := c.behind; {
	case behind != nil:
		c.behind, c.begun, c.Date = nil, true, behind.Date
		if c.skipped(behind.Date) {
			return c.toNewest(c.it.SeekLT(appendDate(c.prefix, behind.Date)))
		}
		return c.sameDate(c.it.SeekGE(append(append(appendDate(c.prefix, behind.Date), behind.ID...), 0)))
	case !c.begun:
		c.begun = true
		return c.toNewest(c.it.Last())
	default:
		return c.sameDate(c.it.Next())
	}
}

// sameDate is whether the key at hand, if there is one, is of the present date; where it is not it goes to the next older date.
func (c *OrderCursor) sameDate(there bool) bool {
	if there {
		if date, _, err := cutDate(c.it.Key()[len(c.prefix):]); err != nil || date == c.Date {
			return true
		}
	}
	return c.it.Error() == nil && c.toNewest(c.it.SeekLT(appendDate(c.prefix, c.Date)))
}

// toNewest goes from the last key of a date to its first, or to that of the newest date before it that is not passed over.
func (c *OrderCursor) toNewest(there bool) bool {
	for there {
		date, _, err := cutDate(c.it.Key()[len(c.prefix):])
		if err != nil {
			return true
		}
		if !c.skipped(date) {
			return c.it.SeekGE(appendDate(c.prefix, date))
		}
		there = c.it.SeekLT(appendDate(c.prefix, date))
	}
	return false
}

func (c *OrderCursor) skipped(date windows.Date) bool { return c.skip != nil && c.skip(date) }

// Close ends the reading.
func (c *OrderCursor) Close() error { return c.it.Close() }

// Saved is how far the database has the state of the partition.
func (r *Reader) Saved() (Saved, error) {
	return readSaved(r.reader, r.prefix)
}

// RuleStates is where a seller stands with rules, by their names, of those of which there is anything to say; false for a seller that never had a
// placed order.
func (r *Reader) RuleStates(seller string) (states map[string]RuleState, known bool, err error) {
	value, err := r.get(appendSellerKey(nil, seller))
	if err != nil || value == nil {
		return nil, false, err
	}
	if states, err = DecodeRuleStates(value); err != nil {
		return nil, false, fmt.Errorf("decode seller %q: %w", seller, err)
	}
	return states, true, nil
}

// Parts lists the parts of rules that have places with a seller, and the rules' names beside them: by rule, then by value.
func (r *Reader) Parts(seller string) (rules []string, parts []PartState, err error) {
	from := append(slices.Clone(r.prefix), partPrefix(seller)...)
	it, err := r.reader.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: after(from)})
	if err != nil {
		return nil, nil, fmt.Errorf("read state: %w", err)
	}
	err = scan(it, func(key, value []byte) (bool, error) {
		rule, rest, err := cutText(key[len(from)-prefixLength:])
		if err != nil {
			return false, err
		}
		part, err := decodePart(value)
		if err != nil {
			return false, fmt.Errorf("decode part %q of rule %q of seller %q: %w", rest, rule, seller, err)
		}
		if part.Value = string(rest); part.Place != windows.NoField {
			rules, parts = append(rules, rule), append(parts, part)
		}
		return true, nil
	})
	return rules, parts, errors.Join(err, it.Close())
}

// Index is what is known of an order; zero where that is nothing. An expired order is Live here: its row, which is empty, tells.
func (r *Reader) Index(seller, order string) (Index, error) {
	value, err := r.get(appendIndexKey(nil, seller, order))
	if err != nil || value == nil {
		return Index{}, err
	}
	return DecodeIndex(value)
}

// ParkedEvents lists up to a number of the events that wait for an order, by topic and offset.
func (r *Reader) ParkedEvents(seller, order string, most int) (parked []ParkedEvent, err error) {
	from := append(slices.Clone(r.prefix), parkedPrefix(seller, order)...)
	it, err := r.reader.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: after(from)})
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	err = scan(it, func(key, value []byte) (bool, error) {
		if len(parked) == most {
			return false, nil
		}
		e, err := readParked(key[len(from)-prefixLength:], value)
		if err != nil {
			return false, fmt.Errorf("parked event of order %q: %w", order, err)
		}
		parked = append(parked, e)
		return true, nil
	})
	return parked, errors.Join(err, it.Close())
}
