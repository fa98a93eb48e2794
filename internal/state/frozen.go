package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"sellerpulse/internal/varint"
	"sellerpulse/pkg/windows"
)

// Where counts outlive their orders, the bucket of a date is frozen as its orders expire: what it is then is base, since no row is left to derive it
// from. It is written as it is, with the number of the columns that it has; with other rules the bucket that is derived of it has what those columns
// know, and nothing of other measures.
//
// Invariant: of a seller and date that are frozen rows count nothing, and the bucket is what was frozen.

// Columns are what the buckets are of that were frozen from a date on, until the next columns.
type Columns struct {
	Number uint32
	First  windows.Date // that expired, or will, while these are counted
	Fixed  bool         // something older may be frozen with them: they were begun in the middle of an instant
	Whole  bool         // nothing is missing before: there were no orders
	// Since is the first date of whose orders all events were there to be read, where the inputs began with others than their first records; else 0.
	Since windows.Date
	windows.Columns
}

const (
	columnsFixed = 1 << iota
	columnsWhole
)

// The versions: of columns without Since, and of those with it.
const (
	columnsVersion = 1 + iota
	columnsSinceVersion
)

// append writes the version, Since (zig-zag) if there is one, whether they are fixed (1) and whole (2), the first date (zig-zag), and the columns.
func (c *Columns) append(dst []byte) []byte {
	if c.Since == 0 {
		dst = append(dst, columnsVersion)
	} else {
		dst = binary.AppendVarint(append(dst, columnsSinceVersion), int64(c.Since))
	}
	flags := byte(0)
	if c.Fixed {
		flags |= columnsFixed
	}
	if c.Whole {
		flags |= columnsWhole
	}
	return c.Columns.Append(binary.AppendVarint(append(dst, flags), int64(c.First)))
}

func decodeColumns(key, value []byte) (c Columns, err error) {
	r := varint.NewReader(value)
	version := r.Byte()
	if len(key) != 5 || version < columnsVersion || version > columnsSinceVersion {
		return c, fmt.Errorf("decode columns of frozen buckets: %w", ErrMalformed)
	}
	if version == columnsSinceVersion {
		c.Since = windows.Date(r.Int())
	}
	flags := r.Byte()
	c.Number, c.Fixed, c.Whole, c.First = binary.BigEndian.Uint32(key[1:]), flags&columnsFixed != 0, flags&columnsWhole != 0, windows.Date(r.Int())
	if r.Err() == nil {
		c.Columns, err = windows.DecodeColumns(value[r.Offset():])
	}
	return c, errors.Join(r.Err(), err)
}

// Columns lists all columns, the oldest first, those too that were written since the last Checkpoint.
func (p *Partition) Columns() (all []Columns, err error) {
	err = p.Scan([]byte{tagColumns}, []byte{tagColumns + 1}, func(key, value []byte) (bool, error) {
		c, err := decodeColumns(key, value)
		all = append(all, c)
		return true, err
	})
	return all, err
}

// Columns lists all columns, the oldest first.
func (r *Reader) Columns() (all []Columns, err error) {
	from := append(slices.Clone(r.prefix), tagColumns)
	it, err := r.reader.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: after(from)})
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	err = scan(it, func(key, value []byte) (bool, error) {
		c, err := decodeColumns(key, value)
		all = append(all, c)
		return true, err
	})
	return all, errors.Join(err, it.Close())
}

// SetColumns has buckets be frozen with these columns from now on.
func (s *Store) SetColumns(c *Columns) {
	s.columns = c.Number
	key, value := appendColumnsKey(nil, c.Number), c.append(nil)
	s.Partition.Set(key, value)
	s.logged(key, value)
}

// UseColumns has buckets be frozen with columns that there are.
func (s *Store) UseColumns(number uint32) { s.columns = number }

// DropColumns deletes columns of which no bucket is left.
func (s *Store) DropColumns(number uint32) {
	key := appendColumnsKey(nil, number)
	s.Partition.Delete(key)
	s.logged(key, nil)
}

