package state

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sellerpulse/pkg/windows"
)

// Status is what is known of an order.
type Status uint8

// The statuses.
const (
	Unknown Status = iota // nothing
	Parked                // events that wait for its PLACED
	Live                  // a row
	Expired               // that it was live, and its date
)

// Order is what is kept of an order. It is changed by way of the Store only.
type Order struct {
	ID     string
	Status Status
	Date   windows.Date // of a Live or Expired order
	Row    []byte       // of a Live order: windows.Order in its compact form; not to be changed
	Parked int          // events that wait

	parkedBytes int64 // of those; unknownBytes where the state was written before they were counted
	dirty       bool
	stored      bool // a row is stored, under storedDate
	storedDate  windows.Date
	index       Index // as stored
}

// Known is whether the order was placed, and so has a date.
func (o *Order) Known() bool { return o.Status == Live || o.Status == Expired }

func (o *Order) size() int { return 160 + len(o.ID) + len(o.Row) }

// Order reads an order of a seller.
func (s *Store) Order(seller *Seller, id string) (*Order, error) {
	s.key = append(appendText(s.reuse(tagIndex), seller.ID), id...)
	if o, ok := s.orders.get(s.key); ok {
		return o, nil
	}
	o := &Order{ID: string(append([]byte(nil), id...))}
	cached := string(s.key)
	if err := s.readOrder(seller, o); err != nil {
		return nil, fmt.Errorf("order %q of seller %q: %w", id, seller.ID, err)
	}
	s.orders.put(cached, o)
	return o, nil
}

// readOrder reads the index entry, whose key is s.key, and the row.
func (s *Store) readOrder(seller *Seller, o *Order) error {
	value, err := s.Partition.Get(s.key)
	if err != nil || value == nil {
		return err
	}
	index, err := DecodeIndex(value)
	if err != nil {
		return err
	}
	o.Status, o.index = index.Status, index
	if o.Status == Parked {
		o.Parked, o.parkedBytes = int(index.Number), index.Bytes
		return nil
	}
	o.Date = windows.Date(index.Number)
	s.key = append(appendDate(appendText(s.reuse(tagOrder), seller.ID), o.Date), o.ID...)
	row, err := s.Partition.Get(s.key)
	if err == nil && row == nil {
		err = errKey
	}
	o.read(o.Date, row)
	return err
}

// read sets what a stored row says. The row of an expired order is empty.
func (o *Order) read(date windows.Date, row []byte) {
	o.Status, o.Date, o.Row = Live, date, row
	if len(row) == 0 {
		o.Status, o.Row = Expired, nil
	}
	o.stored, o.storedDate, o.index = true, date, Index{Status: Live, Number: int64(date)}
}

// PutRow makes an order live, with a row that the store keeps.
func (s *Store) PutRow(seller *Seller, o *Order, date windows.Date, row []byte) {
	o.Status, o.Date, o.Row, o.Parked, o.parkedBytes = Live, date, row, 0, 0
	s.waitingBytes += len(row)
	s.changedOrder(seller, o)
}

// SetParked notes how many events of an order wait for its PLACED, and of how many bytes they are.
func (s *Store) SetParked(seller *Seller, o *Order, number int, bytes int64) {
	o.Status, o.Parked, o.parkedBytes = Parked, number, bytes
	if number == 0 {
		o.Status = Unknown
	}
	s.changedOrder(seller, o)
}

// Expire forgets the row of a live order, but not that there was one.
func (s *Store) Expire(seller *Seller, o *Order) {
	o.Status, o.Row = Expired, nil
	s.changedOrder(seller, o)
}

// Forget forgets an order.
func (s *Store) Forget(seller *Seller, o *Order) {
	o.Status, o.Row = Unknown, nil
	s.changedOrder(seller, o)
}

func (s *Store) changedOrder(seller *Seller, o *Order) {
	if !o.dirty {
		o.dirty = true
		s.waiting++
		seller.changed = append(seller.changed, o)
		s.touch(seller)
	}
}

func compareOrders(a, b *Order) int {
	return cmp.Or(cmp.Compare(a.Date, b.Date), strings.Compare(a.ID, b.ID))
}

