package diff

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sync"

	"sellerpulse/internal/state"
	"sellerpulse/pkg/windows"
)

// rows is the order rows of one seller on one side, by their keys. The zero value takes none.
type rows struct {
	prefix []byte
	mutex  sync.Mutex
	byKey  map[string][]byte
}

// of makes them those of a seller, if it is one.
func (r *rows) of(seller string) {
	if seller != "" {
		r.prefix, r.byKey = state.OrderRecords(seller), map[string][]byte{}
	}
}

// take takes a record of the changelog, and tells whether it is of one of the orders.
func (r *rows) take(key, value []byte) bool {
	if r.prefix == nil || !bytes.HasPrefix(key, r.prefix) {
		return false
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if value == nil {
		delete(r.byKey, string(key))
	} else {
		r.byKey[string(key)] = bytes.Clone(value)
	}
	return true
}

// storedOrder is an order as a side has it; the row is empty once it has expired.
type storedOrder struct {
	date windows.Date
	row  []byte
}

// stored is the orders by their ids.
func (r *rows) stored() (map[string]storedOrder, error) {
	all := make(map[string]storedOrder, len(r.byKey))
	for key, row := range r.byKey {
		date, order, err := state.DecodeOrderKey([]byte(key), r.prefix)
		if err != nil {
			return nil, err
		}
		if known, ok := all[order]; !ok || len(row) > 0 && len(known.row) == 0 {
			all[order] = storedOrder{date, row}
		}
	}
	return all, nil
}

// counter tells what orders count on a side at its stream time.
type counter struct {
	seller   string
	orders   map[string]storedOrder
	calendar *windows.Calendar
	clock    state.Clock
	expires  windows.Date // age in days
}

func (d *diff) counterOf(s *seller, side int) (*counter, error) {
	c := &counter{seller: s.id, clock: clockOf(&d.table.clocks, side, s.partition)}
	var err error
	if c.orders, err = d.orders[side].stored(); err != nil {
		return nil, err
	}
	settings := d.table.settings[side]
	if settings != nil {
		c.expires = windows.Date(settings.Retention) + 1
	}
	c.calendar, err = calendarOf(settings)
	return c, err
}

// side is what the side has of an order, and its row; nil where it has nothing.
func (c *counter) side(id string) (*OrderSide, *windows.Order, error) {
	stored, ok := c.orders[id]
	if !ok {
		return nil, nil, nil
	}
	side := &OrderSide{Date: stored.date, Expired: len(stored.row) == 0}
	if side.Expired {
		return side, nil, nil
	}
	o := new(windows.Order)
	o.Reset()
	if err := o.Decode(stored.row); err != nil {
		return nil, nil, fmt.Errorf("order %q of seller %q: %w", id, c.seller, err)
	}
	side.Channel, side.Counts, side.Lines = o.Channel, o.Facts(c.countedAt(id, stored.date)), o.Lines(nil)
	return side, o, nil
}

// countedAt is the instant as of which an order counts. Time changes nothing of it any more once it has expired.
func (c *counter) countedAt(order string, date windows.Date) int64 {
	at := c.clock.TimeOf(c.seller, order)
	if date+c.expires > c.calendar.Today(at) {
		return at
	}
	return min(at, c.calendar.Start(date+c.expires)-1)
}

// ordersOf lists the orders of a seller that differ, by their dates and then their ids.
func (d *diff) ordersOf(s *seller) (all []Order, err error) {
	var sides [2]*counter
	ids := map[string]bool{}
	for side := range sides {
		if sides[side], err = d.counterOf(s, side); err != nil {
			return nil, err
		}
		for id := range sides[side].orders {
			ids[id] = true
		}
	}
	for id := range ids {
		l, liveRow, err := sides[live].side(id)
		if err != nil {
			return nil, err
		}
		c, candidateRow, err := sides[candidate].side(id)
		if err != nil {
			return nil, err
		}
		if !l.same(c) {
			all = append(all, Order{ID: id, Live: l, Candidate: c, Why: registersThatDiffer(liveRow, candidateRow)})
		}
	}
	slices.SortFunc(all, func(a, b Order) int {
		return cmp.Or(cmp.Compare(a.date(), b.date()), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

func (o *Order) date() windows.Date { return cmp.Or(o.Live, o.Candidate).Date }

// same is whether an order counts the same, in the same buckets. One that has expired is the same as none, and as one that counts nothing.
func (o *OrderSide) same(other *OrderSide) bool {
	switch {
	case o.gone() && other.gone():
		return true
	case o == nil || other == nil:
		return false
	case o.gone() || other.gone():
		return o.Counts == other.Counts
	}
	return o.Counts == other.Counts && o.Date == other.Date && o.Channel == other.Channel && slices.Equal(o.Lines, other.Lines)
}

func (o *OrderSide) gone() bool { return o == nil || o.Expired }