// Freeze makes the bucket of a seller and a date base, as it is. One that was frozen with other columns stays so.
func (s *Store) Freeze(seller *Seller, date windows.Date) error {
	number, frozen, err := s.Partition.frozenWith(seller.ID, date)
	if err != nil || frozen && number != s.columns {
		return err
	}
	seller.Windows.Bucket(date, func(part uint16, bucket windows.Bucket) {
		s.key = appendFrozenKey(s.key[:0], seller.ID, date, part)
		s.value = append(binary.AppendUvarint(s.value[:0], uint64(s.columns)), bucket...)
		s.Partition.Put(s.key, s.value)
		s.logged(s.key, s.value)
	})
	return nil
}

// Frozen is whether the bucket of a seller and a date is frozen, as of the last Checkpoint.
func (s *Store) Frozen(seller string, date windows.Date) (bool, error) {
	_, frozen, err := s.Partition.frozenWith(seller, date)
	return frozen, err
}

// DropFrozen drops the bucket of a seller and a date, which is in no window any more.
func (s *Store) DropFrozen(seller *Seller, date windows.Date) error {
	var parts []uint16
	seller.Windows.Bucket(date, func(part uint16, _ windows.Bucket) { parts = append(parts, part) })
	from := appendDate(frozenPrefix(nil, seller.ID), date)
	err := s.Partition.ScanStored(from, after(from), func(key, _ []byte) (bool, error) { // There may be parts of which nothing is counted any more.
		_, _, part, err := cutBucket(key)
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
		return true, err
	})
	for _, part := range parts {
		s.key = appendFrozenKey(s.key[:0], seller.ID, date, part)
		s.Partition.Put(s.key, nil)
		s.logged(s.key, nil)
	}
	seller.Windows.Drop(date)
	s.ChangedWindows(seller)
	return err
}

// frozenWith is with which columns the bucket of a seller and a date is frozen, if it is, as of the last Checkpoint.
func (p *Partition) frozenWith(seller string, date windows.Date) (number uint32, frozen bool, err error) {
	from := appendDate(frozenPrefix(nil, seller), date)
	err = p.ScanStored(from, after(from), func(_, value []byte) (bool, error) {
		r := varint.NewReader(value)
		number, frozen = uint32(r.Uint()), true
		return false, r.Err()
	})
	return number, frozen, err
}

// Thaws makes buckets of a program of what is frozen. It is for one goroutine.
type Thaws struct {
	program *windows.Program
	read    func() ([]Columns, error)
	known   map[uint32]*windows.Thaw
	bucket  []byte // scratch
}

func newThaws(p *windows.Program, read func() ([]Columns, error)) *Thaws {
	return &Thaws{program: p, read: read, known: map[uint32]*windows.Thaw{}}
}

// Thaws makes buckets of a program of what is frozen.
func (r *Reader) Thaws(p *windows.Program) *Thaws { return newThaws(p, r.Columns) }

// Bucket is what a frozen value counts of the program's measures. It is valid until the next call.
func (t *Thaws) Bucket(value []byte) (windows.Bucket, error) {
	r := varint.NewReader(value)
	number := uint32(r.Uint())
	if r.Err() != nil {
		return nil, fmt.Errorf("decode frozen bucket: %w", ErrMalformed)
	}
	thaw, err := t.with(number)
	if err != nil {
		return nil, err
	}
	t.bucket, err = thaw.Append(t.bucket[:0], windows.Bucket(value[r.Offset():]))
	return t.bucket, err
}

// with reads buckets with the columns of a number, which may have come since others were read.
func (t *Thaws) with(number uint32) (*windows.Thaw, error) {
	if thaw := t.known[number]; thaw != nil {
		return thaw, nil
	}
	all, err := t.read()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(c Columns) bool { return c.Number == number })
	if i < 0 {
		return nil, fmt.Errorf("decode frozen bucket: there are no columns %d: %w", number, ErrMalformed)
	}
	t.known[number] = t.program.Thaw(all[i].Columns)
	return t.known[number], nil
}