// flushRow writes an order's row under its date, and deletes it from where it was before.
func (s *Store) flushRow(seller *Seller, o *Order) {
	o.dirty = false
	keep := o.Known()
	if o.stored && (!keep || o.storedDate != o.Date) {
		s.key = append(appendDate(appendText(s.reuse(tagOrder), seller.ID), o.storedDate), o.ID...)
		s.Partition.Put(s.key, nil)
	}
	if keep {
		s.key = append(appendDate(appendText(s.reuse(tagOrder), seller.ID), o.Date), o.ID...)
		row := o.Row
		if row == nil {
			row = []byte{}
		}
		s.Partition.Put(s.key, row)
	}
	o.stored, o.storedDate = keep, o.Date
}

// flushIndex writes what leads from an order's id to its row.
func (s *Store) flushIndex(seller *Seller, o *Order) {
	index := Index{Status: Live, Number: int64(o.Date)} // Of an expired order too: its row tells.
	if o.Status == Parked {
		index = Index{Status: Parked, Number: int64(o.Parked), Bytes: o.parkedBytes}
	} else if o.Status == Unknown {
		index = Index{}
	}
	if index == o.index {
		return
	}
	s.key = append(appendText(s.reuse(tagIndex), seller.ID), o.ID...)
	if o.index = index; o.Status == Unknown {
		s.Partition.Put(s.key, nil)
		return
	}
	s.Partition.Put(s.key, index.append(nil))
}

// OrdersBetween calls yield with every live order of a seller from one date to another, both inclusive, in the order of date and id, until
// it returns false; with expired set, with every expired one instead. It sees changes that are not committed. Rows are valid during the
// call.
func (s *Store) OrdersBetween(seller *Seller, first, last windows.Date, expired bool, yield func(date windows.Date, id string, row []byte) (bool, error)) error {
	waiting := seller.changedBetween(first, last, expired)
	more := true
	prefix := appendText([]byte{tagOrder}, seller.ID)
	from, to := appendDate(prefix[:len(prefix):len(prefix)], first), after(appendDate(prefix[:len(prefix):len(prefix)], last))
	err := s.Partition.ScanStored(from, to, func(key, row []byte) (bool, error) {
		date, rest, err := cutDate(key[len(prefix):])
		if err != nil {
			return false, err
		}
		id := string(rest)
		for len(waiting) > 0 && compareOrders(waiting[0], &Order{Date: date, ID: id}) < 0 {
			o := waiting[0]
			waiting = waiting[1:]
			if more, err = yield(o.Date, o.ID, o.Row); !more || err != nil {
				return false, err
			}
		}
		if (len(row) == 0) != expired || seller.isChanged(id) {
			return true, nil
		}
		more, err = yield(date, id, row)
		return more, err
	})
	for ; more && err == nil && len(waiting) > 0; waiting = waiting[1:] {
		more, err = yield(waiting[0].Date, waiting[0].ID, waiting[0].Row)
	}
	return err
}

// AllBetween reads every live order of a seller between two dates, or with expired set every expired one.
func (s *Store) AllBetween(seller *Seller, first, last windows.Date, expired bool) (orders []*Order, err error) {
	err = s.OrdersBetween(seller, first, last, expired, func(date windows.Date, id string, row []byte) (bool, error) {
		s.key = append(appendText(s.reuse(tagIndex), seller.ID), id...)
		o, ok := s.orders.get(s.key)
		if !ok {
			o = &Order{ID: strings.Clone(id)}
			o.read(date, append([]byte(nil), row...))
			s.orders.put(string(s.key), o)
		}
		orders = append(orders, o)
		return true, nil
	})
	return orders, err
}

// changedBetween is the orders between two dates that changed since the last commit, sorted by date and id.
func (s *Seller) changedBetween(first, last windows.Date, expired bool) []*Order {
	want := Live
	if expired {
		want = Expired
	}
	var between []*Order
	for _, o := range s.changed {
		if first <= o.Date && o.Date <= last && o.Status == want {
			between = append(between, o)
		}
	}
	slices.SortFunc(between, compareOrders)
	return between
}

func (s *Seller) isChanged(id string) bool {
	return slices.ContainsFunc(s.changed, func(o *Order) bool { return o.ID == id })
}
