package state

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unsafe"

	"github.com/cespare/xxhash/v2"

	"sellerpulse/internal/varint"
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

	parkedBytes int64  // of those; unknownBytes where the state was written before they were counted
	seller      string // id
	next        *Order // with the same hash, in the cache
	weight      int    // that the cache has counted

	changed, unsaved bool  // since the last commit; since the last checkpoint
	logged, stored   place // of the row in the changelog, as of the last commit; in the database, as of the last checkpoint
	index            Index // as stored
}

// place is the date under which a row is kept, if it is.
type place struct {
	known bool
	date  windows.Date
}

// Known is whether the order was placed, and so has a date.
func (o *Order) Known() bool { return o.Status == Live || o.Status == Expired }

func (o *Order) size() int { return int(unsafe.Sizeof(*o)) + len(o.ID) + cap(o.Row) }

func (o *Order) link() **Order { return &o.next }

func (o *Order) saved() bool { return !o.changed && !o.unsaved }

func (o *Order) counted() *int { return &o.weight }

// packOrder appends the status, the date or what waits, the ids of seller and order with their lengths, and the row.
func packOrder(dst []byte, o *Order) []byte {
	switch dst = append(dst, byte(o.Status)); o.Status {
	case Unknown:
		return nil
	case Parked:
		dst = binary.AppendVarint(binary.AppendUvarint(dst, uint64(o.Parked)), o.parkedBytes)
	default:
		dst = binary.AppendVarint(dst, int64(o.Date))
	}
	return append(varint.AppendText(varint.AppendText(dst, o.seller), o.ID), o.Row...)
}

func unpackOrder(_ uint64, packed []byte) *Order {
	r := varint.NewReader(packed[1:])
	o := &Order{Status: Status(packed[0])}
	if o.Status == Parked {
		o.Parked, o.parkedBytes = int(r.Uint()), r.Int()
		o.index = Index{Status: Parked, Number: int64(o.Parked), Bytes: o.parkedBytes}
	} else {
		o.Date = windows.Date(r.Int())
	}
	o.seller, o.ID = string(r.Bytes()), string(r.Bytes())
	if o.Known() {
		o.read(o.Date, bytes.Clone(packed[1+r.Offset():]))
	}
	return o
}

// hashOf is the hash of an order of the seller.
func (s *Seller) hashOf(order string) uint64 { return hashOf(s.hash, order) }

func hashOf(seller uint64, order string) uint64 {
	return hashText(order) ^ bits.RotateLeft64(seller, 17)
}

func hashText(text string) uint64 { return xxhash.Sum64String(text) }

// Order reads an order of a seller.
func (s *Store) Order(seller *Seller, id string) (*Order, error) {
	hash := seller.hashOf(id)
	if o, ok := s.orders.get(hash, func(o *Order) bool { return o.ID == id && o.seller == seller.ID }); ok {
		return o, nil
	}
	o := &Order{ID: strings.Clone(id), seller: seller.ID}
	if !s.filter.has(hash) {
		s.orders.put(hash, o)
		return o, nil
	}
	s.key = appendIndexKey(s.key[:0], seller.ID, id)
	if err := s.readOrder(seller, o); err != nil {
		return nil, fmt.Errorf("order %q of seller %q: %w", id, seller.ID, err)
	}
	s.orders.put(hash, o)
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
	s.key = appendOrderKey(s.key[:0], seller.ID, o.Date, o.ID)
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
	o.stored, o.index = place{true, date}, Index{Status: Live, Number: int64(date)}
	o.logged = o.stored
}

// PutRow makes an order live, with a row that the store keeps.
func (s *Store) PutRow(seller *Seller, o *Order, date windows.Date, row []byte) {
	o.Status, o.Date, o.Row, o.Parked, o.parkedBytes = Live, date, row, 0, 0
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
	if !o.changed {
		o.changed = true
		s.waiting++
		s.unloggedBytes += 64 + len(o.ID) + len(o.Row)
		seller.changed = append(seller.changed, o)
	}
	if !o.unsaved {
		o.unsaved = true
		seller.unsaved = append(seller.unsaved, o)
		s.unsavedBytes += o.weight
		if o.stored.known {
			seller.note(o.stored.date, o)
		}
	}
	if o.Known() && o.stored != (place{true, o.Date}) {
		seller.note(o.Date, o)
	}
	s.unsavedBytes += s.orders.grown(o)
	s.touch(seller)
}

// datedOrders is unsaved orders that are, or are stored, under a date.
type datedOrders struct {
	date   windows.Date
	orders []*Order
}

// note keeps an unsaved order with those of a date.
func (s *Seller) note(date windows.Date, o *Order) {
	for i := range s.unsavedDates {
		if d := &s.unsavedDates[i]; d.date == date {
			if d.orders[len(d.orders)-1] != o {
				d.orders = append(d.orders, o)
			}
			return
		}
	}
	if n := len(s.unsavedDates); n < cap(s.unsavedDates) {
		s.unsavedDates = s.unsavedDates[:n+1] // The memory that forgetDates left.
		d := &s.unsavedDates[n]
		d.date, d.orders = date, append(d.orders, o)
		return
	}
	s.unsavedDates = append(s.unsavedDates, datedOrders{date, []*Order{o}})
}

// forgetDates forgets what note noted, when all is saved. It keeps its memory, but for that of many.
func (s *Seller) forgetDates() {
	const few = 16
	for i := range s.unsavedDates {
		d := &s.unsavedDates[i]
		if cap(d.orders) > few {
			d.orders = nil
		}
		clear(d.orders)
		d.orders = d.orders[:0]
	}
	s.unsavedDates = s.unsavedDates[:0]
	if cap(s.unsavedDates) > few {
		s.unsavedDates = nil
	}
}

