package state

import (
	"strings"

	"sellerpulse/pkg/windows"
)

// DatedOrder is where an order is among those of its seller, which are in the order of date and id.
type DatedOrder struct {
	Date windows.Date
	ID   string
}

// OrdersFrom reads up to a number of live orders of a seller, from one on to a date, or with expired set of expired ones. Next is where to go
// on, if there are more.
func (s *Store) OrdersFrom(seller *Seller, first DatedOrder, last windows.Date, expired bool, most int) (orders []*Order, next DatedOrder, more bool, err error) {
	err = s.ordersFrom(seller, first, last, expired, func(date windows.Date, id string, row []byte) (bool, error) {
		if len(orders) == most {
			next, more = DatedOrder{date, strings.Clone(id)}, true
			return false, nil
		}
		hash := seller.hashOf(id)
		o, ok := s.orders.get(hash, func(o *Order) bool { return o.ID == id && o.seller == seller.ID })
		if !ok {
			o = &Order{ID: strings.Clone(id), seller: seller.ID}
			o.read(date, append([]byte(nil), row...))
			s.orders.put(hash, o)
		}
		orders = append(orders, o)
		return true, nil
	})
	return orders, next, more, err
}