// unsavedOn is the unsaved orders that are, or are stored, under a date, sorted by id.
func (s *Seller) unsavedOn(date windows.Date) []*Order {
	for i := range s.unsavedDates {
		if d := &s.unsavedDates[i]; d.date == date {
			slices.SortFunc(d.orders, func(a, b *Order) int { return strings.Compare(a.ID, b.ID) })
			d.orders = slices.Compact(d.orders)
			return d.orders
		}
	}
	return nil
}

// logRow adds an order's row to the changelog's records under its date, and its deletion from where it was before.
func (s *Store) logRow(seller *Seller, o *Order) {
	o.changed = false
	s.placeRow(seller, o, &o.logged, s.log.put)
}

// saveRow writes an order's row under its date, and deletes it from where it was before.
func (s *Store) saveRow(seller *Seller, o *Order) {
	o.unsaved = false
	s.placeRow(seller, o, &o.stored, func(key baseKey, value []byte) { s.Partition.Put(key, value) })
}

func (s *Store) placeRow(seller *Seller, o *Order, at *place, put func(key baseKey, value []byte)) {
	now := place{o.Known(), o.Date}
	if at.known && *at != now {
		s.key = appendOrderKey(s.key[:0], seller.ID, at.date, o.ID)
		put(s.key, nil)
	}
	if now.known {
		s.key = appendOrderKey(s.key[:0], seller.ID, o.Date, o.ID)
		put(s.key, o.value())
	}
	*at = now
}

// value is the row as it is kept: an expired order's is empty.
func (o *Order) value() []byte {
	if o.Row == nil {
		return []byte{}
	}
	return o.Row
}

// saveIndex writes what leads from an order's id to its row.
func (s *Store) saveIndex(seller *Seller, o *Order) {
	index := Index{Status: Live, Number: int64(o.Date)} // Of an expired order too: its row tells.
	if o.Status == Parked {
		index = Index{Status: Parked, Number: int64(o.Parked), Bytes: o.parkedBytes}
	} else if o.Status == Unknown {
		index = Index{}
	}
	if index == o.index {
		return
	}
	s.key = appendIndexKey(s.key[:0], seller.ID, o.ID)
	if o.index == (Index{}) {
		s.filter.add(seller.hashOf(o.ID))
	}
	if o.index = index; o.Status == Unknown {
		s.Partition.Put(s.key, nil)
		return
	}
	s.Partition.Put(s.key, index.append(nil))
}

func compareOrders(a, b *Order) int {
	return cmp.Or(cmp.Compare(a.Date, b.Date), strings.Compare(a.ID, b.ID))
}

// OrdersBetween calls yield with every live order of a seller from one date to another, both inclusive, in the order of date and id, until
// it returns false; with expired set, with every expired one instead. It sees changes that are not saved. Rows are valid during the call.
func (s *Store) OrdersBetween(seller *Seller, first, last windows.Date, expired bool, yield func(date windows.Date, id string, row []byte) (bool, error)) error {
	return s.ordersFrom(seller, DatedOrder{Date: first}, last, expired, yield)
}

// ordersFrom is OrdersBetween from an order on.
func (s *Store) ordersFrom(seller *Seller, first DatedOrder, last windows.Date, expired bool, yield func(date windows.Date, id string, row []byte) (bool, error)) error {
	waiting := seller.unsavedBetween(first, last, expired)
	give := func(o *Order) (bool, error) { return yield(o.Date, o.ID, o.Row) }
	more := true
	on, superseded := windows.Date(math.MinInt32), []*Order(nil)
	prefix := appendText([]byte{tagOrder}, seller.ID)
	from, to := append(appendDate(prefix[:len(prefix):len(prefix)], first.Date), first.ID...), after(appendDate(prefix[:len(prefix):len(prefix)], last))
	err := s.Partition.ScanStored(from, to, func(key, row []byte) (bool, error) {
		date, rest, err := cutDate(key[len(prefix):])
		if err != nil {
			return false, err
		}
		id := string(rest)
		for len(waiting) > 0 && cmp.Or(cmp.Compare(waiting[0].Date, date), strings.Compare(waiting[0].ID, id)) < 0 {
			if more, err = give(waiting[0]); !more || err != nil {
				return false, err
			}
			waiting = waiting[1:]
		}
		if date != on {
			on, superseded = date, seller.unsavedOn(date)
		}
		for len(superseded) > 0 && superseded[0].ID < id {
			superseded = superseded[1:]
		}
		if (len(row) == 0) != expired || len(superseded) > 0 && superseded[0].ID == id {
			return true, nil
		}
		more, err = yield(date, id, row)
		return more, err
	})
	for ; more && err == nil && len(waiting) > 0; waiting = waiting[1:] {
		more, err = give(waiting[0])
	}
	return err
}

// unsavedBetween is the orders from one on to a date that differ from what is stored, sorted by date and id.
func (s *Seller) unsavedBetween(first DatedOrder, last windows.Date, expired bool) []*Order {
	want := Live
	if expired {
		want = Expired
	}
	var between []*Order
	for i := range s.unsavedDates {
		d := &s.unsavedDates[i]
		if d.date < first.Date || d.date > last {
			continue
		}
		for _, o := range d.orders {
			if o.Date == d.date && o.Status == want && (d.date > first.Date || o.ID >= first.ID) {
				between = append(between, o)
			}
		}
	}
	slices.SortFunc(between, compareOrders)
	return slices.Compact(between)
}
